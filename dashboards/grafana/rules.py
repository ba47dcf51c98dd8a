"""Alert rules: they read the alert book and known desks, and judge nothing anew.

They send nothing unless told whom: SEMKO's own notifications exist, and nobody wants to be told
twice. No notification policy is touched, since a provisioned one replaces the whole tree.
"""

from typing import Any

from grafana_foundation_sdk.builders import alerting, expr
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.alerting import RelativeTimeRange

from dashboards.grafana.queries import SOURCE, TIME_SERIES, Asked, plain
from dashboards.grafana.words import Words

GROUP, FOLDER, RECEIVER = "semko", "semko", "semko"
EVERY_SECONDS = 60
EXPRESSIONS = "__expr__"
"""Grafana's own data source, of expressions."""

_OPEN = """
SELECT now() AS time, concat(tenant_id, '/', office_id, '/', desk_id) AS desk, severity AS value
FROM semko.board_alarms
"""
_SILENT = """
SELECT now() AS time, concat(terminals.tenant_id, '/', terminals.office_id) AS office,
    if(max(is_open) = 1, dateDiff('minute', any(newest), now()), 0) AS value
FROM semko.board_terminals AS terminals
INNER JOIN
(
    SELECT tenant_id, office_id, max(window_start) AS newest FROM semko.window_counts
    WHERE scope = 'office' AND window_seconds = 3600 AND window_start >= now() - INTERVAL 30 DAY
    GROUP BY tenant_id, office_id
) AS served
    ON served.tenant_id = terminals.tenant_id AND served.office_id = terminals.office_id
GROUP BY office
"""
_LETTERS = """
SELECT now() AS time, sum(records) AS value FROM semko.board_dead_letters
WHERE hour >= now() - INTERVAL 1 HOUR
"""
RULES = (
    ("semko-alert", "ruleAlert", _OPEN, 0.0, "0s"),
    ("semko-silent", "ruleSilent", _SILENT, 120.0, "5m"),
    ("semko-letters", "ruleLetters", _LETTERS, 0.0, "0s"),
)
"""Uid, key of the title, query, what it must exceed, for how long."""


def rules(words: Words, *, tells: bool) -> list[dict[str, Any]]:
    """The rules as Grafana's provisioning API takes them; each is paused unless it ``tells``."""
    return [_rule(words, *rule, tells=tells) for rule in RULES]


def _rule(
    words: Words, uid: str, title: str, sql: str, above: float, lasting: str, *, tells: bool
) -> dict[str, Any]:
    made = (
        alerting.Rule(words.say(title))
        .uid(uid)
        .folder_uid(FOLDER)
        .rule_group(GROUP)
        .org_id(1)
        .for_val(lasting)
        .condition("C")
        .no_data_state("OK")
        .exec_err_state("Error")
        .labels({"product": "semko"})
        .annotations({"summary": words.say(f"{title}Summary")})
        .is_paused(not tells)
        .with_query(_step("A", SOURCE, Asked(sql, TIME_SERIES)))
        .with_query(_step("B", EXPRESSIONS, _last()))
        .with_query(_step("C", EXPRESSIONS, _exceeds(above)))
    )
    if tells:
        made = made.notification_settings(alerting.NotificationSettings().receiver(RECEIVER))
    return dict(plain(made.build()))


def _step(ref_id: str, source: str, asked: Builder[Dataquery]) -> alerting.Query:
    """A query or an expression; each row of text and number is an instance of the alert."""
    window = RelativeTimeRange(from_val=3600, to=0)
    return alerting.Query(ref_id).datasource_uid(source).relative_time_range(window).model(asked)


def _last() -> expr.TypeReduce:
    return expr.TypeReduce().ref_id("B").expression("A").reducer("last")


def _exceeds(above: float) -> expr.TypeThreshold:
    evaluator = expr.ExprTypeThresholdConditionsEvaluator().type("gt").params([above])
    condition = expr.ExprTypeThresholdConditions().evaluator(evaluator)
    return expr.TypeThreshold().ref_id("C").expression("B").conditions([condition])


def contact_point(address: str) -> dict[str, Any]:
    """Whom the rules tell, by mail."""
    return {
        "uid": RECEIVER,
        "name": RECEIVER,
        "type": "email",
        "settings": {"addresses": address, "singleEmail": True},
        "disableResolveMessage": False,
    }
