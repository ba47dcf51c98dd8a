-- What Grafana's dashboards show and its user may not read by itself: it has no right to facts, since
-- whoever may edit a dashboard may ask everything that this user may. Views that read facts run with
-- the rights of whoever made them, and give counts and stepped scores alone.

-- Names in both languages; where a place is not registered its id stands in their stead.
CREATE VIEW IF NOT EXISTS semko.board_names AS
SELECT 'office' AS scope, tenant_id, office_id, '' AS key, argMax(name_bg, valid_from) AS bg, argMax(name_en, valid_from) AS en
FROM semko.registry_offices FINAL WHERE removed = 0 AND valid_from <= today() GROUP BY tenant_id, office_id
UNION ALL
SELECT 'desk' AS scope, tenant_id, office_id, desk_id AS key, argMax(name_bg, valid_from) AS bg, argMax(name_en, valid_from) AS en
FROM semko.registry_desks FINAL WHERE removed = 0 AND valid_from <= today() GROUP BY tenant_id, office_id, desk_id
UNION ALL
SELECT 'service' AS scope, tenant_id, '' AS office_id, service_id AS key, argMax(name_bg, valid_from) AS bg, argMax(name_en, valid_from) AS en
FROM semko.registry_services FINAL WHERE removed = 0 AND valid_from <= today() GROUP BY tenant_id, service_id
COMMENT 'Names of offices, desks and services, by scope and key.';

CREATE VIEW IF NOT EXISTS semko.board_now DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    now.tenant_id AS tenant_id, now.office_id AS office_id, now.scope AS scope, now.key AS key,
    now.day AS day, now.completions AS completions, now.votes AS votes,
    now.response_rate AS response_rate, now.mean_wait_seconds AS mean_wait_seconds,
    now.score AS score, now.score_low AS score_low, now.score_high AS score_high,
    now.score_votes AS score_votes, now.as_of AS as_of, now.face AS face,
    if(name.bg = '', if(now.scope = 'office', now.office_id, now.key), name.bg) AS name_bg,
    if(name.en = '', if(now.scope = 'office', now.office_id, now.key), name.en) AS name_en
FROM semko.wall_scores AS now
LEFT JOIN semko.board_names AS name
    ON name.scope = now.scope AND name.tenant_id = now.tenant_id AND name.key = now.key
    AND name.office_id = if(now.scope = 'service', '', now.office_id)
COMMENT 'The day so far of each office, desk and service, as the wall shows it: scores move at full quarters of an hour.';

CREATE VIEW IF NOT EXISTS semko.board_hours DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT tenant_id, office_id, desk_id, hour, completions, votes, score, score_low, score_high
FROM semko.desk_hours
COMMENT 'Desks by local hours of today.';

CREATE VIEW IF NOT EXISTS semko.board_terminals DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    tenant_id, office_id, terminal_id, arrayStringConcat(desks, ', ') AS desks, state,
    last_heartbeat_at, version, clock_offset_seconds, queue_length, is_open
FROM semko.terminals
COMMENT 'Terminals and their state.';

CREATE VIEW IF NOT EXISTS semko.board_recovery DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    tenant_id, office_id, desk_id, alert_id, level, opened_at, acted_at, expected, held_votes,
    held_mean, after_votes, after_mean, change, reach, recovery
FROM semko.alert_recovery
COMMENT 'What became of scores after the first action on their drop.';

CREATE VIEW IF NOT EXISTS semko.board_dead_letters DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT toStartOfHour(recorded_at) AS hour, topic, reason, count() AS records
FROM semko.dead_letters FINAL
GROUP BY hour, topic, reason
COMMENT 'How many records were no events, by hour, topic and reason; never what they held.';

CREATE VIEW IF NOT EXISTS semko.board_aside DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT tenant_id, office_id, day, unmatched, corrected, repeat, test
FROM semko.votes_aside
COMMENT 'Votes that count nowhere, by office, day and kind.';

-- A row for every known desk: a desk without one would take its alarm back by falling silent.
CREATE VIEW IF NOT EXISTS semko.board_desks AS
SELECT tenant_id, office_id, desk_id
FROM semko.registry_desks FINAL
WHERE removed = 0 AND valid_from <= today()
UNION DISTINCT
SELECT tenant_id, office_id, key AS desk_id
FROM semko.window_metrics FINAL
WHERE scope = 'desk' AND window_seconds = 3600 AND window_start >= now() - INTERVAL 30 DAY AND completions > 0
COMMENT 'Desks that are registered or had a citizen within 30 days.';

CREATE VIEW IF NOT EXISTS semko.board_alarms AS
SELECT
    desk.tenant_id AS tenant_id, desk.office_id AS office_id, desk.desk_id AS desk_id,
    max(multiIf(alert.level = 'page', 2, alert.level = 'amber', 1, 0)) AS severity
FROM semko.board_desks AS desk
LEFT JOIN
(
    SELECT tenant_id, office_id, desk_id, level
    FROM semko.alert_book
    WHERE state IN ('open', 'acknowledged')
) AS alert
    ON alert.tenant_id = desk.tenant_id AND alert.office_id = desk.office_id AND alert.desk_id = desk.desk_id
GROUP BY tenant_id, office_id, desk_id
COMMENT 'Each known desk with its open alerts: 0 none, 1 amber, 2 page.';
