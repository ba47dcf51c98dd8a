-- What is counted from the facts, and which hours are still to be counted again.

CREATE TABLE IF NOT EXISTS semko.window_metrics
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    scope LowCardinality(String) COMMENT 'What the row is about: office, desk, service, channel or segment',
    key LowCardinality(String) COMMENT 'Which one: desk, service or channel, dimension=value of a segment, empty for the office',
    window_seconds UInt32 COMMENT 'Length of the window: 60, 900 or 3600 seconds' CODEC(T64, ZSTD(1)),
    window_start DateTime('UTC') COMMENT 'Start of the half-open window, in UTC; windows belong to completed_at' CODEC(Delta, ZSTD(1)),
    completions Int64 COMMENT 'Interactions of every outcome' CODEC(T64, ZSTD(1)),
    votes Int64 COMMENT 'Interactions with a counted vote' CODEC(T64, ZSTD(1)),
    v1 Int64 COMMENT 'Votes on the worst face' CODEC(T64, ZSTD(1)),
    v2 Int64 COMMENT 'Votes on the second face' CODEC(T64, ZSTD(1)),
    v3 Int64 COMMENT 'Votes on the middle face' CODEC(T64, ZSTD(1)),
    v4 Int64 COMMENT 'Votes on the fourth face' CODEC(T64, ZSTD(1)),
    v5 Int64 COMMENT 'Votes on the best face' CODEC(T64, ZSTD(1)),
    points Int64 COMMENT 'Sum of 10000 (score - 1) / (scale - 1), each vote rounded to a whole number' CODEC(T64, ZSTD(1)),
    points_squared Int64 COMMENT 'Sum of the squares of the rounded points' CODEC(T64, ZSTD(1)),
    refused Int64 COMMENT 'Interactions with the outcome refused' CODEC(T64, ZSTD(1)),
    abandoned Int64 COMMENT 'Interactions with the outcome abandoned' CODEC(T64, ZSTD(1)),
    transferred Int64 COMMENT 'Interactions with the outcome transferred' CODEC(T64, ZSTD(1)),
    overdue Int64 COMMENT 'Interactions completed after their deadline' CODEC(T64, ZSTD(1)),
    due_known Int64 COMMENT 'Interactions with a deadline' CODEC(T64, ZSTD(1)),
    wait_seconds Int64 COMMENT 'Sum of the known waits in whole seconds' CODEC(T64, ZSTD(1)),
    wait_known Int64 COMMENT 'Interactions whose wait is known' CODEC(T64, ZSTD(1)),
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(window_start)
ORDER BY (tenant_id, office_id, window_seconds, scope, window_start, key)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Counts of a scope and key in a window. Read with FINAL, or by the views, which also carry the formulas.';

CREATE TABLE IF NOT EXISTS semko.dirty_hours
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    hour DateTime('UTC') COMMENT 'Start of the hour, in UTC' CODEC(Delta, ZSTD(1)),
    partition Int64 COMMENT 'Partition of the log whose owner marked the hour' CODEC(T64, ZSTD(1)),
    dirty UInt8 COMMENT '1: the windows of the hour are to be computed again from the facts; 0: done' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, hour)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Hours whose windows must be computed again from the stored facts.';
