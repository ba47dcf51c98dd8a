-- What the ids in events mean: the content of the registry file, row by row. `revision` is the time
-- at which the file was stored; an entry that has left the file stays with `removed` = 1.

CREATE TABLE IF NOT EXISTS semko.registry_tenants
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    valid_from Date32 COMMENT 'day from which this version of the entry holds',
    name_bg String COMMENT 'name in Bulgarian',
    name_en String COMMENT 'name in English',
    time_zone LowCardinality(String) COMMENT 'IANA name of the time zone of its days',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, valid_from)
COMMENT 'registered municipalities';

CREATE TABLE IF NOT EXISTS semko.registry_offices
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    office_id LowCardinality(String) COMMENT 'service centre, branch or mobile office',
    valid_from Date32 COMMENT 'day from which this version of the entry holds',
    name_bg String COMMENT 'name in Bulgarian',
    name_en String COMMENT 'name in English',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, valid_from)
COMMENT 'registered offices';

CREATE TABLE IF NOT EXISTS semko.registry_services
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    service_id LowCardinality(String) COMMENT 'what citizens come for',
    valid_from Date32 COMMENT 'day from which this version of the entry holds',
    name_bg String COMMENT 'name in Bulgarian',
    name_en String COMMENT 'name in English',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, service_id, valid_from)
COMMENT 'registered services';

CREATE TABLE IF NOT EXISTS semko.registry_desks
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    office_id LowCardinality(String) COMMENT 'office of the desk',
    desk_id LowCardinality(String) COMMENT 'any contact point: window, phone line, web form, mobile post',
    valid_from Date32 COMMENT 'day from which this version of the entry holds',
    name_bg String COMMENT 'name in Bulgarian',
    name_en String COMMENT 'name in English',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, desk_id, valid_from)
COMMENT 'registered desks';

CREATE TABLE IF NOT EXISTS semko.registry_desk_services
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    office_id LowCardinality(String) COMMENT 'office of the desk',
    desk_id LowCardinality(String) COMMENT 'desk that gives the service',
    service_id LowCardinality(String) COMMENT 'service that it gives',
    valid_from Date32 COMMENT 'day from which this version of the desk holds',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, desk_id, service_id, valid_from)
COMMENT 'which desk gives which services';

CREATE TABLE IF NOT EXISTS semko.registry_terminals
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    office_id LowCardinality(String) COMMENT 'office of the terminal',
    terminal_id LowCardinality(String) COMMENT 'device that takes votes',
    valid_from Date32 COMMENT 'day from which this version of the entry holds',
    desks Array(LowCardinality(String)) COMMENT 'desks that it stands at',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, terminal_id, valid_from)
COMMENT 'registered voting terminals';

CREATE TABLE IF NOT EXISTS semko.registry_holidays
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    office_id LowCardinality(String) COMMENT 'office that is closed, empty: every office',
    date Date32 COMMENT 'the day, in the time zone of the tenant',
    name_bg String COMMENT 'name in Bulgarian',
    name_en String COMMENT 'name in English',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, date)
COMMENT 'days on which offices are closed';

CREATE TABLE IF NOT EXISTS semko.registry_opening_hours
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    office_id LowCardinality(String) COMMENT 'office that is open',
    weekday UInt8 COMMENT '1 Monday to 7 Sunday',
    opens_minute UInt16 COMMENT 'minutes since local midnight at which it opens',
    closes_minute UInt16 COMMENT 'minutes since local midnight at which it closes',
    valid_from Date32 COMMENT 'day from which this version of the office holds',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, office_id, weekday, opens_minute, valid_from)
COMMENT 'opening hours by weekday, one row a span';

CREATE TABLE IF NOT EXISTS semko.registry_segments
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    dimension LowCardinality(String) COMMENT 'declared citizen profile dimension',
    value String COMMENT 'one value that it may have',
    valid_from Date32 COMMENT 'day from which this version of the entry holds',
    dimension_bg String COMMENT 'name of the dimension in Bulgarian',
    dimension_en String COMMENT 'name of the dimension in English',
    name_bg String COMMENT 'name of the value in Bulgarian',
    name_en String COMMENT 'name of the value in English',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, dimension, value, valid_from)
COMMENT 'segment dimensions and their allowed values';

CREATE TABLE IF NOT EXISTS semko.registry_join_windows
(
    tenant_id LowCardinality(String) COMMENT 'municipality',
    channel LowCardinality(String) COMMENT 'counter, mobile, phone, online or post',
    valid_from Date32 COMMENT 'day of completed_at, in the time zone of the tenant, from which it holds',
    window_seconds UInt32 COMMENT 'how long after its completion a vote may come',
    removed UInt8 COMMENT '1: no longer in the registry file',
    revision UInt64 COMMENT 'when the file was stored, milliseconds since 1970'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, channel, valid_from)
COMMENT 'how long a vote may follow its completion, two hours where nothing is said';

CREATE VIEW IF NOT EXISTS semko.not_registered AS
WITH
    facts AS
    (
        SELECT tenant_id, office_id, desk_id, service_id, '' AS terminal_id, completed_at AS at
        FROM semko.interactions FINAL
        WHERE deleted = 0
        UNION ALL
        SELECT tenant_id, office_id, desk_id, '' AS service_id, terminal_id, voted_at AS at
        FROM semko.votes FINAL
        WHERE deleted = 0
    ),
    seen AS
    (
        SELECT
            tenant_id AS tenant,
            if(each.1 = 'tenant', '', office_id) AS office,
            each.1 AS kind,
            each.2 AS id,
            min(at) AS first_seen,
            count() AS events
        FROM facts
        ARRAY JOIN
            [('tenant', tenant_id), ('office', office_id), ('desk', desk_id),
             ('service', service_id), ('terminal', terminal_id)] AS each
        WHERE each.2 != ''
        GROUP BY tenant, office, kind, id
    ),
    registered AS
    (
        SELECT 'tenant' AS kind, tenant_id AS tenant, '' AS office, tenant_id AS id
        FROM semko.registry_tenants FINAL WHERE removed = 0
        UNION ALL
        SELECT 'office', tenant_id, office_id, office_id
        FROM semko.registry_offices FINAL WHERE removed = 0
        UNION ALL
        SELECT 'desk', tenant_id, office_id, desk_id
        FROM semko.registry_desks FINAL WHERE removed = 0
        UNION ALL
        SELECT 'service', tenant_id, '', service_id
        FROM semko.registry_services FINAL WHERE removed = 0
        UNION ALL
        SELECT 'terminal', tenant_id, office_id, terminal_id
        FROM semko.registry_terminals FINAL WHERE removed = 0
    )
SELECT
    kind,
    tenant AS tenant_id,
    office AS office_id,
    id,
    first_seen,
    events
FROM seen
WHERE (kind, tenant, if(kind IN ('tenant', 'service'), '', office), id) NOT IN
    (SELECT kind, tenant, office, id FROM registered)
COMMENT 'ids found in events that stand in no entry of the registry';
