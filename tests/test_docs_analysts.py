"""Every question of the pages for analysts and operators is asked of a simulated town."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.questions import Question
from sinks.analyst_sessions import Analysts
from sinks.embedded import EmbeddedStore
from streams.core.matching import KINDS

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "analysts.md"


def questions(page: Path) -> list[tuple[str, str]]:
    """The heading above each block of SQL, and the SQL."""
    text = page.read_text("utf-8")
    return [
        (re.split(r"\n#+ ", text[: found.start()])[-1].splitlines()[0], found[1])
        for found in re.finditer(r"^```sql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


QUESTIONS = questions(PAGE)
OPERATORS = [
    (heading, sql)
    for heading, sql in questions(DOCS / "operators.md")
    if not sql.startswith("CREATE")  # what an administrator of a server types there
]

WEDNESDAY, FRIDAY = "2026-03-04T00:00:00+02:00", "2026-03-06T00:00:00+02:00"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    folder = tmp_path_factory.mktemp("analysts")
    for command in (
        f"simulate days.ndjson --since {WEDNESDAY} --until {FRIDAY} --write-registry semko.toml",
        "replay days.ndjson --store chdb://store",
    ):
        arguments = [sys.executable, "-m", "semko", *command.split()]
        subprocess.run(arguments, cwd=folder, check=True, capture_output=True, timeout=100)
    opened = EmbeddedStore(f"chdb://{folder}/store")
    yield opened
    opened.close()


def test_the_page_asks_twenty_questions() -> None:
    numbered = [heading for heading, _ in QUESTIONS if heading[0].isdigit()]
    assert {heading.partition(".")[0] for heading in numbered} == set(map(str, range(1, 21)))


@pytest.mark.parametrize("sql", [sql for _, sql in QUESTIONS], ids=[name for name, _ in QUESTIONS])
def test_a_question_of_analysts_is_answered_at_their_door(store: EmbeddedStore, sql: str) -> None:
    assert Analysts(store.database).answer(Question(sql, "TSV"), "one").body


@pytest.mark.parametrize("sql", [sql for _, sql in OPERATORS], ids=[name for name, _ in OPERATORS])
def test_a_question_of_operators_is_answered(store: EmbeddedStore, sql: str) -> None:
    assert store.rows(sql)


def test_the_page_names_every_view_and_every_table_of_facts(store: EmbeddedStore) -> None:
    names = store.rows(
        "SELECT name FROM system.tables WHERE database = 'semko'"
        " AND (engine = 'View' OR name IN ('interactions', 'votes', 'window_metrics'))"
    )
    helpers = {"tenant_zones", "wall_scores_at", "usual_scores_at", "terminals_at"}
    helpers |= {"desk_hours_at"}
    page = PAGE.read_text("utf-8")
    missing = {row["name"] for row in names} - helpers
    assert {name for name in missing if f"`{name}`" not in page} == set()


def test_the_page_explains_every_kind_of_vote() -> None:
    page = PAGE.read_text("utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in page] == []
