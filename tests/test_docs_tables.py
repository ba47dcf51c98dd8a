"""What the pages about tables and the registry show works as it stands there."""

import json
import re
from pathlib import Path

import pytest

from models.registry import Registry
from models.registry_file import RegistryFile
from models.registry_rows import KEYS
from sources import mapping
from sources.table_check import check
from sources.tables import events

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str, kind: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_example_of_a_table_gives_the_events_that_the_page_shows(tmp_path: Path) -> None:
    (table,) = blocks("tables.md", "csv")
    (shown,) = blocks("tables.md", "json")
    told = mapping.parse(blocks("tables.md", "toml")[0])
    path = tmp_path / "day.csv"
    path.write_text(table, encoding="utf-8")
    report = check(path, told)
    assert (report.completions, report.votes, report.silent, report.bad) == (2, 1, 1, 0)
    sent = [record.value for batch in events(path, told) for record in batch]
    assert json.loads(shown) in [json.loads(value) for value in sent]


def test_the_small_registry_of_the_page_is_a_registry() -> None:
    small = blocks("registry.md", "toml")[0]
    assert Registry.parse(small).name("desk", ("town", "centre", "d01"), "bg") == "Гише 1"


@pytest.mark.parametrize("number", range(1, 5))
def test_every_piece_of_the_registry_page_fits_into_the_small_one(number: int) -> None:
    small, piece = (blocks("registry.md", "toml")[each] for each in (0, number))
    if "[[tenants]]" in piece:
        small = ""
    if "[offices.opening_hours]" in piece:
        head, tail = small.split("[[services]]", 1)
        small, piece = head + piece + "[[services]]" + tail, ""
    assert Registry.parse(small + piece).entries.tenants


def test_the_page_of_the_registry_names_every_section_and_table() -> None:
    page = (DOCS / "registry.md").read_text(encoding="utf-8")
    missing = [each for each in (*RegistryFile.model_fields, *KEYS) if each not in page]
    assert missing == []
