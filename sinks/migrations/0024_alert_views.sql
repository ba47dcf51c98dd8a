-- The alert book: alerts with what people did about them, and how the score is since.

CREATE VIEW IF NOT EXISTS semko.alert_book AS
WITH
    actions AS
    (
        SELECT
            tenant_id, office_id, alert_id,
            -- Who notes a cause or what is done about it has seen the alert.
            minIf(acted_at, action != 'resolve') AS first_acknowledged,
            countIf(action != 'resolve') > 0 AS is_acknowledged,
            argMaxIf(note, (acted_at, event_id), action = 'cause') AS last_cause,
            argMaxIf(note, (acted_at, event_id), action = 'action') AS last_action,
            argMinIf(note, (acted_at, event_id), action = 'resolve') AS first_reason
        FROM semko.alert_actions FINAL
        GROUP BY tenant_id, office_id, alert_id
    ),
    days AS
    (
        SELECT tenant_id, office_id, desk_id, day, revision AS judged_revision
        FROM semko.desk_days FINAL
    )
SELECT
    alert.tenant_id AS tenant_id,
    alert.office_id AS office_id,
    alert.desk_id AS desk_id,
    alert.alert_id AS alert_id,
    alert.kind AS kind,
    alert.level AS level,
    multiIf(
        alert.revision < days.judged_revision, 'withdrawn',
        alert.resolved_at IS NOT NULL, 'resolved',
        actions.is_acknowledged, 'acknowledged',
        'open') AS state,
    alert.begun_at AS begun_at,
    alert.opened_at AS opened_at,
    alert.last_alarm_at AS last_alarm_at,
    alert.alarms AS alarms,
    alert.expected AS expected,
    alert.observed AS observed,
    alert.drop_points AS drop_points,
    alert.resolved_at AS resolved_at,
    alert.resolved_by AS resolved_by,
    if(actions.is_acknowledged, actions.first_acknowledged, NULL) AS acknowledged_at,
    actions.last_cause AS cause,
    actions.last_action AS action,
    if(alert.resolved_by = 'hand', actions.first_reason, '') AS reason
FROM semko.alerts AS alert FINAL
LEFT JOIN days
    ON days.tenant_id = alert.tenant_id AND days.office_id = alert.office_id
    AND days.desk_id = alert.desk_id AND days.day = alert.day
LEFT JOIN actions
    ON actions.tenant_id = alert.tenant_id AND actions.office_id = alert.office_id
    AND actions.alert_id = alert.alert_id
COMMENT 'Alerts with their state: open, acknowledged, resolved, or withdrawn where later votes undid them.';
