-- How terminals do, by heartbeats and votes. Rules and formulas are those of models/terminals.py; a
-- test holds both together. All thresholds stand in the first lines of the view; the frame of a
-- window takes numbers alone, so 180 s stand there again. Votes are read without FINAL: the newest
-- press of a terminal is the same in every version of its row.

CREATE VIEW IF NOT EXISTS semko.terminals_at AS
WITH
    180 AS silent_seconds,      -- three heartbeats; so close together terminals fell silent together
    60 AS clock_seconds,        -- a clock further off is wrong
    0.01 AS unlikely,           -- a silence less likely on a day is not chance
    120 AS to_press_seconds,    -- a service that ended since may still get its vote
    30 AS office_weight,        -- services that the rate of the office weighs in that of a desk
    0.01 AS rho_at_least,
    0.3 AS rho_at_most,
    28 AS usual_days,           -- what is usual is read from so many days
    14 AS silence_days,         -- services are counted so far back
    {now:DateTime64(3, 'UTC')} AS at
SELECT
    tenant_id, office_id, terminal_id, desks,
    multiIf(
        maintenance_since > 0, 'maintenance',
        heard AND NOT silent, multiIf(abs(clock_offset_ms) > clock_seconds * 1000, 'clock', chance < unlikely, 'no votes', 'ok'),
        NOT heard, if(chance < unlikely, 'no votes', 'unheard'),
        NOT is_open, 'closed',
        heard_here > 0, 'off',
        silent_together > 1, 'no network',
        served_until > heard_seconds + silent_seconds, 'off',
        'no network'
    ) AS state,
    if(heard, fromUnixTimestamp64Milli(heard_ms, 'UTC'), NULL) AS last_heartbeat_at,
    version,
    if(heard, clock_offset_ms / 1000, NULL) AS clock_offset_seconds,
    if(heard, queue_length, NULL) AS queue_length,
    if(heard, uptime_seconds, NULL) AS uptime_seconds,
    if(pressed_ms > 0, fromUnixTimestamp64Milli(pressed_ms, 'UTC'), NULL) AS last_vote_at,
    services AS services_since,
    usual_rate,
    chance AS silence_chance,
    gap_was,
    if(gap_was = '', NULL, gap_seconds) AS gap_seconds,
    if(gap_was = '', NULL, fromUnixTimestamp64Milli(gap_ended_ms, 'UTC')) AS gap_ended_at,
    if(maintenance_since > 0, fromUnixTimestamp64Milli(maintenance_since, 'UTC'), NULL) AS maintenance_since,
    is_open
FROM
(
    SELECT
        * EXCEPT (services),
        toUInt64(services) AS services,
        -- Skellam's beta-binomial at no vote, by the votes of a usual day
        if(usual_rate IS NULL OR services = 0, NULL, least(1, greatest(1, ifNull(usual_rate, 0) * usual_services / greatest(usual_days_served, 1)) * exp(
            lgamma(spread) - lgamma(spread + services) + lgamma((1 - bounded_rate) * spread + services) - lgamma((1 - bounded_rate) * spread)
        ))) AS chance,
        heard_ms > 0 AS heard,
        intDiv(heard_ms, 1000) AS heard_seconds,
        heard_ms > 0 AND toUnixTimestamp64Milli(at) - heard_ms > silent_seconds * 1000 AS silent,
        sum(heard_ms > 0 AND toUnixTimestamp64Milli(at) - heard_ms <= silent_seconds * 1000) OVER (PARTITION BY tenant_id, office_id) AS heard_here,
        sum(heard_ms > 0) OVER (PARTITION BY tenant_id, office_id ORDER BY heard_ms RANGE BETWEEN 180000 PRECEDING AND 180000 FOLLOWING) AS silent_together,
        if(hours_known, within_hours, served_until > toUnixTimestamp(at) - 3600) AS is_open
    FROM
    (
        SELECT
            *,
            share * (usual_votes + office_weight * office_rate) / (usual_services + office_weight) AS usual_rate,
            least(greatest(ifNull(usual_rate, 0), 1e-9), 1 - 1e-9) AS bounded_rate,
            1 / rho - 1 AS spread
        FROM
        (
            SELECT
                tenant_id, office_id, terminal_id,
                any(own.desks) AS desks, any(own.version) AS version, any(own.heard_ms) AS heard_ms,
                any(own.uptime_seconds) AS uptime_seconds, any(own.queue_length) AS queue_length,
                any(own.clock_offset_ms) AS clock_offset_ms, any(own.pressed_ms) AS pressed_ms,
                any(own.gap_was) AS gap_was, any(own.gap_seconds) AS gap_seconds,
                any(own.gap_ended_ms) AS gap_ended_ms, any(own.maintenance_since) AS maintenance_since,
                if(any(own.presses_there) = 0, 1, any(own.presses) / any(own.presses_there)) AS share,
                max(opening.is_known) AS hours_known, max(opening.is_within) AS within_hours,
                -- usual: the hours before the one of its last vote
                sum(arraySum(h -> if(h.1 < own.usual_until, h.2, 0), served.hours)) AS usual_services,
                sum(arraySum(h -> if(h.1 < own.usual_until, h.3, 0), served.hours)) AS usual_votes,
                length(groupUniqArrayArray(arrayMap(h -> intDiv(h.1, 86400), arrayFilter(h -> h.1 < own.usual_until AND h.2 > 0, served.hours)))) AS usual_days_served,
                -- since its last vote, in whole minutes
                sum(arraySum(m -> if(m.1 >= own.silent_since AND m.1 + 60 + to_press_seconds <= toUnixTimestamp(at), m.2, 0), served.minutes)) AS services,
                max(if(served.rated_services = 0, NULL, served.rated_votes / served.rated_services)) AS office_rate,
                max(if(served.pairs = 0, rho_at_least, least(rho_at_most, greatest(rho_at_least, served.excess / served.pairs)))) AS rho,
                max(opening.served_until) AS served_until
            FROM
            (
                SELECT
                    *,
                    desk,
                    intDiv(if(pressed_ms > 0, pressed_ms, first_heard_ms), 3600000) * 3600 AS usual_until,
                    -- one that never pressed or told of itself has no silence
                    if(greatest(pressed_ms, first_heard_ms) = 0, toInt64(toUnixTimestamp(at)), greatest(intDiv(if(pressed_ms > 0, pressed_ms, first_heard_ms) + 59999, 60000) * 60, toUnixTimestamp(at) - silence_days * 86400)) AS silent_since
                FROM
                (
                    SELECT
                        tenant_id, office_id, terminal_id,
                        argMinIf(said_desks, source, notEmpty(said_desks)) AS desks,
                        max(version) AS version, max(heard_ms) AS heard_ms, max(first_heard_ms) AS first_heard_ms,
                        max(uptime_seconds) AS uptime_seconds, max(queue_length) AS queue_length,
                        sum(clock_offset_ms) AS clock_offset_ms, max(gap_was) AS gap_was,
                        max(gap_seconds) AS gap_seconds, max(gap_ended_ms) AS gap_ended_ms,
                        max(maintenance_since) AS maintenance_since, max(pressed_ms) AS pressed_ms,
                        sum(presses) AS presses, sum(presses_there) AS presses_there
                    FROM
                    (
                        SELECT
                            tenant_id, office_id, terminal_id, 1 AS source,
                            CAST(terminal_heartbeats.desks, 'Array(String)') AS said_desks,
                            toString(terminal_heartbeats.version) AS version,
                            toUnixTimestamp64Milli(received_at) AS heard_ms,
                            toUnixTimestamp64Milli(first_heard_at) AS first_heard_ms,
                            terminal_heartbeats.uptime_seconds AS uptime_seconds,
                            terminal_heartbeats.queue_length AS queue_length,
                            terminal_heartbeats.clock_offset_ms AS clock_offset_ms,
                            toString(terminal_heartbeats.gap_was) AS gap_was,
                            terminal_heartbeats.gap_seconds AS gap_seconds,
                            toUnixTimestamp64Milli(gap_ended_at) AS gap_ended_ms,
                            toInt64(0) AS maintenance_since, toInt64(0) AS pressed_ms,
                            toUInt64(0) AS presses, toUInt64(0) AS presses_there
                        FROM semko.terminal_heartbeats FINAL
                        WHERE received_at <= at
                        UNION ALL
                        SELECT
                            tenant_id, office_id, terminal_id, 2, CAST(argMax(registry_terminals.desks, valid_from), 'Array(String)'),
                            '', 0, 0, 0, 0, 0, '', 0, 0, 0, 0, 0, 0
                        FROM semko.registry_terminals FINAL
                        WHERE removed = 0 AND valid_from <= toDate(at)
                        GROUP BY tenant_id, office_id, terminal_id
                        UNION ALL
                        SELECT
                            tenant_id, office_id, terminal_id, 4, [], '', 0, 0, 0, 0, 0, '', 0, 0,
                            toUnixTimestamp64Milli(max(since)), 0, 0, 0
                        FROM semko.terminal_maintenance FINAL
                        WHERE since <= at AND (until IS NULL OR until > at)
                        GROUP BY tenant_id, office_id, terminal_id
                        UNION ALL
                        SELECT
                            tenant_id, office_id, terminal_id, 3, groupArray(toString(desk_id)), '', 0, 0, 0, 0, 0, '', 0, 0,
                            0, max(newest), sum(here), sum(at_desk)
                        FROM
                        (
                            SELECT
                                tenant_id, office_id, terminal_id, desk_id,
                                toUnixTimestamp64Milli(max(voted_at)) AS newest,
                                count() AS here,
                                sum(here) OVER (PARTITION BY tenant_id, office_id, desk_id) AS at_desk
                            FROM semko.votes
                            WHERE kind != 'test' AND voted_at >= at - toIntervalDay(usual_days)
                                AND voted_at <= at + toIntervalMinute(5)
                            GROUP BY tenant_id, office_id, terminal_id, desk_id
                        )
                        GROUP BY tenant_id, office_id, terminal_id
                    )
                    GROUP BY tenant_id, office_id, terminal_id
                )
                LEFT ARRAY JOIN desks AS desk
            ) AS own
            LEFT JOIN
            (
                SELECT
                    tenant_id, office_id, desk, hours, minutes,
                    sumIf(all_services, all_votes > 0) OVER (PARTITION BY tenant_id, office_id) AS rated_services,
                    sum(all_votes) OVER (PARTITION BY tenant_id, office_id) AS rated_votes,
                    -- moments of votes by the hour: above what a constant rate gives, and pairs of services
                    sum(if(all_services = 0, 0, squared_votes - 2 * all_votes / all_services * products + pow(all_votes / all_services, 2) * squared_services - all_votes * (1 - all_votes / all_services))) OVER (PARTITION BY tenant_id, office_id) AS excess,
                    sum(if(all_services = 0, 0, (squared_services - all_services) * all_votes / all_services * (1 - all_votes / all_services))) OVER (PARTITION BY tenant_id, office_id) AS pairs
                FROM
                (
                    SELECT
                        tenant_id, office_id, toString(key) AS desk,
                        groupArrayIf((toInt64(toUnixTimestamp(window_start)), completions, votes), window_seconds = 3600) AS hours,
                        groupArrayIf((toInt64(toUnixTimestamp(window_start)), completions), window_seconds = 60) AS minutes,
                        sumIf(completions, window_seconds = 3600) AS all_services,
                        sumIf(votes, window_seconds = 3600) AS all_votes,
                        sumIf(completions * completions, window_seconds = 3600) AS squared_services,
                        sumIf(votes * votes, window_seconds = 3600) AS squared_votes,
                        sumIf(votes * completions, window_seconds = 3600) AS products
                    FROM semko.window_metrics FINAL
                    WHERE scope = 'desk' AND completions > 0 AND window_start <= at
                        AND (window_seconds = 3600 AND window_start >= at - toIntervalDay(usual_days)
                            OR window_seconds = 60 AND window_start >= at - toIntervalDay(silence_days))
                    GROUP BY tenant_id, office_id, desk
                )
            ) AS served USING (tenant_id, office_id, desk)
            LEFT JOIN
            (
                SELECT tenant_id, office_id, max(known) AS is_known, max(within) AS is_within, max(newest) AS served_until
                FROM
                (
                    SELECT
                        tenant_id, office_id, 1 AS known,
                        max(
                            weekday = toUInt8(formatDateTime(at, '%u', time_zone))
                            AND opens_minute <= minute AND closes_minute > minute
                            AND (tenant_id, office_id, today) NOT IN (SELECT tenant_id, office_id, toString(date) FROM semko.registry_holidays FINAL WHERE removed = 0)
                            AND (tenant_id, today) NOT IN (SELECT tenant_id, toString(date) FROM semko.registry_holidays FINAL WHERE removed = 0 AND office_id = '')
                        ) AS within,
                        toInt64(0) AS newest
                    FROM
                    (
                        SELECT
                            tenant_id, office_id, weekday, opens_minute, closes_minute,
                            (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
                            transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone,
                            formatDateTime(at, '%F', time_zone) AS today,
                            toUInt16(formatDateTime(at, '%H', time_zone)) * 60 + toUInt16(formatDateTime(at, '%i', time_zone)) AS minute
                        FROM semko.registry_opening_hours FINAL
                        WHERE removed = 0 AND (tenant_id, office_id, valid_from) IN
                        (
                            SELECT tenant_id, office_id, max(valid_from)
                            FROM semko.registry_offices FINAL
                            WHERE removed = 0 AND valid_from <= toDate(at)
                            GROUP BY tenant_id, office_id
                        )
                    )
                    GROUP BY tenant_id, office_id
                    UNION ALL
                    SELECT tenant_id, office_id, 0, 0, toInt64(toUnixTimestamp(max(window_start)))
                    FROM semko.window_metrics
                    WHERE scope = 'office' AND window_seconds = 60 AND completions > 0
                        AND window_start <= at AND window_start >= at - toIntervalDay(1)
                    GROUP BY tenant_id, office_id
                )
                GROUP BY tenant_id, office_id
            ) AS opening USING (tenant_id, office_id)
            GROUP BY tenant_id, office_id, terminal_id
        )
    )
);

CREATE VIEW IF NOT EXISTS semko.terminals AS
SELECT * FROM semko.terminals_at(now = now64(3));

-- As before, and tests beside them.
CREATE OR REPLACE VIEW semko.votes_aside AS
SELECT
    tenant_id, office_id,
    toDate(formatDateTime(voted_at, '%F', time_zone)) AS day,
    countIf(kind = 'unmatched') AS unmatched,
    countIf(kind = 'corrected') AS corrected,
    countIf(kind = 'repeat') AS repeat,
    countIf(kind = 'test') AS test
FROM
(
    SELECT
        tenant_id, office_id, voted_at, kind,
        (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
        transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
    FROM semko.votes FINAL
    WHERE kind IN ('unmatched', 'corrected', 'repeat', 'test')
)
GROUP BY tenant_id, office_id, day;

-- Presses that no waiting citizen explains, by desk and local day; days without any are left out.
-- A press has one reason, the first that holds: the office was closed, 30 minutes about its hours
-- aside; no service stood behind it; it came again for a service, beyond one change of mind; or the
-- terminal took one for another service less than 5 s before. `usual_share` is that of all other
-- desks and days of the office, with one in twenty presses beside them so that it is never none;
-- `chance` is how likely so many and more are at that share (Poisson). It suspects and proves
-- nothing: a citizen who comes back, a child and a wrong clock look the same.
CREATE VIEW IF NOT EXISTS semko.suspected_staff_votes AS
SELECT
    tenant_id, office_id, desk_id, day, presses,
    presses - unexplained AS explained,
    unexplained, when_closed, without_service, repeated, hurried,
    usual_share,
    greatest(0, 1 - arraySum(n -> exp(n * log(presses * usual_share) - presses * usual_share - lgamma(n + 1)), range(unexplained))) AS chance
FROM
(
    SELECT
        *,
        when_closed + without_service + repeated + hurried AS unexplained,
        (sum(unexplained) OVER (PARTITION BY tenant_id, office_id) - unexplained + 1)
            / (sum(presses) OVER (PARTITION BY tenant_id, office_id) - presses + 20) AS usual_share
    FROM
    (
        SELECT
            tenant_id, office_id, desk_id, day,
            count() AS presses,
            countIf(reason = 1) AS when_closed,
            countIf(reason = 2) AS without_service,
            countIf(reason = 3) AS repeated,
            countIf(reason = 4) AS hurried
        FROM
        (
            SELECT
                tenant_id, office_id, desk_id, day,
                multiIf(
                    notEmpty(spans) AND NOT arrayExists(s -> s.2 = weekday AND s.3 <= minute + 30 AND s.4 > minute - 30, spans), 1,
                    kind = 'unmatched', 2,
                    kind = 'repeat' OR (kind = 'corrected' AND place > 1), 3,
                    rated_key != before_key AND before_key != 0 AND voted_at < before_at + toIntervalSecond(5), 4,
                    0
                ) AS reason
            FROM
            (
                SELECT
                    *,
                    toInt32(formatDateTime(voted_at, '%H', time_zone)) * 60 + toInt32(formatDateTime(voted_at, '%i', time_zone)) AS minute,
                    toUInt8(formatDateTime(voted_at, '%u', time_zone)) AS weekday,
                    toDate(formatDateTime(voted_at, '%F', time_zone)) AS day,
                    -- the hours in force on that day; none: they are not known
                    arrayFilter(s -> s.1 = arrayMax(arrayFilter(v -> v <= day, versions)), all_spans) AS spans
                FROM
                (
                    SELECT
                        tenant_id, office_id, desk_id, kind, voted_at, rated_key,
                        row_number() OVER (PARTITION BY tenant_id, office_id, rated_key, kind ORDER BY voted_at DESC, event_id DESC) AS place,
                        lagInFrame(rated_key) OVER terminal AS before_key,
                        lagInFrame(voted_at) OVER terminal AS before_at,
                        (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
                        transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
                    FROM semko.votes FINAL
                    WHERE kind != 'test'
                    WINDOW terminal AS (PARTITION BY tenant_id, office_id, terminal_id ORDER BY voted_at, event_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
                ) AS pressed
                LEFT JOIN
                (
                    SELECT tenant_id, office_id, groupArray(toDate(valid_from)) AS versions
                    FROM semko.registry_offices FINAL WHERE removed = 0
                    GROUP BY tenant_id, office_id
                ) AS offices USING (tenant_id, office_id)
                LEFT JOIN
                (
                    SELECT tenant_id, office_id, groupArray((toDate(valid_from), weekday, toInt32(opens_minute), toInt32(closes_minute))) AS all_spans
                    FROM semko.registry_opening_hours FINAL WHERE removed = 0
                    GROUP BY tenant_id, office_id
                ) AS opening USING (tenant_id, office_id)
            )
        )
        GROUP BY tenant_id, office_id, desk_id, day
    )
)
WHERE unexplained > 0;
