-- Behind the shift manager's page: one row a (tenant, office, desk, local hour) of the tenant's day so
-- far. As on the wall a vote counts from the first full quarter of an hour after it, so that nobody
-- sees what the last citizen pressed; below 5 votes of an hour there is no score.
-- `now` is an argument; `semko.desk_hours` gives it the clock.

CREATE VIEW IF NOT EXISTS semko.desk_hours_at AS
SELECT
    tenant_id, office_id, desk_id, hour,
    completions, votes,
    if(votes < 5, NULL, points / votes) AS score,
    -- interval as in semko.hourly_scores
    if(votes < 5, NULL, greatest(0, centre - reach)) AS score_low,
    if(votes < 5, NULL, least(100, centre + reach)) AS score_high
FROM
(
    SELECT
        *,
        (points + 125) / (votes + 2.5) AS centre,
        sqrt(3.841458820694124 * ((squares + 9375) / (votes + 2.5) - centre * centre) / (votes + 3.5)) AS reach
    FROM
    (
        SELECT
            tenant_id, office_id, desk_id, hour,
            toInt64(count()) AS completions,
            toInt64(countIf(counts)) AS votes,
            sumIf(face_points, counts) AS points,
            sumIf(face_points * face_points, counts) AS squares
        FROM
        (
            SELECT
                tenant_id, office_id, desk_id,
                toUInt8(formatDateTime(completed_at, '%H', time_zone)) AS hour,
                100 * (ifNull(score, 1) - 1) / (ifNull(scale, 5) - 1) AS face_points,
                ifNull((intDiv(toUnixTimestamp64Milli(voted_at), 900000) + 1) * 900000 <= toUnixTimestamp64Milli({now:DateTime64(3, 'UTC')}), 0) AS counts
            FROM
            (
                SELECT
                    tenant_id, office_id, desk_id, completed_at, score, scale, voted_at,
                    (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
                    transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
                FROM semko.interactions FINAL
                -- The longest local day has 25 hours; completions may be stamped 5 minutes ahead.
                WHERE completed_at >= {now:DateTime64(3, 'UTC')} - INTERVAL 26 HOUR
                    AND completed_at <= {now:DateTime64(3, 'UTC')} + INTERVAL 5 MINUTE
            )
            WHERE formatDateTime(completed_at, '%F', time_zone) = formatDateTime({now:DateTime64(3, 'UTC')}, '%F', time_zone)
        )
        GROUP BY tenant_id, office_id, desk_id, hour
    )
);

CREATE VIEW IF NOT EXISTS semko.desk_hours AS
SELECT * FROM semko.desk_hours_at(now = now64(3));
