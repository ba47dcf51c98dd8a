"""The questions that reports put to a store. Text alone; ``asking`` of this package puts them.

Hours belong to the local day in which they begin, as in ``semko.daily_scores``.
"""

_SUMS = """
    sum(completions) AS completions, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3, sum(v4) AS v4,
    sum(v5) AS v5, sum(points) AS points, sum(points_squared) AS points_squared,
    sum(refused + abandoned) AS unfinished, sum(wait_seconds) AS wait_seconds,
    sum(wait_known) AS wait_known"""

_SPAN = """
    tenant_id = {tenant:String} AND office_id = {office:String}
    AND window_start >= toDateTime({since:String}, 'UTC') - INTERVAL 1 DAY
    AND window_start < toDateTime({until:String}, 'UTC') + INTERVAL 2 DAY
    AND formatDateTime(window_start, '%F', {zone:String}) >= {first:String}
    AND formatDateTime(window_start, '%F', {zone:String}) <= {last:String}"""

ZONE = "SELECT time_zone FROM semko.tenant_zones WHERE tenant_id = {tenant:String}"

OPEN_DAYS = """
SELECT DISTINCT toString(day) AS open_day
FROM semko.daily_scores
WHERE scope = 'office' AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({office:String} = '' OR office_id = {office:String})
    AND day <= toDate({last:String})
ORDER BY open_day DESC
LIMIT 28
"""

KNOWN = """
SELECT 1 AS known
FROM semko.window_metrics
WHERE tenant_id = {tenant:String} AND office_id = {office:String} AND window_seconds = 3600
    AND scope = {scope:String} AND key = {key:String}
LIMIT 1
"""

OFFICES = f"""
SELECT tenant_id, office_id, {_SUMS}
FROM semko.daily_scores
WHERE scope = 'office' AND day BETWEEN toDate({{first:String}}) AND toDate({{last:String}})
GROUP BY tenant_id, office_id
"""

EVER = "SELECT DISTINCT tenant_id, office_id FROM semko.window_metrics WHERE scope = 'office'"

OPEN_ALERTS = """
SELECT tenant_id, office_id, toInt64(count()) AS alerts
FROM semko.alert_book
WHERE state IN ('open', 'acknowledged')
GROUP BY tenant_id, office_id
"""

HOURS = f"""
SELECT
    formatDateTime(window_start, '%F', {{zone:String}}) AS local_day,
    formatDateTime(window_start, '%H', {{zone:String}}) AS local_hour, {_SUMS}
FROM semko.hourly_scores
WHERE scope = {{scope:String}} AND key = {{key:String}} AND {_SPAN}
GROUP BY local_day, local_hour
ORDER BY local_day, local_hour
"""

UNITS = f"""
SELECT scope AS part, key AS item, {_SUMS}
FROM semko.hourly_scores
WHERE scope IN ('desk', 'service') AND {_SPAN}
GROUP BY part, item
"""

WAITS = (0, 120, 300, 600, 900, 1200, 1800)
"""Where spans of waiting begin, in seconds; the last one is open."""

FACTS = f"""
SELECT
    pair.1 AS part, pair.2 AS item,
    toInt64(count()) AS completions,
    toInt64(countIf(face = 1)) AS v1, toInt64(countIf(face = 2)) AS v2,
    toInt64(countIf(face = 3)) AS v3, toInt64(countIf(face = 4)) AS v4,
    toInt64(countIf(face = 5)) AS v5,
    sum(value) AS points, sum(value * value) AS points_squared,
    toInt64(countIf(outcome IN ('refused', 'abandoned'))) AS unfinished,
    toInt64(sum(ifNull(wait, 0))) AS wait_seconds, toInt64(count(wait)) AS wait_known
FROM
(
    SELECT
        outcome, wait_seconds AS wait,
        arrayLastIndex(least -> least <= ifNull(wait_seconds, 0), {list(WAITS)}) AS span,
        formatDateTime(toStartOfHour(completed_at), '%F', {{zone:String}}) AS day,
        ifNull(score, 0) AS pressed,
        ifNull(scale, 5) AS faces,
        multiIf(
            pressed = 0, 0,
            faces = 3, 2 * pressed - 1,
            faces = 4, pressed + (pressed > 2),
            pressed) AS face,
        toInt64(if(pressed = 0, 0, round(10000 * (pressed - 1) / (faces - 1)))) AS value,
        []::Array(Tuple(String, String)) AS nothing,
        arrayConcat(
            [('desk', toString(desk_id)), ('service', toString(service_id))],
            if(wait IS NULL, nothing, [('wait', toString(span))]),
            if(pressed = 0 OR empty(reasons), nothing, [('explained', '')]),
            arrayMap(
                reason -> ('reason', toString(reason)),
                if(pressed = 0, [], arrayDistinct(reasons)))
        ) AS parts
    FROM semko.interactions FINAL
    WHERE tenant_id = {{tenant:String}} AND office_id = {{office:String}}
        AND ({{scope:String}} != 'desk' OR desk_id = {{key:String}})
        AND ({{scope:String}} != 'service' OR service_id = {{key:String}})
        AND completed_at >= toDateTime64({{since:String}}, 3, 'UTC') - INTERVAL 1 DAY
        AND completed_at < toDateTime64({{until:String}}, 3, 'UTC') + INTERVAL 2 DAY
        AND day BETWEEN {{first:String}} AND {{last:String}}
)
ARRAY JOIN parts AS pair
GROUP BY part, item
ORDER BY part, item
"""

COMPARED = """
SELECT unit, state, toInt64(votes) AS votes, mean, score, score_low, score_high, usual, flag,
    toInt64(rank_from) AS rank_from, toInt64(rank_to) AS rank_to, toInt64(compared) AS compared
FROM semko.comparison_between(unit = {unit:String}, tenant = {tenant:String},
    office = {office:String}, from = toDate({first:String}), to = toDate({last:String}))
ORDER BY score IS NULL, score DESC, unit
"""

ALERTS = """
SELECT
    book.alert_id AS alert_id, book.desk_id AS desk_id, book.kind AS kind, book.level AS level,
    book.state AS state, formatDateTime(book.opened_at, '%F %H:%i', {zone:String}) AS opened,
    ifNull(formatDateTime(book.resolved_at, '%F %H:%i', {zone:String}), '') AS resolved,
    book.resolved_by AS resolved_by, book.expected AS expected, book.observed AS observed,
    book.cause AS cause, book.action AS action, book.reason AS reason,
    after.recovery AS recovery, after.chosen_votes AS chosen_votes,
    after.held_votes AS held_votes, after.held_mean AS held_mean,
    after.after_votes AS after_votes, after.after_mean AS after_mean,
    after.change AS change, after.reach AS reach
FROM
(
    SELECT * FROM semko.alert_book
    WHERE tenant_id = {tenant:String} AND office_id = {office:String}
        AND ({desk:String} = '' OR desk_id = {desk:String}) AND state != 'withdrawn'
        AND formatDateTime(opened_at, '%F', {zone:String}) BETWEEN {first:String} AND {last:String}
) AS book
LEFT JOIN
(
    SELECT * FROM semko.alert_recovery
    WHERE tenant_id = {tenant:String} AND office_id = {office:String}
) AS after ON after.alert_id = book.alert_id
ORDER BY book.opened_at DESC, alert_id
LIMIT 200
"""
