"""What ``docs/events.md`` tells senders is what the code does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from models.codec import decode
from models.contract import Completion, Vote
from models.errors import Refused

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
ANSWERS = re.findall(r"^\| (no `\w+`|`\".*`) \| `(\w+)`: (.*) \|$", PAGE, re.MULTILINE)


def test_the_page_has_an_example_of_each_kind_and_answers() -> None:
    assert [example["type"] for example in EXAMPLES] == ["completion", "vote"]
    assert len(ANSWERS) == 8


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_an_event_with_only_what_must_be_there(example: dict[str, Any]) -> None:
    assert decode(json.dumps(example).encode())
    model = Completion if example["type"] == "completion" else Vote
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert required <= set(example)


@pytest.mark.parametrize(("sent", "field", "answer"), ANSWERS)
def test_a_mistake_gets_the_answer_that_the_page_promises(
    sent: str, field: str, answer: str
) -> None:
    event = dict(EXAMPLES[0] if field in ("channel", "segments") else EXAMPLES[1])
    if sent.startswith("no "):
        del event[field]
    else:
        event.update(json.loads(f"{{{sent.strip('`')}}}"))
    with pytest.raises(Refused) as refused:
        decode(json.dumps(event).encode())
    assert refused.value.field == field
    assert refused.value.problem.startswith(answer)


@pytest.mark.parametrize("model", [Completion, Vote])
def test_the_page_names_every_field_in_bold_where_it_must_be_there(
    model: type[Completion | Vote],
) -> None:
    start = PAGE.index(f"### {model.__name__}")
    table = PAGE[start : PAGE.index("###", start + 3)]
    named = re.findall(r"^\| (\*\*)?`(\w+)`", table, re.MULTILINE)
    assert {name: bool(bold) for bold, name in named} == {
        name: field.is_required() for name, field in model.model_fields.items()
    }
