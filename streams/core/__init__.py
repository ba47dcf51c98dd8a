"""The rules of counting, pure: time is an argument, nothing here reads a clock, a file or a socket."""
