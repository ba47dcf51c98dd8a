-- The numbers behind the wall: one row a (tenant, office, scope, key) with the tenant's day so far.
-- Counts are live. The score is stepped, so that nobody learns what the last citizen pressed: it
-- moves only at a full quarter of an hour, and only when that brings at least 5 votes more than
-- stood behind it before. Time zones differ from UTC by whole quarters, so quarters need no zone.
-- `now` is an argument; `semko.wall_scores` gives it the clock. Few joins and few expressions on
-- purpose: for the rows of a day, planning takes the engine longer than running.

CREATE VIEW IF NOT EXISTS semko.wall_scores_at AS
SELECT
    tenant_id, office_id, scope, key, time_zone,
    toDate(formatDateTime({now:DateTime64(3, 'UTC')}, '%F', time_zone)) AS day,
    completions,
    votes,
    votes / completions AS response_rate,
    wait_known,
    if(wait_known = 0, NULL, wait_seconds / wait_known) AS mean_wait_seconds,
    last_completed_at,
    last_voted_at,
    if(score IS NULL, 'too few votes', 'scored') AS state,
    score,
    -- mean and interval as in semko.hourly_scores
    if(score IS NULL, NULL, greatest(0, centre - reach)) AS score_low,
    if(score IS NULL, NULL, least(100, centre + reach)) AS score_high,
    score_votes,
    if(score IS NULL, NULL, steps[-1].1) AS as_of,
    -- the nearest face: 0 is the worst, 25 the next
    if(score IS NULL, NULL, toUInt8(floor(ifNull(score, 0) / 25 + 0.5) + 1)) AS face,
    steps,
    toUInt16(1) AS formula_version
FROM
(
    SELECT
        * EXCEPT (quarters, votes_by_then, points_by_then, moves),
        arrayMap(move -> (toDateTime64(quarters.1[move] * 900, 3, 'UTC'), points_by_then[move] / votes_by_then[move] / 100, votes_by_then[move]), moves) AS steps,
        votes_by_then[moves[-1]] AS score_votes,
        if(score_votes = 0, NULL, points_by_then[moves[-1]] / score_votes / 100) AS score,
        (points_by_then[moves[-1]] / 100 + 125) / (score_votes + 2.5) AS centre,
        sqrt(3.841458820694124 * ((arraySum(arraySlice(quarters.4, 1, moves[-1])) / 10000 + 9375) / (score_votes + 2.5) - centre * centre) / (score_votes + 3.5)) AS reach
    FROM
    (
        SELECT
            *,
            arrayCumSum(quarters.2) AS votes_by_then,
            arrayCumSum(quarters.3) AS points_by_then,
            -- the places of the quarters at which the score moved
            arrayFold(
                (state, place, so_far) -> if(so_far - state.1 >= 5, (so_far, arrayPushBack(state.2, place)), state),
                arrayEnumerate(quarters.1), arrayCumSum(quarters.2), (toInt64(0), []::Array(UInt32))
            ).2 AS moves
        FROM
        (
            SELECT
                tenant_id, office_id, place.1 AS scope, place.2 AS key, time_zone,
                count() AS completions,
                count(voted_at) AS votes,
                count(wait) AS wait_known,
                sum(wait) AS wait_seconds,
                max(completed_at) AS last_completed_at,
                max(voted_at) AS last_voted_at,
                -- by the first full quarter after the vote: quarters, votes, points, their squares
                sumMapIf([quarter], [toInt64(1)], [points], [points * points], quarter * 900000 <= toUnixTimestamp64Milli({now:DateTime64(3, 'UTC')})) AS quarters
            FROM
            (
                SELECT
                    tenant_id, office_id, completed_at, voted_at, time_zone,
                    [('office', ''), ('desk', toString(desk_id)), ('service', toString(service_id))] AS places,
                    if(outcome = 'completed', wait_seconds, NULL) AS wait,
                    toInt64(round(10000 * (ifNull(score, 1) - 1) / (ifNull(scale, 5) - 1))) AS points,
                    ifNull(intDiv(toUnixTimestamp64Milli(voted_at), 900000) + 1, 1000000000) AS quarter
                FROM
                (
                    SELECT
                        tenant_id, office_id, desk_id, service_id, completed_at, outcome,
                        wait_seconds, score, scale, voted_at,
                        (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
                        transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
                    FROM semko.interactions FINAL
                    -- The longest local day has 25 hours; completions may be stamped 5 minutes ahead.
                    WHERE completed_at >= {now:DateTime64(3, 'UTC')} - INTERVAL 26 HOUR
                        AND completed_at <= {now:DateTime64(3, 'UTC')} + INTERVAL 5 MINUTE
                )
                WHERE formatDateTime(completed_at, '%F', time_zone) = formatDateTime({now:DateTime64(3, 'UTC')}, '%F', time_zone)
            )
            ARRAY JOIN places AS place
            GROUP BY tenant_id, office_id, scope, key, time_zone
        )
    )
);

CREATE VIEW IF NOT EXISTS semko.wall_scores AS
SELECT * FROM semko.wall_scores_at(now = now64(3));

-- What is usual for an office: its last 7 open days within three weeks, all votes together.
CREATE VIEW IF NOT EXISTS semko.usual_scores_at AS
SELECT
    tenant_id, office_id,
    count() AS open_days,
    sum(day_votes) AS votes,
    if(votes < 5, NULL, sum(day_points) / votes / 100) AS usual
FROM
(
    SELECT
        tenant_id, office_id,
        formatDateTime(window_start, '%F', time_zone) AS open_day,
        sum(votes) AS day_votes,
        sum(points) AS day_points
    FROM
    (
        SELECT
            tenant_id, office_id, window_start, votes, points,
            (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
            transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
        FROM semko.window_metrics FINAL
        WHERE scope = 'office' AND window_seconds = 3600 AND completions > 0
            AND window_start >= {now:DateTime64(3, 'UTC')} - INTERVAL 22 DAY
            AND window_start <= {now:DateTime64(3, 'UTC')}
    )
    WHERE open_day < formatDateTime({now:DateTime64(3, 'UTC')}, '%F', time_zone)
    GROUP BY tenant_id, office_id, open_day
    ORDER BY open_day DESC
    LIMIT 7 BY tenant_id, office_id
)
GROUP BY tenant_id, office_id;

CREATE VIEW IF NOT EXISTS semko.usual_scores AS
SELECT * FROM semko.usual_scores_at(now = now64(3));
