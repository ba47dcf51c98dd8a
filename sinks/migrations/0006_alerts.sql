-- Score drops: what was expected, how far each desk is judged, and the alerts that came of it. All of
-- it can be computed again from the facts and the baselines.

CREATE TABLE IF NOT EXISTS semko.baselines
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    valid_from Date32 COMMENT 'Local day from which this version holds, until the next one',
    factor LowCardinality(String) COMMENT 'mean (score 0 to 100); hour, weekday, service, desk, desk_weekday, desk_hour (points that each adds, 0 where there is no row); day_sd (points by which whole days deviate beyond chance); day_correlation (of whole days with the next ones); votes_a_day; face (share of a face in history); share, quarters_a_day, dispersion (of the shares of alerts of the kinds response and unfinished); rows (how many the version has)',
    desk_id LowCardinality(String) COMMENT 'Desk that it is about, empty: the office, and every desk that is not named',
    key LowCardinality(String) COMMENT 'Hour 00 to 23, weekday 0 (Monday) to 6, service, face/scale, or kind of alert',
    value Float64 COMMENT 'The number' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, valid_from, factor, desk_id, key)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What scores are expected of an office, by version. Read with FINAL.';

CREATE TABLE IF NOT EXISTS semko.desk_days
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    desk_id LowCardinality(String) COMMENT 'Desk',
    day Date32 COMMENT 'Local day that was judged',
    state String COMMENT 'Evidence at the end of the day and the open alert, by kind, as JSON' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, day, desk_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How each desk stood at the end of each day, for the days after it.';

CREATE TABLE IF NOT EXISTS semko.alerts
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    alert_id String COMMENT 'Desk, local day of opening, kind unless it is score, and the how manieth of that day; unique in the office' CODEC(ZSTD(1)),
    desk_id LowCardinality(String) COMMENT 'Desk',
    day Date32 COMMENT 'Local day on which it opened',
    kind LowCardinality(String) COMMENT 'score (it has dropped), response (fewer of those served at the counter vote) or unfinished (more are refused or leave)',
    level LowCardinality(String) COMMENT 'amber (one false alarm in 30 open days) or page (one in 90)',
    opened_at DateTime64(3, 'UTC') COMMENT 'Completion of the vote with which the evidence was enough, or the quarter of an hour' CODEC(Delta, ZSTD(1)),
    begun_at DateTime64(3, 'UTC') COMMENT 'When the drop seems to have begun: the estimated change point' CODEC(Delta, ZSTD(1)),
    drop_points Float64 COMMENT 'What fitted best: 10, 20 or 40 points below the expected score; of another kind by how many times the odds have changed, 1.5, 3 or 10' CODEC(ZSTD(1)),
    expected Float64 COMMENT 'Mean score that was expected of the votes from begun_at (of that day) to opened_at; of another kind a share in %' CODEC(ZSTD(1)),
    observed Float64 COMMENT 'What was seen in its place' CODEC(ZSTD(1)),
    alarms Int64 COMMENT 'How often the evidence was enough while it was open' CODEC(T64, ZSTD(1)),
    last_alarm_at DateTime64(3, 'UTC') COMMENT 'When last' CODEC(Delta, ZSTD(1)),
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the score was back or somebody closed it, null while it is open' CODEC(Delta, ZSTD(1)),
    resolved_by LowCardinality(String) COMMENT 'score or hand, empty while it is open',
    revision UInt64 COMMENT 'That of the judging; less than that of its day in desk_days: later votes undid it' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, alert_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Alerts as they were judged, withdrawn ones too. Read by the view alert_book.';

CREATE TABLE IF NOT EXISTS semko.judged
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    since DateTime64(3, 'UTC') COMMENT 'Votes of completions before it are judged' CODEC(Delta, ZSTD(1)),
    revision UInt64 COMMENT 'Owner epoch (24 bits) and write sequence (40 bits); the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How far the votes of each office are judged.';

CREATE TABLE IF NOT EXISTS semko.alert_actions
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    event_id String COMMENT 'Id of the event that told of it; the same again changes nothing' CODEC(ZSTD(1)),
    alert_id String COMMENT 'Alert that it is about' CODEC(ZSTD(1)),
    action LowCardinality(String) COMMENT 'acknowledge, cause, action or resolve',
    acted_at DateTime64(3, 'UTC') COMMENT 'When' CODEC(Delta, ZSTD(1)),
    who String COMMENT 'Role or initials of the person, as given; may be empty' CODEC(ZSTD(1)),
    note String COMMENT 'What was found or done, as given; may be empty' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'Made of acted_at and the content: of several under one id the later counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, alert_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What people did about alerts. Read with FINAL.';
