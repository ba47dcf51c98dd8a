"""Generated bodies of events: right ones, nearly right ones, and bytes that were damaged.

A body is drawn as members, so that a name can come twice and a value can be any JSON text.
"""

import json

from hypothesis import strategies as st

Members = list[tuple[str, str]]
"""Names with their values as JSON texts, in the order in which they are written."""

COMPLETION: Members = [
    ("type", '"completion"'),
    ("event_id", '"e-1"'),
    ("tenant_id", '"targovishte"'),
    ("office_id", '"кметство-Вардун"'),
    ("desk_id", '"гише-7"'),
    ("service_id", '"2073"'),
    ("interaction_id", '"A042"'),
    ("channel", '"phone"'),
    ("outcome", '"refused"'),
    ("segments", '{"age_band":"60+"}'),
    ("arrived_at", '"2026-11-23T15:11:40+02:00"'),
    ("started_at", '"2026-11-23T15:20:05.5+02:00"'),
    ("completed_at", '"2026-11-23T13:28:00.123Z"'),
    ("due_at", '"2026-11-30T17:30:00+02:00"'),
]

VOTE: Members = [
    ("type", '"vote"'),
    ("event_id", '"v-1"'),
    ("tenant_id", '"targovishte"'),
    ("office_id", '"center"'),
    ("desk_id", '"G-07"'),
    ("terminal_id", '"tablet-07"'),
    ("interaction_id", '"A042"'),
    ("score", "4"),
    ("scale", "5"),
    ("reasons", '["long_wait"]'),
    ("test", "true"),
    ("voted_at", '"2026-11-23T13:28:21Z"'),
]

TEXTS = (
    *("", " ", "a b", "a/b", "a=b", "vote", "completion", "counter", "completed", "Counter"),
    *(
        "x" * 64,
        "x" * 65,
        "ж" * 64,
        "ж" * 65,
        "\x00",
        "a\nb",
        "\u00a0",
        "\u3000",
        "\u200b",
        "😀",
        "5",
    ),
    *("2026-02-30T10:00:00Z", "2026-11-23T15:28:00", "2026-11-23 15:28:00Z", "2026-11-23"),
    *("2026-11-23T15:28:60Z", "2026-11-23T24:00:00Z", "2026-11-23t15:28:00.1239z"),
    *("2026-11-23T15:28:00,5Z", "2026-11-23T15:28:00.Z", "２０２６-11-23T15:28:00Z"),
    *("2026-11-23T15:28:00+24:00", "2026-11-23T15:28:00-23:59", "2026-11-23T15:28:00-00:00"),
    *("1999-12-31T23:59:59Z", "1999-12-31T23:00:00-02:00", "2101-01-01T00:00:00+00:01"),
    *("2101-01-01T00:00:00Z", "2100-12-31T23:59:59.999999Z", "2026-W48-1T10:00:00Z"),
)
NUMBERS = (
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "5.0",
    "5e0",
    "1e2",
    "1.5",
    "1" + "0" * 25,
)

EVERY_VALUE = (
    *(json.dumps(text, ensure_ascii=False) for text in TEXTS),
    *NUMBERS,
    *("null", "true", "false", "[]", "{}", "[[]]", '{"a":{}}', '{"a":null}', "[null]"),
    *('["a","b","c","d","e"]', '["a","b","c","d","e","f"]', '["a b"]', '[""]', "[1]", '["a","a"]'),
    *('{"a":"1"}', '{"a=b":"1"}', '{"a b":"1"}', '{"":"1"}', '{"a":""}', '{"a":"b c"}', '{"a":1}'),
    *('{"a":"=/"}', '{"a/b":"1"}', '{"a":"1","a":1}', '{"a":1,"a":"1"}', '{"%s":"1"}' % ("x" * 65)),
    json.dumps({str(number): "1" for number in range(8)}),
    json.dumps({str(number): "1" for number in range(9)}),
)
"""One value for each way in which a field can be wrong, or just right."""

_json_texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=8)).map(json.dumps)
_scalars = st.one_of(
    _json_texts, st.sampled_from(NUMBERS), st.sampled_from(("null", "true", "false"))
)
_lists = st.lists(_scalars, max_size=7).map(lambda items: f"[{','.join(items)}]")
_objects = st.lists(st.tuples(_json_texts, _scalars), max_size=10).map(
    lambda members: f"{{{','.join(f'{name}:{value}' for name, value in members)}}}"
)
_codes = st.lists(st.sampled_from(("wait", "forms", "x" * 64)).map(json.dumps), max_size=6).map(
    lambda codes: f"[{','.join(codes)}]"
)
_profiles = st.dictionaries(
    st.sampled_from("abcdefghij"), st.sampled_from(("1", "60+", "жена")), max_size=9
).map(lambda pairs: json.dumps(pairs, ensure_ascii=False))
VALUES = st.one_of(_scalars, _scalars, _lists, _objects, _codes, _profiles)
"""Values that every reader of JSON understands alike."""

ODDITIES = st.sampled_from(
    (
        *(
            "NaN",
            "Infinity",
            "1e999",
            "9" * 5000,
            "01",
            "+1",
            ".5",
            "[1,]",
            "{,}",
            "nul",
            "'x'",
            "",
        ),
        *('"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', '"\\u0041"', '"\\x41"', '"a\tb"', '"open'),
        *("[" * 70 + "]" * 70, "[" * 62 + "]" * 62, "[" * 3000, '"' + "[" * 80 + '"', " 1 ", "1 2"),
    )
)
"""Values on which readers of JSON disagree, and such that are none."""


def written(members: Members, blank: str = "") -> bytes:
    """``members`` as one JSON object."""
    inside = f",{blank}".join(f"{json.dumps(name)}:{blank}{value}" for name, value in members)
    return f"{{{inside}}}".encode()


@st.composite
def changed(draw: st.DrawFn, members: Members, values: st.SearchStrategy[str]) -> Members:
    """``members`` with up to three of them replaced, removed, sent twice or joined by others."""
    result = list(members)
    names = [name for name, _ in members]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(result) - 1))
        match draw(st.sampled_from(("replace", "replace", "remove", "again", "unknown", "move"))):
            case "replace":
                result[at] = (result[at][0], draw(values))
            case "remove":
                del result[at]
            case "again":
                result.insert(at, (draw(st.sampled_from(names)), draw(values)))
            case "unknown":
                result.insert(at, (draw(st.sampled_from(("", "note", "Score"))), draw(values)))
            case "move":
                result.append(result.pop(at))
    return result


@st.composite
def damaged(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """A body of which some bytes were lost, put in or overwritten."""
    body = bytearray(draw(bodies))
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(body)))
        length = draw(st.sampled_from((0, 0, 1, 1, 2, 40)))
        body[at : at + length] = draw(
            st.one_of(
                st.binary(max_size=2), st.sampled_from((b'"', b"}", b"\xff", b"\xed\xa0\x80"))
            )
        )
    return bytes(body)
