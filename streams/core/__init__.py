"""The rules of counting, pure: time is an argument; no clock, file or socket is read here."""
