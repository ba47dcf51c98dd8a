-- Terminals: the newest heartbeat of each, and when they were in maintenance.

CREATE TABLE IF NOT EXISTS semko.terminal_heartbeats
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    terminal_id LowCardinality(String) COMMENT 'Device that takes votes',
    desks Array(LowCardinality(String)) COMMENT 'Desks that it stands at, as it or its key says; empty: not said',
    version LowCardinality(String) COMMENT 'Version of its program',
    received_at DateTime64(3, 'UTC') COMMENT 'When its newest heartbeat came, by the clock of the server' CODEC(Delta, ZSTD(1)),
    uptime_seconds UInt32 COMMENT 'Seconds since its program began' CODEC(T64, ZSTD(1)),
    queue_length UInt32 COMMENT 'Votes that it holds and that were not taken yet' CODEC(T64, ZSTD(1)),
    clock_offset_ms Int64 COMMENT 'Its clock less that of the server' CODEC(T64, ZSTD(1)),
    first_heard_at DateTime64(3, 'UTC') COMMENT 'When its first heartbeat came' CODEC(Delta, ZSTD(1)),
    gap_was LowCardinality(String) COMMENT 'What its last silence was, by the uptime after it: off or no network; empty: there was none',
    gap_seconds UInt32 COMMENT 'How long that silence was' CODEC(T64, ZSTD(1)),
    gap_ended_at DateTime64(3, 'UTC') COMMENT 'When it ended; 1970 where there was none' CODEC(Delta, ZSTD(1)),
    revision UInt64 COMMENT 'received_at in milliseconds since 1970; the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, terminal_id)
COMMENT 'The newest heartbeat of each terminal. Read with FINAL, or by the view terminals.';

CREATE TABLE IF NOT EXISTS semko.terminal_maintenance
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    terminal_id LowCardinality(String) COMMENT 'Device that takes votes',
    since DateTime64(3, 'UTC') COMMENT 'Votes pressed from then on are tests' CODEC(Delta, ZSTD(1)),
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'Votes pressed from then on count again; null: not yet' CODEC(Delta, ZSTD(1)),
    revision UInt64 COMMENT 'When that was said, in milliseconds since 1970; the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, terminal_id, since)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'When terminals were in maintenance. Gateways mark votes by it as they take them.';

ALTER TABLE semko.votes COMMENT COLUMN IF EXISTS kind 'counted, corrected, repeat, unmatched or test';
