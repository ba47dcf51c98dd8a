"""Alerts as people read them on a terminal: knows rows of the alert book, not their store."""

from models.alert_kinds import SCORE
from sinks.alert_book import Row


def score_text(row: Row) -> str:
    """The score since the drop began, and its 95 % interval; of a share what it was then."""
    if row["kind"] != SCORE:
        return f"{row['observed']:.0f} %"
    if row["now"] is None or not row["votes"]:
        return "-"
    reach = "" if row["reach"] is None else f" ± {row['reach']:.0f}"
    return f"{row['now']:.0f}{reach}"


def expected_text(row: Row) -> str:
    """What was expected: a score, or a share in %."""
    return f"{row['expected']:.0f}" + ("" if row["kind"] == SCORE else " %")


def time_text(instant: str) -> str:
    """For people, in UTC."""
    return f"{instant[:10]} {instant[11:16]}"


def recovery_text(row: Row) -> str:
    """``38 → 69 (+31 ± 8) after the action: back``."""
    return (
        f"{row['held_mean']:.0f} → {row['after_mean']:.0f} ({row['change']:+.0f} ±"
        f" {row['reach']:.0f}) after the action: {row['recovery']}"
    )


def alert_lines(one: Row) -> list[str]:
    """Lines about an alert as `sinks.alert_book.whole` gives it."""
    begun, votes = time_text(one["begun_at"]), one["votes"]
    if one["kind"] == SCORE:
        measured = f"{one['expected']:.1f} expected, {score_text(one)} since ({votes} votes)"
    else:
        measured = f"{expected_text(one)} expected, {score_text(one)} when it opened"
    lines = [
        f"{one['alert_id']}  {one['state']}, {one['level']}",
        f"desk         {one['tenant_id']}/{one['office_id']}/{one['desk_id']}",
        f"since        {begun} UTC (estimated); seen {time_text(one['opened_at'])}",
        f"{one['kind']:12} {measured}",
    ]
    if one["resolved_at"] is not None:
        by = "as usual again" if one["resolved_by"] == "score" else "by hand"
        lines.append(f"resolved     {time_text(one['resolved_at'])} UTC, {by}")
    if one["recovery"] and one["recovery"]["change"] is not None:
        lines.append(f"recovery     {recovery_text(one['recovery'])}")
    names = {"service": "services", "hour": "hours (UTC)", "reason": "reasons"}
    for kind, name in names.items():
        some = [each for each in one["sits_in"] if each["kind"] == kind]
        parts = (f"{each['key']} {each['mean']:.0f} ({each['votes']})" for each in some)
        if some:
            lines.append(f"{name:12} {', '.join(parts)}")
    for each in one["actions"]:
        said = ": ".join(filter(None, (each["who"], each["note"])))
        lines.append(f"{each['action']:12} {time_text(each['acted_at'])} UTC  {said}".rstrip())
    return lines
