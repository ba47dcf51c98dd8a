-- Lagging series, such as complaints, and the one horizon at which the score is to lead each.

CREATE TABLE IF NOT EXISTS semko.indicators
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    series LowCardinality(String) COMMENT 'Name of the lagging series, such as complaints',
    cadence LowCardinality(String) COMMENT 'Length of its periods: day, week, month or quarter',
    horizon UInt16 COMMENT 'By how many periods the score is to lead it, named before anybody looked' CODEC(T64, ZSTD(1)),
    named_at DateTime64(3, 'UTC') COMMENT 'When the horizon was named; the first naming counts' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (tenant_id, series, named_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row a lagging series. Its horizon never changes: nobody picks the best afterwards.';

CREATE TABLE IF NOT EXISTS semko.indicator_values
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    series LowCardinality(String) COMMENT 'Name of the lagging series',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    period_start Date32 COMMENT 'First day of the period, in the time zone of the tenant' CODEC(Delta, ZSTD(1)),
    value Float64 COMMENT 'Value of the series in the period' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'When it was added, milliseconds since 1970; the greatest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, series, office_id, period_start)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Values of lagging series by office and period. Read with FINAL.';
