-- Facts: what happened, one whole row each. Everything else can be computed from these two tables.
-- A statement ends with a semicolon at the end of a line; every statement may run twice.

CREATE TABLE IF NOT EXISTS semko.interactions
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    interaction_key UInt64 COMMENT 'Keyed hash of tenant, office and interaction id; the id itself is not stored' CODEC(NONE),
    desk_id LowCardinality(String) COMMENT 'Desk that served the citizen, as the counting completion says',
    service_id LowCardinality(String) COMMENT 'Service that was delivered',
    channel LowCardinality(String) COMMENT 'counter, mobile, phone, online or post',
    outcome LowCardinality(String) COMMENT 'completed, refused, abandoned or transferred',
    segments Map(String, String) COMMENT 'Declared profile of the citizen: dimension to value',
    event_id String COMMENT 'Id of the counting completion event' CODEC(ZSTD(1)),
    completed_at DateTime64(3, 'UTC') COMMENT 'When the service ended; decides the window' CODEC(Delta, ZSTD(1)),
    arrived_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the citizen arrived, null if unknown' CODEC(Delta, ZSTD(1)),
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the service began, null if unknown' CODEC(Delta, ZSTD(1)),
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Legal deadline, null if there is none' CODEC(Delta, ZSTD(1)),
    wait_seconds Nullable(UInt32) COMMENT 'started_at - arrived_at in whole seconds, null if unknown or negative' CODEC(T64, ZSTD(1)),
    service_seconds Nullable(UInt32) COMMENT 'completed_at - started_at in whole seconds, null if unknown or negative' CODEC(T64, ZSTD(1)),
    overdue Nullable(UInt8) COMMENT '1 if completed_at is after due_at, null without a deadline' CODEC(ZSTD(1)),
    score Nullable(UInt8) COMMENT 'Score of the counted vote, 1 (worst) to scale; null without a vote' CODEC(ZSTD(1)),
    scale Nullable(UInt8) COMMENT 'Scale of the counted vote: 3, 4 or 5; null without a vote' CODEC(ZSTD(1)),
    reasons Array(LowCardinality(String)) COMMENT 'Reason codes of the counted vote',
    voted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the counted vote was given, null without a vote' CODEC(Delta, ZSTD(1)),
    vote_event_id String COMMENT 'Id of the counted vote event, empty without a vote' CODEC(ZSTD(1)),
    match LowCardinality(String) COMMENT 'How the vote was tied: exact (by interaction), desk (by desk and time) or empty',
    former Array(Tuple(completed_at DateTime64(3, 'UTC'), desk_id LowCardinality(String), service_id LowCardinality(String), channel LowCardinality(String), segments Map(String, String))) COMMENT 'Every other place that the interaction ever had',
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1)),
    deleted UInt8 COMMENT '1: tombstone, the interaction now lies in another hour' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision, deleted)
PARTITION BY toYYYYMM(completed_at)
ORDER BY (tenant_id, office_id, toStartOfHour(completed_at), interaction_key)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'One row a completed interaction with its counted vote or none. Read with FINAL, or by the views.';

CREATE TABLE IF NOT EXISTS semko.votes
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    desk_id LowCardinality(String) COMMENT 'Desk where the vote was given',
    terminal_id LowCardinality(String) COMMENT 'Device that took the vote',
    interaction_key UInt64 COMMENT 'Key of the interaction that the vote names; 0: it names none' CODEC(NONE),
    event_id String COMMENT 'Id of the vote event' CODEC(ZSTD(1)),
    score Nullable(UInt8) COMMENT '1 (worst) to scale' CODEC(ZSTD(1)),
    scale Nullable(UInt8) COMMENT '3, 4 or 5' CODEC(ZSTD(1)),
    reasons Array(LowCardinality(String)) COMMENT 'Reason codes',
    voted_at DateTime64(3, 'UTC') COMMENT 'When the face was pressed' CODEC(Delta, ZSTD(1)),
    rated_key UInt64 COMMENT 'Key of the interaction that the vote rates now; 0: none' CODEC(ZSTD(1)),
    match LowCardinality(String) COMMENT 'exact, desk or empty',
    kind LowCardinality(String) COMMENT 'counted, corrected, repeat or unmatched',
    former Array(DateTime64(3, 'UTC')) COMMENT 'Every other voted_at that the event ever had',
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1)),
    deleted UInt8 COMMENT '1: tombstone' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY (tenant_id, office_id, interaction_key, if(interaction_key = 0, desk_id, ''), event_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row a vote event, whatever became of it. Read with FINAL, or by the views.';
