"""A server that speaks ClickHouse's native protocol over the engine of chdb, for tests alone.

It runs in a process of its own, because an engine has one path a process, and misbehaves when told
to. What clickhouse-driver says to it, it would say to a server; it is no proof of a server.
"""
