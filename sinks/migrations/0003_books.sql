-- How far the facts go in the log, what was no event, and how far back facts are kept.

CREATE TABLE IF NOT EXISTS semko.progress
(
    topic LowCardinality(String) COMMENT 'completions or votes',
    partition Int64 COMMENT 'Partition of the topic' CODEC(T64, ZSTD(1)),
    partitions Int64 COMMENT 'How many partitions the topic had' CODEC(T64, ZSTD(1)),
    log_id String COMMENT 'Identity of the log; another log begins at its own start' CODEC(ZSTD(1)),
    offset Int64 COMMENT 'Next offset to read: the facts of all before it are stored' CODEC(Delta, ZSTD(1)),
    epoch Int64 COMMENT 'Epoch of the owner who wrote it' CODEC(T64, ZSTD(1)),
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (topic, partition)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How far the stored facts go in the log.';

CREATE TABLE IF NOT EXISTS semko.dead_letters
(
    log_id String COMMENT 'Identity of the log' CODEC(ZSTD(1)),
    topic LowCardinality(String) COMMENT 'completions or votes',
    partition Int64 COMMENT 'Partition of the topic' CODEC(T64, ZSTD(1)),
    offset Int64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'Timestamp of the record in the log' CODEC(Delta, ZSTD(1)),
    reason LowCardinality(String) COMMENT 'json, contract, future, misrouted, expired or too_long',
    field LowCardinality(String) COMMENT 'Field that is wrong, or empty',
    problem String COMMENT 'What is wrong with it and what would be right' CODEC(ZSTD(1)),
    raw_key String COMMENT 'Key of the record, emptied 30 days after stored_at' CODEC(ZSTD(3)) TTL stored_at + INTERVAL 30 DAY,
    raw String COMMENT 'The record as it came, emptied 30 days after stored_at; for operators alone' CODEC(ZSTD(3)) TTL stored_at + INTERVAL 30 DAY,
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1)),
    stored_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (log_id, topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, merge_with_ttl_timeout = 3600
COMMENT 'Records that are no events, with the reason and where they lie in the log.';

CREATE TABLE IF NOT EXISTS semko.retention
(
    kept_since DateTime64(3, 'UTC') COMMENT 'Facts before this time are no longer kept',
    applied_at DateTime64(3, 'UTC') COMMENT 'When that was decided'
)
ENGINE = MergeTree
ORDER BY (kept_since, applied_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every boundary that was ever set; the latest kept_since holds.';
