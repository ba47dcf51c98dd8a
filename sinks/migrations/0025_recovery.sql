-- What became of a score after somebody acted on its drop. The votes with which an alert opened were
-- chosen for being bad, so that those after them are better by chance alone (regression to the mean:
-- Barnett, van der Pols and Dobson, International Journal of Epidemiology 34 (2005) 215–220). Votes
-- between opening and action were chosen by nobody: what is after the action is held against them.

CREATE VIEW IF NOT EXISTS semko.alert_recovery AS
SELECT
    tenant_id, office_id, desk_id, alert_id, level, opened_at, acted_at, resolved_at, resolved_by,
    expected, chosen_votes, chosen_mean, held_votes, held_mean, after_votes, after_mean,
    if(held_votes < 10 OR after_votes < 10, NULL, after_mean - held_mean) AS change,
    if(held_votes < 10 OR after_votes < 10, NULL, 1.96 * sqrt(held_variance / held_votes + after_variance / after_votes)) AS reach,
    multiIf(
        acted_at IS NULL, 'no action',
        change IS NULL, 'too few votes',
        change + reach < 0, 'worse',
        change - reach <= 0, 'no change',
        after_mean + 1.96 * sqrt(after_variance / after_votes) >= expected - 3, 'back',
        'better') AS recovery
FROM
(
    SELECT
        alert.tenant_id AS tenant_id, alert.office_id AS office_id, alert.desk_id AS desk_id,
        alert.alert_id AS alert_id, any(alert.level) AS level, any(alert.opened_at) AS opened_at,
        any(alert.acted_at) AS acted_at, any(alert.resolved_at) AS resolved_at,
        any(alert.resolved_by) AS resolved_by, any(alert.expected) AS expected,
        toInt64(countIf(fact.at BETWEEN alert.begun_at AND alert.opened_at)) AS chosen_votes,
        if(chosen_votes = 0, NULL, avgIf(fact.points, fact.at BETWEEN alert.begun_at AND alert.opened_at)) AS chosen_mean,
        toInt64(countIf(fact.at > alert.opened_at AND fact.at <= alert.acted_at)) AS held_votes,
        if(held_votes = 0, NULL, avgIf(fact.points, fact.at > alert.opened_at AND fact.at <= alert.acted_at)) AS held_mean,
        varSampIf(fact.points, fact.at > alert.opened_at AND fact.at <= alert.acted_at) AS held_variance,
        toInt64(countIf(fact.at > alert.acted_at AND fact.at <= alert.acted_at + toIntervalDay(7))) AS after_votes,
        if(after_votes = 0, NULL, avgIf(fact.points, fact.at > alert.acted_at AND fact.at <= alert.acted_at + toIntervalDay(7))) AS after_mean,
        varSampIf(fact.points, fact.at > alert.acted_at AND fact.at <= alert.acted_at + toIntervalDay(7)) AS after_variance
    FROM
    (
        SELECT
            book.*, if(action.first_acted IS NULL, NULL, greatest(action.first_acted, book.opened_at)) AS acted_at,
            -- its days, so that facts meet the alerts of their own days alone
            arrayJoin(range(toRelativeDayNum(book.begun_at), toRelativeDayNum(if(acted_at IS NULL, book.opened_at, assumeNotNull(acted_at) + toIntervalDay(7))) + 1)) AS day
        FROM (SELECT * FROM semko.alert_book WHERE kind = 'score' AND state != 'withdrawn') AS book
        LEFT JOIN
        (
            SELECT tenant_id, office_id, alert_id, toNullable(min(acted_at)) AS first_acted
            FROM semko.alert_actions FINAL
            WHERE action = 'action'
            GROUP BY tenant_id, office_id, alert_id
        ) AS action
            ON action.tenant_id = book.tenant_id AND action.office_id = book.office_id
            AND action.alert_id = book.alert_id
    ) AS alert
    LEFT JOIN
    (
        SELECT tenant_id, office_id, desk_id, completed_at AS at, toRelativeDayNum(completed_at) AS day, 100 * (score - 1) / (scale - 1) AS points
        FROM semko.interactions FINAL
        WHERE score IS NOT NULL AND deleted = 0 AND completed_at >= (SELECT min(begun_at) FROM semko.alerts)
    ) AS fact
        ON fact.tenant_id = alert.tenant_id AND fact.office_id = alert.office_id
        AND fact.desk_id = alert.desk_id AND fact.day = alert.day
    GROUP BY alert.tenant_id, alert.office_id, alert.desk_id, alert.alert_id
)
COMMENT 'Score drops with what became of the score in the seven days after the first action: back, better, no change, worse, too few votes, no action.';
