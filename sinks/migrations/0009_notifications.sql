-- What was told of alerts, to whom, and what was known then. A message is recorded before it is sent.

CREATE TABLE IF NOT EXISTS semko.notifications
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    message_id String COMMENT 'Id of the message, the same whenever it is sent again' CODEC(ZSTD(1)),
    target LowCardinality(String) COMMENT 'Address of the route: its position and kind; empty where nothing is sent',
    alert_id String COMMENT 'Alert that it is about; "office", day and number for a whole office; empty for a summary' CODEC(ZSTD(1)),
    event LowCardinality(String) COMMENT 'opened, escalated, resolved, withdrawn, reopened, summary; begun: no message, but from when on the route is told of the office',
    route LowCardinality(String) COMMENT 'Route of notify.toml',
    level LowCardinality(String) COMMENT 'amber or page, as it was then',
    turn Int64 COMMENT 'The how manieth about the alert on that route, from 1' CODEC(T64, ZSTD(1)),
    state LowCardinality(String) COMMENT 'pending, sent, failed; included (told in the message that problem names); suppressed (problem says why)',
    known String COMMENT 'The message, with the alert as it was known then, as JSON' CODEC(ZSTD(1)),
    first_at DateTime64(3, 'UTC') COMMENT 'When it was due' CODEC(Delta, ZSTD(1)),
    attempts Int64 COMMENT 'How often it was tried' CODEC(T64, ZSTD(1)),
    tried_at DateTime64(3, 'UTC') COMMENT 'When last' CODEC(Delta, ZSTD(1)),
    sent_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the receipt came, null without one' CODEC(Delta, ZSTD(1)),
    problem String COMMENT 'What went wrong last, why nothing is sent, or the message that tells it' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'Rank of the state (sent is the greatest) and attempts; the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, message_id, target)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Messages about alerts and their receipts. Read with FINAL.';
