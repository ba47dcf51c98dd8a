"""A table of a ticket system with a mapping that has every kind of rule."""

import json
from pathlib import Path
from typing import Any

from models.records import EventRecord
from sources import mapping
from sources.tables import events

HEAD = "id;desk;service;done;minutes;status;face;age;why\n"
MAPPING = """
[source]
separator = ";"
decimal = ","
time_zone = "Europe/Sofia"
time_format = "%d.%m.%Y %H:%M"

[completion]
when = [{ column = "status", differs = ["left", "test"] }, { column = "id", empty = false }]
event_id = { column = "id" }
tenant_id = "town"
office_id = "centre"
desk_id = { template = "desk-{desk}" }
service_id = { column = "service", slug = true }
interaction_id = { template = "{done:%Y%m%d}-{id}" }
channel = { column = "status", map = { "тел" = "phone" }, default = "counter" }
completed_at = { column = "done" }
started_at = { column = "done", minus_minutes = "minutes" }
due_at = { column = "done", plus_minutes = 30 }

[completion.segments]
age_band = { column = "age", map = { "1" = "under-30", "2" = "30-59" } }
visit = "first"

[vote]
when = [{ column = "face", empty = false }]
event_id = { template = "v-{id}" }
tenant_id = "town"
office_id = "centre"
desk_id = { template = "desk-{desk}" }
terminal_id = { template = "t-{desk}" }
interaction_id = { template = "{done:%Y%m%d}-{id}" }
score = { column = "face", map = { ":)" = 5, ":|" = 3, ":(" = 1 } }
reasons = { column = "why", split = "," }
voted_at = { column = "done", plus_minutes = 1.5 }
"""
GOOD = "A1;7;Адресна регистрация;02.03.2026 10:05;4,5;тел;:);1;wait, form\n"


def table(tmp_path: Path, rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "day.csv"
    path.write_text(head + rows, encoding="utf-8")
    return path


def records(path: Path, text: str = MAPPING) -> list[EventRecord]:
    return [each for batch in events(path, mapping.parse(text)) for each in batch]


def bodies(path: Path, text: str = MAPPING) -> list[dict[str, Any]]:
    return [json.loads(each.value) for each in records(path, text)]
