"""Where events come from: the HTTP gateway, files, tables of ticket systems, a simulated town."""
