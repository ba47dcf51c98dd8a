"""Dashboards and rules: Grafana's types take them, the engine answers them, they tell the truth."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.grafana.boards import boards
from dashboards.grafana.rules import rules
from dashboards.grafana.words import LANGUAGES, Language, Words
from dashboards.wall import Wall
from tests.dashboards.store import Store, opened
from tests.dashboards.test_wall_drops import put
from tests.dashboards.towns import NOON_MS, fill, registry
from tests.grafana.macros import Shown, expanded, queries
from tests.requirements import need, need_grafana_types

CHOSEN = {
    "tenant": ("small",),
    "office": ("centre",),
    "desk": ("d5", "d7"),
    "service": ("passport", "tax"),
    "dimension": ("age",),
    "series": ("complaints",),
}
NOON = NOON_MS // 1000
SHOWN = Shown(NOON - 30 * 86_400, NOON + 3600, 3600, CHOSEN)
PLAIN = """
import type { Dashboard } from "@grafana/schema";
type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""
"""Grafana's types with the values of their enumerations, as JSON has them."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("grafana") / "store") as made:
        fill(made, "small", 12)
        windows(made)
        put(made, "small", "d7", office_id="centre", kind="score", observed=30.0)
        yield made


def windows(store: Store) -> None:
    """Hours of two desks and their office, as a worker writes them."""
    whole = {"tenant_id": "small", "office_id": "centre", "window_seconds": 3600}
    numbers = {"completions": 40, "votes": 20, "v5": 10, "v1": 10, "points": 100_000}
    numbers |= {"points_squared": 1_000_000_000, "wait_seconds": 4000, "wait_known": 40}
    for scope, key in (("office", ""), ("desk", "d5"), ("desk", "d7"), ("service", "tax")):
        for hour in ("08", "09"):
            at = {"scope": scope, "key": key, "window_start": f"2026-03-02 {hour}:00:00"}
            store.put("window_metrics", whole | at | numbers)


def statements(language: Language) -> list[tuple[str, str]]:
    found = [
        (f"{uid}: {title}", sql)
        for uid, model in boards(Words(language)).items()
        for title, sql, _ in queries(model)
    ]
    found += [
        (rule["uid"], rule["data"][0]["model"]["rawSql"])
        for rule in rules(Words(language), tells=False)
    ]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_query_runs_on_the_engine(store: Store, language: Language) -> None:
    for title, sql in statements(language):
        try:
            store.query(expanded(sql, SHOWN))
        except Exception as problem:  # whatever it is, the test says of which query
            pytest.fail(f"{title}: {problem}")


def test_every_column_that_a_table_heads_is_one_of_its_query(store: Store) -> None:
    for uid, model in boards(Words("en")).items():
        for title, sql, panel in queries(model):
            if panel.get("type") == "table" and "transformations" not in panel:
                headed = {each["matcher"]["options"] for each in panel["fieldConfig"]["overrides"]}
                described = store.query(f"DESCRIBE ({expanded(sql, SHOWN)})")
                assert headed == {row["name"] for row in described}, f"{uid}: {title}"


def test_grafanas_own_types_take_every_dashboard(tmp_path: Path) -> None:
    modules = need_grafana_types()
    lines = [PLAIN]
    for language in LANGUAGES:
        for uid, model in boards(Words(language), "https://semko.example").items():
            name = f"{uid.replace('-', '_')}_{language}"
            lines.append(f"export const {name}: Plain<Dashboard> = {json.dumps(model)};")
    (tmp_path / "models.ts").write_text("\n".join(lines), "utf-8")
    (tmp_path / "node_modules").symlink_to(modules)
    how = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"]
    how += ["--module", "esnext", "--moduleResolution", "bundler"]
    compiler = str(modules / "typescript" / "bin" / "tsc")
    done = subprocess.run(
        [need("node"), compiler, *how, "models.ts"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_panel_shows_what_the_wall_shows(store: Store) -> None:
    snapshot = Wall(store.query, registry("small", 12)).snapshot(NOON_MS)
    (office,) = (one for one in snapshot["offices"] if one["tenant_id"] == "small")
    wall = {"": office["score"]} | {desk["desk_id"]: desk["score"] for desk in office["desks"]}
    # The view has the clock; its argument is the moment at which the wall was looked at.
    sql = "SELECT create_table_query AS sql FROM system.tables WHERE name = 'board_now'"
    (made,) = store.query(sql)
    asked = made["sql"].partition(" AS SELECT ")[2].partition(" COMMENT ")[0]
    then = f"semko.wall_scores_at(now = fromUnixTimestamp64Milli(toInt64({NOON_MS}), 'UTC')) AS now"
    asked = re.sub(r"semko\.wall_scores AS now", then, f"SELECT {asked}")
    rows = store.query(
        f"SELECT scope, key, score, score_votes FROM ({asked}) WHERE scope != 'service'"
    )
    board = {row["key"]: row for row in rows}
    assert len([score for score in wall.values() if score]) > 5
    for key, score in wall.items():
        if score is not None:
            assert board[key]["score"] == pytest.approx(score["value"], abs=0.01)
            assert board[key]["score_votes"] == score["votes"]
        else:
            assert key not in board or board[key]["score"] is None


def test_a_score_of_summed_hours_is_by_the_formulas_of_the_views(store: Store) -> None:
    (panel,) = (
        sql
        for title, sql, _ in queries(boards(Words("en"))["semko-office"])
        if title == "Score with its 95 % interval"
    )
    found = store.query(expanded(panel, SHOWN))
    of_view = store.query(
        "SELECT mean, mean_low, mean_high FROM semko.office_scores ORDER BY window_start"
    )
    assert len(found) == len(of_view) == 2
    for row, view in zip(found, of_view, strict=True):
        told = (row["score"], row["low"], row["high"])
        assert told == pytest.approx((view["mean"], view["mean_low"], view["mean_high"]))


def test_a_rule_has_a_row_for_every_known_desk_and_more_than_none_for_one_in_alarm(
    store: Store,
) -> None:
    (asked,) = (
        rule["data"][0]["model"]["rawSql"]
        for rule in rules(Words("en"), tells=False)
        if rule["uid"] == "semko-alert"
    )
    store.put(
        "registry_desks",
        {"tenant_id": "small", "office_id": "centre", "desk_id": "d9", "valid_from": "2020-01-01"},
        {"tenant_id": "small", "office_id": "centre", "desk_id": "d7", "valid_from": "2020-01-01"},
    )
    found = {row["desk"]: row["value"] for row in store.query(expanded(asked, SHOWN))}
    assert found["small/centre/d9"] == 0
    assert found["small/centre/d7"] == 2


def test_rules_are_paused_and_tell_nobody_unless_told_whom() -> None:
    for tells in (False, True):
        for rule in rules(Words("bg"), tells=tells):
            assert rule["isPaused"] is not tells
            assert ("notification_settings" in rule) is tells
            assert [step["refId"] for step in rule["data"]] == ["A", "B", "C"]


def test_both_languages_say_the_same_things() -> None:
    english, bulgarian = (Words(language)._said for language in ("en", "bg"))
    assert english.keys() == bulgarian.keys()
    for language in LANGUAGES:
        for model in boards(Words(language)).values():
            assert model["title"].startswith("SEMKO: ")
            titles = [panel["title"] for panel in model["panels"]]
            assert len(set(titles)) == len(titles)
