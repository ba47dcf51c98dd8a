"""All dashboards: what each asks, and in which order it shows it."""

from typing import Any

from grafana_foundation_sdk.builders import dashboard

from dashboards.grafana import sql
from dashboards.grafana.parts import FULL, HALF, THIRD, Panel, Panels
from dashboards.grafana.queries import plain
from dashboards.grafana.words import Words

_PENDING = "state IN ('open', 'acknowledged')"
_NUMBERS = "score low high votes completions response wait"


def boards(words: Words, pages: str = "") -> dict[str, dict[str, Any]]:
    """Each dashboard's model by its uid; ``pages`` is the address of the gateway's pages."""
    made = (_wall, _office, _desk, _explorer, _lead, _operations)
    models = (_whole(one(Panels(words), words, pages)) for one in made)
    return {model["uid"]: model for model in models}


def _whole(made: dashboard.Dashboard) -> dict[str, Any]:
    """As Grafana keeps it: panels have numbers, so that links to them last."""
    built = made.build()
    for number, panel in enumerate(built.panels or [], 1):
        panel.id_val = number
    model = dict(plain(built))
    for variable in model["templating"]["list"]:
        for name in _OF_INTERVALS:
            variable.pop(name, None)
    return model


_OF_INTERVALS = ("auto", "auto_min", "auto_count")
"""What the SDK gives every variable and Grafana's types know of intervals alone."""


def _with(board: dashboard.Dashboard, *panels: Panel) -> dashboard.Dashboard:
    for panel in panels:
        board = board.with_panel(panel)
    return board


def _placed(board: dashboard.Dashboard, panels: Panels, *more: str) -> dashboard.Dashboard:
    """With the variables of places: tenant and office always, desk or service where asked for."""
    asked = {
        "tenant": "SELECT DISTINCT tenant_id FROM semko.board_desks",
        "office": f"SELECT DISTINCT office_id FROM semko.board_desks WHERE {sql.TENANT}",
        "desk": f"SELECT DISTINCT desk_id FROM semko.board_desks WHERE {sql.OFFICE}",
        "service": "SELECT DISTINCT key FROM semko.window_counts WHERE scope = 'service'"
        f" AND window_seconds = 3600 AND $__timeFilter(window_start) AND {sql.OFFICE}",
    }
    for name in ("tenant", "office", *more):
        board = board.with_variable(panels.variable(name, asked[name]))
    return board


def _wall(panels: Panels, words: Words, pages: str) -> dashboard.Dashboard:
    name = f"name_{words.language} AS name"
    numbers = f"""
        SELECT {name}, score, score_low AS low, score_high AS high, score_votes AS votes,
            completions, response_rate AS response, mean_wait_seconds AS wait
        FROM semko.board_now
    """
    scores = f"""
        SELECT {name}, score FROM semko.board_now
        WHERE scope = 'office' AND {sql.OFFICE} ORDER BY name
    """
    hours = f"""
        SELECT desk_id AS desk, hour, score FROM semko.board_hours
        WHERE {sql.OFFICE} ORDER BY desk, hour
    """
    amiss = f"""
        SELECT terminal_id AS terminal, desks, state, last_heartbeat_at AS heard
        FROM semko.board_terminals
        WHERE state IN ('off', 'no network', 'no votes', 'clock') AND {sql.OFFICE} ORDER BY state
    """
    alerts = sql.ALERTS.format(where=f"{_PENDING} AND {sql.OFFICE}")
    return _with(
        _placed(panels.board("wall", "now/d", "10s", pages), panels),
        panels.scores("scoreToday", scores),
        panels.rows(
            "desksToday",
            f"{numbers} WHERE scope = 'desk' AND {sql.OFFICE} ORDER BY name",
            f"name {_NUMBERS}",
            height=12,
        ),
        panels.rows(
            "servicesToday",
            f"{numbers} WHERE scope = 'service' AND {sql.OFFICE} ORDER BY completions DESC",
            f"name {_NUMBERS}",
            height=12,
        ),
        panels.matrix("hoursToday", hours, "desk", "hour"),
        panels.rows("openAlerts", alerts, sql.ALERT_COLUMNS, 16),
        panels.rows("terminalsAmiss", amiss, "terminal desks state heard", THIRD),
    )


def _office(panels: Panels, words: Words, pages: str) -> dashboard.Dashboard:
    view, where = "office_scores", sql.OFFICE
    faces = ", ".join(f'sum(seen.v{n}) AS "{words.say(f"face{n}")}"' for n in range(1, 6))
    hours = f"""
        SELECT {sql.WEEKDAY}, {sql.LOCAL_HOUR}, {sql.SCORE} FROM semko.{view} AS seen
        WHERE $__timeFilter(window_start) AND {where} GROUP BY day, hour ORDER BY day, hour
    """
    aside = f"""
        SELECT day, office_id AS office, unmatched, corrected, repeat, test
        FROM semko.board_aside
        WHERE $__dateFilter(day) AND {where} ORDER BY day DESC LIMIT 200
    """
    return _with(
        _placed(panels.board("office", "now-30d", "5m", pages), panels),
        panels.band("scoreBand", sql.over_time(sql.BAND, view, where)),
        panels.lines("byOffice", sql.over_time(sql.SCORE, view, where, "office"), top=100),
        panels.bars("faces", sql.over_time(faces, view, where)),
        panels.lines("response", sql.over_time(sql.RESPONSE, view, where), "percentunit", THIRD, 1),
        panels.lines("waiting", sql.over_time(sql.WAIT, view, where), "s", 4),
        panels.bars("served", sql.over_time(sql.SERVED, view, where)),
        panels.rows("aside", aside, "day office unmatched corrected repeat test"),
        panels.matrix("weekHours", hours, "day", "hour"),
        panels.rows(
            "alerts",
            sql.ALERTS.format(where=f"$__timeFilter(opened_at) AND {where}"),
            sql.ALERT_COLUMNS,
            FULL,
        ),
    )


def _desk(panels: Panels, _: Words, pages: str) -> dashboard.Dashboard:
    view, where = "desk_scores", sql.DESK
    hours = f"""
        SELECT desk_id AS desk, {sql.LOCAL_HOUR}, {sql.SCORE} FROM semko.{view} AS seen
        WHERE $__timeFilter(window_start) AND {where} GROUP BY desk, hour ORDER BY desk, hour
    """
    recovery = f"""
        SELECT alert_id AS alert, expected, held_mean AS before, after_mean AS after, change, reach,
            recovery
        FROM semko.board_recovery
        WHERE $__timeFilter(opened_at) AND {where} ORDER BY opened_at DESC LIMIT 100
    """
    return _with(
        _placed(panels.board("desk", "now-30d", "5m", pages), panels, "desk"),
        panels.band("scoreBand", sql.over_time(sql.BAND, view, where)),
        panels.lines("byDesk", sql.over_time(sql.SCORE, view, where, "desk"), top=100),
        panels.rows("desk", sql.totals("desk", view, where), f"desk {_NUMBERS}", HALF, 10),
        panels.lines(
            "response",
            sql.over_time(sql.RESPONSE, view, where, "desk"),
            "percentunit",
            HALF,
            1,
        ),
        panels.matrix("weekHours", hours, "desk", "hour"),
        panels.bars("servedByDesk", sql.over_time(sql.COMPLETIONS, view, where, "desk"), FULL),
        panels.rows(
            "alerts",
            sql.ALERTS.format(where=f"$__timeFilter(opened_at) AND {where}"),
            sql.ALERT_COLUMNS,
            FULL,
        ),
        panels.rows(
            "recovery", recovery, "alert expected before after change reach recovery", FULL
        ),
    )


def _explorer(panels: Panels, _: Words, pages: str) -> dashboard.Dashboard:
    view, where, label = "service_scores", sql.SERVICE, "service"
    dimension = f"""
        SELECT DISTINCT dimension FROM semko.segment_scores
        WHERE $__dateFilter(day) AND {sql.OFFICE}
    """
    segments = f"""
        SELECT day, dimension AS segment, value, mean AS score, mean_low AS low, mean_high AS high,
            votes
        FROM semko.segment_scores
        WHERE $__dateFilter(day) AND {sql.OFFICE} AND dimension IN (${{dimension:singlequote}})
            AND suppressed = 0
        ORDER BY day DESC, segment, value LIMIT 500
    """
    return _with(
        _placed(panels.board("explorer", "now-30d", "5m", pages), panels, "service").with_variable(
            panels.variable("dimension", dimension)
        ),
        panels.rows(
            "serviceTable", sql.totals(label, view, where), f"service {_NUMBERS}", FULL, 10
        ),
        panels.lines("byService", sql.over_time(sql.SCORE, view, where, label), top=100),
        panels.bars("votesByService", sql.over_time(sql.VOTES, view, where, label)),
        panels.lines("waiting", sql.over_time(sql.WAIT, view, where, label), "s", FULL),
        panels.rows("segments", segments, "day segment value score low high votes", FULL, 12),
    )


def _lead(panels: Panels, _: Words, pages: str) -> dashboard.Dashboard:
    weekly = f"""
        SELECT toDateTime(toStartOfWeek(day, 1)) AS time, office_id AS office, {sql.SCORE}
        FROM semko.office_scores_daily AS seen
        WHERE $__dateFilter(day) AND {sql.OFFICE} GROUP BY time, office ORDER BY time
    """
    values = f"""
        SELECT toDateTime(period_start) AS time, concat(series, ' ', office_id) AS line, value
        FROM semko.indicator_series
        WHERE $__dateFilter(period_start) AND {sql.OFFICE} AND series IN (${{series:singlequote}})
        ORDER BY time
    """
    named = f"""
        SELECT series, cadence, argMin(horizon, named_at) AS horizon, min(named_at) AS named
        FROM semko.board_indicators WHERE {sql.TENANT} GROUP BY series, cadence ORDER BY series
    """
    series = f"SELECT DISTINCT series FROM semko.board_indicators WHERE {sql.TENANT}"
    return _with(
        _placed(panels.board("lead", "now-2y", "1h", pages), panels).with_variable(
            panels.variable("series", series)
        ),
        panels.lines("weeklyScore", weekly, width=FULL, top=100),
        panels.lines("series", values, width=FULL),
        panels.rows("horizons", named, "series cadence horizon named", FULL),
    )


def _operations(panels: Panels, _: Words, pages: str) -> dashboard.Dashboard:
    newest = f"""
        SELECT dateDiff('minute', max(window_start), now()) AS minutes
        FROM semko.window_counts
        WHERE scope = 'office' AND window_seconds = 60 AND {sql.OFFICE}
            AND window_start >= now() - INTERVAL 7 DAY
    """
    waiting = """
        SELECT count() AS hours FROM semko.board_dirty_hours
    """
    letters = """
        SELECT hour AS time, reason, sum(seen.records) AS records
        FROM semko.board_dead_letters AS seen
        WHERE $__timeFilter(hour) GROUP BY time, reason ORDER BY time
    """
    events = f"""
        SELECT $__timeInterval(window_start) AS time,
            sum(seen.completions) * 60 / $__interval_s AS completions,
            sum(seen.votes) * 60 / $__interval_s AS votes
        FROM semko.window_counts AS seen
        WHERE scope = 'office' AND window_seconds = 60 AND $__timeFilter(window_start)
            AND {sql.OFFICE}
        GROUP BY time ORDER BY time
    """
    terminals = f"""
        SELECT terminal_id AS terminal, desks, state, last_heartbeat_at AS heard, version,
            queue_length AS queue, clock_offset_seconds AS offset
        FROM semko.board_terminals
        WHERE {sql.OFFICE} ORDER BY state, terminal
    """
    parts = """
        SELECT topic, partition, records FROM semko.board_progress ORDER BY topic, partition
    """
    return _with(
        _placed(panels.board("operations", "now-24h", "30s", pages), panels),
        panels.number("dataAge", newest, "m", 60),
        panels.number("dirtyHours", waiting, "none", 100),
        panels.rows("partitions", parts, "topic partition records", THIRD),
        panels.lines("events", events),
        panels.bars("deadLetters", letters),
        panels.rows(
            "terminals", terminals, "terminal desks state heard version queue offset", FULL, 10
        ),
    )
