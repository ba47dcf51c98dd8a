"""The worker's own classes in a world of a log, a store, clocks and a network, driven by a seed."""
