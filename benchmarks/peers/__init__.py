"""One job, done by us and by others, side by side: what a second of CPU buys.

`engines` are programs, each for an interpreter and packages of its own; the rest makes the events,
runs the programs and compares what they say.
"""
