-- Views that carry the score formulas, hide tombstones and read FINAL, so that nobody computes a
-- score by hand. The formulas are those of models/scores.py, version 1; a test holds both together.
-- Means run from 0 to 100, shares and rates from 0 to 1; null says that there is nothing to divide
-- by. 3.8414…, 1.9207… and 0.9603… are the squared normal quantile of 95 %, its half and its quarter;
-- 2.5, 125 and 9375 are half a vote on each of five faces: its votes, scores and squared scores.
-- Subqueries on purpose: the engine writes every alias out where it is used, and planning a
-- chain of aliases took longer than running the query.

-- A tenant that is not registered has the days of Europe/Sofia.
CREATE VIEW IF NOT EXISTS semko.tenant_zones AS
SELECT tenant_id, argMax(toString(time_zone), valid_from) AS time_zone
FROM semko.registry_tenants FINAL
WHERE removed = 0
GROUP BY tenant_id;

-- One row a scope, key and hour; hours that lost their last interaction are left out.
CREATE VIEW IF NOT EXISTS semko.hourly_scores AS
WITH
    (part, whole) -> sqrt(3.841458820694124 * (part * (whole - part) / whole + 0.960364705173531)) AS wilson_reach,
    (part, whole) -> if(whole = 0, NULL, greatest(0, (part + 1.920729410347062 - wilson_reach(part, whole)) / (whole + 3.841458820694124))) AS wilson_low,
    (part, whole) -> if(whole = 0, NULL, least(1, (part + 1.920729410347062 + wilson_reach(part, whole)) / (whole + 3.841458820694124))) AS wilson_high
SELECT
    tenant_id, office_id, scope, key, window_start,
    completions, votes, v1, v2, v3, v4, v5, points, points_squared, refused, abandoned,
    transferred, overdue, due_known, wait_seconds, wait_known,
    if(completions = 0, NULL, votes / completions) AS response_rate,
    if(votes = 0, NULL, points / votes / 100) AS mean,
    if(votes = 0, NULL, greatest(0, centre - mean_reach)) AS mean_low,
    if(votes = 0, NULL, least(100, centre + mean_reach)) AS mean_high,
    if(votes = 0, NULL, best / votes) AS top2,
    wilson_low(best, votes) AS top2_low,
    wilson_high(best, votes) AS top2_high,
    if(votes = 0, NULL, worst / votes) AS bottom2,
    wilson_low(worst, votes) AS bottom2_low,
    wilson_high(worst, votes) AS bottom2_high,
    if(votes = 0, NULL, (best - worst) / votes) AS net,
    if(wait_known = 0, NULL, wait_seconds / wait_known) AS mean_wait_seconds,
    toUInt16(1) AS formula_version
FROM
(
    SELECT
        *,
        v4 + v5 AS best,
        v1 + v2 AS worst,
        (points / 100 + 125) / (votes + 2.5) AS centre,
        sqrt(3.841458820694124 * ((points_squared / 10000 + 9375) / (votes + 2.5) - centre * centre) / (votes + 3.5)) AS mean_reach
    FROM semko.window_metrics FINAL
    WHERE window_seconds = 3600 AND completions > 0
);

-- The same by day in the tenant's time zone: an hour belongs to the day in which it begins.
CREATE VIEW IF NOT EXISTS semko.daily_scores AS
WITH
    (part, whole) -> sqrt(3.841458820694124 * (part * (whole - part) / whole + 0.960364705173531)) AS wilson_reach,
    (part, whole) -> if(whole = 0, NULL, greatest(0, (part + 1.920729410347062 - wilson_reach(part, whole)) / (whole + 3.841458820694124))) AS wilson_low,
    (part, whole) -> if(whole = 0, NULL, least(1, (part + 1.920729410347062 + wilson_reach(part, whole)) / (whole + 3.841458820694124))) AS wilson_high
SELECT
    tenant_id, office_id, scope, key, day,
    completions, votes, v1, v2, v3, v4, v5, points, points_squared, refused, abandoned,
    transferred, overdue, due_known, wait_seconds, wait_known,
    if(completions = 0, NULL, votes / completions) AS response_rate,
    if(votes = 0, NULL, points / votes / 100) AS mean,
    if(votes = 0, NULL, greatest(0, centre - mean_reach)) AS mean_low,
    if(votes = 0, NULL, least(100, centre + mean_reach)) AS mean_high,
    if(votes = 0, NULL, best / votes) AS top2,
    wilson_low(best, votes) AS top2_low,
    wilson_high(best, votes) AS top2_high,
    if(votes = 0, NULL, worst / votes) AS bottom2,
    wilson_low(worst, votes) AS bottom2_low,
    wilson_high(worst, votes) AS bottom2_high,
    if(votes = 0, NULL, (best - worst) / votes) AS net,
    if(wait_known = 0, NULL, wait_seconds / wait_known) AS mean_wait_seconds,
    toUInt16(1) AS formula_version
FROM
(
    SELECT
        *,
        v4 + v5 AS best,
        v1 + v2 AS worst,
        (points / 100 + 125) / (votes + 2.5) AS centre,
        sqrt(3.841458820694124 * ((points_squared / 10000 + 9375) / (votes + 2.5) - centre * centre) / (votes + 3.5)) AS mean_reach
    FROM
    (
        SELECT
            tenant_id, office_id, scope, key,
            toDate(formatDateTime(window_start, '%F', time_zone)) AS day,
            sum(zoned.completions) AS completions, sum(zoned.votes) AS votes,
            sum(zoned.v1) AS v1, sum(zoned.v2) AS v2, sum(zoned.v3) AS v3, sum(zoned.v4) AS v4,
            sum(zoned.v5) AS v5, sum(zoned.points) AS points,
            sum(zoned.points_squared) AS points_squared, sum(zoned.refused) AS refused,
            sum(zoned.abandoned) AS abandoned, sum(zoned.transferred) AS transferred,
            sum(zoned.overdue) AS overdue, sum(zoned.due_known) AS due_known,
            sum(zoned.wait_seconds) AS wait_seconds, sum(zoned.wait_known) AS wait_known
        FROM
        (
            SELECT
                *,
                (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
                transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
            FROM semko.window_metrics FINAL
            WHERE window_seconds = 3600 AND completions > 0
        ) AS zoned
        GROUP BY tenant_id, office_id, scope, key, day
    )
);

CREATE VIEW IF NOT EXISTS semko.office_scores AS
SELECT * EXCEPT (scope, key) FROM semko.hourly_scores WHERE scope = 'office';

CREATE VIEW IF NOT EXISTS semko.office_scores_daily AS
SELECT * EXCEPT (scope, key) FROM semko.daily_scores WHERE scope = 'office';

CREATE VIEW IF NOT EXISTS semko.desk_scores AS
SELECT * EXCEPT (scope, key), key AS desk_id FROM semko.hourly_scores WHERE scope = 'desk';

CREATE VIEW IF NOT EXISTS semko.desk_scores_daily AS
SELECT * EXCEPT (scope, key), key AS desk_id FROM semko.daily_scores WHERE scope = 'desk';

CREATE VIEW IF NOT EXISTS semko.service_scores AS
SELECT * EXCEPT (scope, key), key AS service_id FROM semko.hourly_scores WHERE scope = 'service';

CREATE VIEW IF NOT EXISTS semko.service_scores_daily AS
SELECT * EXCEPT (scope, key), key AS service_id FROM semko.daily_scores WHERE scope = 'service';

-- What may leave the operator's circle: whole local days, cells of at least 10 votes, unanimous
-- cells masked (they would tell every vote). What stays hidden must not follow from its parent (the
-- dimension's total of the day) less the cells shown: where one cell alone is hidden, or the hidden
-- ones together have fewer than 10 votes or are unanimous, the smallest of the others is hidden too. Why a cell is
-- hidden is not told.
CREATE VIEW IF NOT EXISTS semko.segment_scores AS
SELECT
    tenant_id, office_id, day, dimension, value, suppressed,
    if(suppressed, NULL, cells.completions) AS completions,
    if(suppressed, NULL, cells.votes) AS votes,
    if(suppressed, NULL, cells.v1) AS v1,
    if(suppressed, NULL, cells.v2) AS v2,
    if(suppressed, NULL, cells.v3) AS v3,
    if(suppressed, NULL, cells.v4) AS v4,
    if(suppressed, NULL, cells.v5) AS v5,
    if(suppressed, NULL, cells.response_rate) AS response_rate,
    if(suppressed, NULL, cells.mean) AS mean,
    if(suppressed, NULL, cells.mean_low) AS mean_low,
    if(suppressed, NULL, cells.mean_high) AS mean_high,
    if(suppressed, NULL, cells.top2) AS top2,
    if(suppressed, NULL, cells.top2_low) AS top2_low,
    if(suppressed, NULL, cells.top2_high) AS top2_high,
    if(suppressed, NULL, cells.bottom2) AS bottom2,
    if(suppressed, NULL, cells.bottom2_low) AS bottom2_low,
    if(suppressed, NULL, cells.bottom2_high) AS bottom2_high,
    if(suppressed, NULL, cells.net) AS net,
    if(suppressed, NULL, cells.mean_wait_seconds) AS mean_wait_seconds,
    formula_version
FROM
(
    SELECT
        *,
        votes < 10 OR greatest(v1, v2, v3, v4, v5) = votes AS unsafe,
        substring(key, 1, position(key, '=') - 1) AS dimension,
        substring(key, position(key, '=') + 1) AS value,
        countIf(unsafe) OVER parent AS hidden_cells,
        sumIf(votes, unsafe) OVER parent AS hidden_votes,
        greatest(
            sumIf(v1, unsafe) OVER parent, sumIf(v2, unsafe) OVER parent, sumIf(v3, unsafe) OVER parent,
            sumIf(v4, unsafe) OVER parent, sumIf(v5, unsafe) OVER parent
        ) AS hidden_same,
        hidden_cells = 1 OR (hidden_cells > 1 AND (hidden_votes < 10 OR hidden_same = hidden_votes)) AS too_little_hidden,
        row_number() OVER (PARTITION BY tenant_id, office_id, day, dimension ORDER BY unsafe, votes, key) AS place,
        unsafe OR (place = 1 AND too_little_hidden) AS suppressed
    FROM semko.daily_scores
    WHERE scope = 'segment'
    WINDOW parent AS (PARTITION BY tenant_id, office_id, day, dimension)
) AS cells;

-- Votes that are in the books and in no score, by the local day on which they were given.
CREATE VIEW IF NOT EXISTS semko.votes_aside AS
SELECT
    tenant_id, office_id,
    toDate(formatDateTime(voted_at, '%F', time_zone)) AS day,
    countIf(kind = 'unmatched') AS unmatched,
    countIf(kind = 'corrected') AS corrected,
    countIf(kind = 'repeat') AS repeat
FROM
(
    SELECT
        tenant_id, office_id, voted_at, kind,
        (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
        transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
    FROM semko.votes FINAL
    WHERE kind IN ('unmatched', 'corrected', 'repeat')
)
GROUP BY tenant_id, office_id, day;
