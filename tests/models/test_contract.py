"""The published schema says what the contract does."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from models.codec import decode
from models.contract import Completion, Vote, json_schema
from models.events import CompletionEvent, VoteEvent, encode
from models.limits import CHANNELS, OUTCOMES, SCALES
from tests.models.bodies import COMPLETION, VOTE, written

MODELS = [Completion, Vote]


def places(node: Any) -> Iterator[Any]:
    yield node
    for inner in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from places(inner)


def example(model: type[Completion | Vote]) -> dict[str, Any]:
    form = json_schema()["$defs"][model.__name__]
    return {
        name: field.get("const") or field["examples"][0]
        for name, field in form["properties"].items()
    }


@pytest.mark.parametrize("model", MODELS)
def test_every_field_of_the_schema_teaches(model: type[Completion | Vote]) -> None:
    for name, field in json_schema()["$defs"][model.__name__]["properties"].items():
        assert field["title"], name
        assert len(field["description"]) > 15, name
        assert "const" in field or field["examples"], name


@pytest.mark.parametrize("model", MODELS)
def test_the_examples_of_the_schema_are_events(model: type[Completion | Vote]) -> None:
    first = example(model)
    assert decode(json.dumps(first).encode())
    for name, field in json_schema()["$defs"][model.__name__]["properties"].items():
        for value in field.get("examples", []):
            decode(
                json.dumps(
                    {**first, name: value, **({"score": 1} if name == "scale" else {})}
                ).encode()
            )


def test_the_schema_is_one_document_whose_references_lead_somewhere() -> None:
    document = json.loads(json.dumps(json_schema()))
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(document["$defs"]) == {"Completion", "Vote"}
    references = {
        node["$ref"] for node in places(document) if isinstance(node, dict) and "$ref" in node
    }
    assert references == {"#/$defs/Completion", "#/$defs/Vote"}


def test_the_schema_requires_what_has_no_default() -> None:
    forms = json_schema()["$defs"]
    assert forms["Completion"]["required"] == [
        *("type", "event_id", "tenant_id", "office_id", "desk_id", "service_id"),
        *("interaction_id", "completed_at"),
    ]
    assert forms["Vote"]["required"] == [
        *("type", "event_id", "tenant_id", "office_id", "desk_id", "terminal_id"),
        *("score", "voted_at"),
    ]


def test_the_schema_knows_that_a_score_ends_at_its_scale() -> None:
    rules = json_schema()["$defs"]["Vote"]["allOf"]
    bounds = {
        rule["if"]["properties"]["scale"]["const"]: rule["then"]["properties"]["score"]["maximum"]
        for rule in rules
    }
    assert bounds == {3: 3, 4: 4}


def test_limits_and_models_name_the_same_choices() -> None:
    fields = {**Completion.model_fields, **Vote.model_fields}
    assert get_args(fields["channel"].annotation) == CHANNELS
    assert get_args(fields["outcome"].annotation) == OUTCOMES
    assert get_args(fields["scale"].annotation) == SCALES


def test_models_and_structs_have_the_same_fields() -> None:
    assert set(Completion.model_fields) - {"type"} == set(CompletionEvent.__struct_fields__)
    assert set(Vote.model_fields) - {"type"} == set(VoteEvent.__struct_fields__)


@pytest.mark.parametrize(("model", "members"), [(Completion, COMPLETION), (Vote, VOTE)])
def test_a_model_written_as_json_is_the_event_it_was(
    model: type[Completion | Vote], members: list[tuple[str, str]]
) -> None:
    event = decode(written(members))
    assert (
        decode(model.model_validate(json.loads(encode(event))).model_dump_json().encode()) == event
    )
