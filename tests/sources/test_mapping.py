"""A wrong mapping is refused before a row is read, by key and with what would be right."""

from pathlib import Path

import pytest

from models.errors import CallError
from sources import mapping
from sources.table_columns import check_columns, used_columns

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "warsaw.toml"

COMPLETION = """
[completion]
event_id = { column = "id" }
tenant_id = "town"
office_id = "centre"
desk_id = { column = "desk" }
service_id = { column = "service" }
interaction_id = { template = "{id}-{done:%Y-%m-%d}" }
completed_at = { column = "done" }
"""
COLUMNS = ["id", "desk", "service", "done", "minutes", "status"]


def refusal_of(text: str) -> str:
    with pytest.raises(CallError) as refusal:
        check_columns(mapping.parse(text, "town.toml"), COLUMNS, "day.csv")
    return str(refusal.value)


def test_a_mapping_knows_the_columns_that_it_reads() -> None:
    text = COMPLETION + (
        'started_at = { column = "done", minus_minutes = "minutes" }\n'
        'when = [{ column = "status", equals = "served" }]\n'
    )
    assert used_columns(mapping.parse(text)) == set(COLUMNS)
    assert refusal_of(text.replace('"minutes"', '"mins"')).startswith(
        'town.toml: completion.started_at: there is no column "mins" in day.csv'
    )


def test_the_example_fits_its_table() -> None:
    columns = "office queue_id service ticket called_at waiting open_desks service_minutes"
    check_columns(mapping.load(EXAMPLE), columns.split(), "tickets.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "town.toml: : names no event; add a section [completion] or [vote]"),
        (
            COMPLETION.replace('event_id = { column = "id" }\n', ""),
            "town.toml: completion.event_id: is missing; add it",
        ),
        (
            COMPLETION.replace('"desk"', '"desk_no"'),
            'completion.desk_id: there is no column "desk_no" in day.csv; "desk" is meant?;'
            " it has: id, desk, service, done, minutes, status",
        ),
        (
            COMPLETION.replace("{id}-", "{ticket}-"),
            'completion.interaction_id: there is no column "ticket"',
        ),
        (
            COMPLETION + 'when = [{ column = "state", equals = "served" }]',
            'completion.when[0]: there is no column "state"',
        ),
        (COMPLETION + "colour = 1", "completion.colour: is not known"),
        (
            COMPLETION.replace('{ column = "desk" }', '{ colum = "desk" }'),
            'completion.desk_id.colum: is not known; "column" is meant?',
        ),
        (
            COMPLETION.replace('{ column = "desk" }', '{ column = "desk", constant = "d1" }'),
            "completion.desk_id: must have exactly one of column, template, constant",
        ),
        (
            COMPLETION.replace('{ column = "desk" }', '"desk"'),
            'is the text "desk", and a column is named so; write { column = "desk" }',
        ),
        (
            COMPLETION.replace("%Y-%m-%d}", "%Y-%m-%d"),
            "completion.interaction_id.template:",
        ),
        (COMPLETION.replace("{id}-", "{id!r}-"), "is no template; write"),
        (COMPLETION.replace("{id}-", "{id:>5}-"), "is no template; write"),
        (COMPLETION.replace("{id}-", "{}-"), "is no template; write"),
        (
            COMPLETION.replace('{ column = "done" }', '{ column = "done", format = "dd.mm" }'),
            'completion.completed_at.format: "dd.mm" is no format of a time; write it such as',
        ),
        (
            COMPLETION.replace('{ column = "desk" }', '{ column = "desk", format = "%Y" }'),
            "completion.desk_id.format: is not known",
        ),
        (COMPLETION + '[source]\ntime_zone = "Sofia"', '"Sofia" is no IANA time zone'),
        (COMPLETION + '[source]\nencoding = "klingon"', '"klingon" is no encoding'),
        (COMPLETION + '[source]\nseparator = ";;"', "source.separator:"),
        (COMPLETION + '[completion.segments]\n"a=b" = "x"', "must not contain '='"),
        (
            COMPLETION + 'when = [{ column = "status", equals = "a", empty = false }]',
            "must have exactly one of equals, differs, empty",
        ),
    ],
)
def test_a_wrong_mapping_is_refused_by_key_with_the_remedy(text: str, expected: str) -> None:
    assert expected in refusal_of(text)


def test_a_table_with_two_columns_of_one_name_is_refused() -> None:
    with pytest.raises(CallError, match='has two columns "desk"'):
        check_columns(mapping.parse(COMPLETION), [*COLUMNS, "desk"], "day.csv")
