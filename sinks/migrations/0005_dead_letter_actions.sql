-- What operators did about dead letters.

CREATE TABLE IF NOT EXISTS semko.dead_letter_actions
(
    log_id String COMMENT 'Identity of the log' CODEC(ZSTD(1)),
    topic LowCardinality(String) COMMENT 'completions or votes',
    partition Int64 COMMENT 'Partition of the topic' CODEC(T64, ZSTD(1)),
    offset Int64 COMMENT 'Offset of the record that was no event' CODEC(Delta, ZSTD(1)),
    action LowCardinality(String) COMMENT 'resubmitted: sent once more as it was; mended: sent with corrections',
    done_at DateTime('UTC') DEFAULT now() COMMENT 'When that was done' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(done_at)
ORDER BY (log_id, topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Dead letters that were sent once more.';
