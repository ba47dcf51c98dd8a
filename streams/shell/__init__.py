"""The Faust shell: logs, transports, agents and the worker that keeps the invariants."""
