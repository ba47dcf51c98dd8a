"""Bodies of which it is known what must become of them: sound events beside broken ones.

``python -m tests.sources.gateway_mutants 100000`` sends that many to a gateway of its own; the
seed is the second argument. Every body is a function of seed and number, so any failure replays.
"""

import asyncio
import gzip
import json
import random
import sys
from dataclasses import dataclass
from typing import Any

from models.codec import decode
from sources.gateway import GatewaySettings
from tests.sources.gateway_at_work import Answer, Gateway, completion, gateway, vote

FIELDS = {*completion(), *vote(), "channel", "outcome", "segments", "reasons", "scale"} | {
    "arrived_at",
    "started_at",
    "due_at",
    "",
}

ODD: tuple[bytes, ...] = (
    b"null",
    b"true",
    b"-1",
    b"5.0",
    b"1e999",
    b"NaN",
    b"-Infinity",
    b"9" * 5000,
    b'""',
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\xff\xfe"',
    b'"\xed\xa0\x80"',
    b'"' + b"x" * 65 + b'"',
    b'"a b"',
    b'"a/b"',
    b'"9999-99-99T99:99:99Z"',
    b'"2026-11-23T11:59:00"',
    b'"2027-01-01T00:00:00Z"',
    b'"' + b"y" * 17_000 + b'"',
    b"[]",
    b"{}",
    b"[" * 70 + b"]" * 70,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b"nope",
    b'"\\q"',
)
"""Values where others belong; brackets and quotes are even, so that an element still ends."""


@dataclass
class Mutant:
    """A body, what it is sent with, and which sound events it holds in which order.

    ``sound`` is ``None`` where the body as a whole was bent, so that nobody can say.
    """

    body: bytes
    headers: dict[str, Any]
    sound: list[bytes] | None


def mutant(seed: int, number: int) -> Mutant:
    """The body of that number."""
    dice = random.Random(f"{seed}/{number}")
    sound = [_sound(dice, place) for place in range(dice.randrange(4))]
    at = dice.randrange(len(sound) + 1)
    as_lines = dice.random() < 0.5
    broken = _broken_line(dice) if as_lines else _odd_value(dice)
    parts = [*sound[:at], broken, *sound[at:]]
    if as_lines:
        body = dice.choice((b"\n", b"\r\n", b"\n\n")).join(parts)
        headers = {"Content_Type": "application/x-ndjson"}
    else:
        body = b"[" + dice.choice((b",", b" ,\n ")).join(parts) + b"]"
        headers = {"Content_Type": "application/json"}
    expected: list[bytes] | None = sound
    if dice.random() < 0.2:
        body = _bent(dice, body)
        expected = None
    if dice.random() < 0.2:
        body = gzip.compress(body, 1)
        headers["Content_Encoding"] = "gzip"
        if dice.random() < 0.3:
            body = _bent(dice, body)
            expected = None
    return Mutant(body, headers, expected)


async def verdict(it: Gateway, sent: Mutant) -> str:
    """Send it and say what is wrong with what became of it; empty where all is right."""
    before = len(it.log.records)
    answer = await it.send(sent.body, **sent.headers)
    published = it.log.values[before:]
    if answer.status not in {202, 413, 422}:
        return f"status {answer.status}: {answer.body[:200]!r}"
    if b"Traceback" in answer.body or b'File "' in answer.body:
        return "a trace in the answer"
    return _about_answer(answer, published) or _about_neighbours(sent, published)


def _about_answer(answer: Answer, published: list[bytes]) -> str:
    told = answer.json
    if "accepted" not in told:
        named = all(told.get(each) for each in ("error", "problem", "remedy"))
        return "" if named and not published else f"unnamed refusal: {told}"
    if told["accepted"] != len(published) or (answer.status == 202) != bool(published):
        return f"{told['accepted']} accepted by status {answer.status}, {len(published)} published"
    for each in told["rejected"]:
        if each["field"] not in FIELDS or not each["problem"]:
            return f"a refusal without field or problem: {each}"
    places = [each["index"] for each in told["rejected"]]
    whole = range(len(places) + len(published))
    if places != sorted(set(places)) or not all(place in whole for place in places):
        return f"rejections at {places} of {len(whole)}"
    return ""


def _about_neighbours(sent: Mutant, published: list[bytes]) -> str:
    for value in published:
        decode(value)
    if sent.sound is None:
        return ""
    left = iter(published)
    lost = [event for event in sent.sound if event not in left]
    extra = len(published) - len(sent.sound)
    return f"lost {lost}" if lost else "" if extra in {0, 1} else f"{extra} too many"


def _sound(dice: random.Random, place: int) -> bytes:
    make = dice.choice((completion, vote))
    event = make(event_id=f"e{place}-{dice.randrange(1 << 30)}", desk_id=dice.choice(("1", "ж")))
    gap = dice.choice(((",", ":"), (", ", ": "), (" ,\t", " :")))
    return json.dumps(event, ensure_ascii=dice.random() < 0.5, separators=gap).encode()


def _odd_value(dice: random.Random) -> bytes:
    """An event with one value gone, doubled, odd, or an odd value for an event."""
    if dice.random() < 0.1:
        return dice.choice(ODD)
    event = dice.choice((completion, vote))()
    name = dice.choice([*event, "segments", "reasons", "scale", "due_at", "unknown"])
    members = [
        json.dumps(key).encode() + b":" + json.dumps(value).encode()
        for key, value in event.items()
        if key != name or dice.random() < 0.5
    ]
    if dice.random() < 0.9:
        members.insert(
            dice.randrange(len(members) + 1), b'"%b":%b' % (name.encode(), dice.choice(ODD))
        )
    return b"{" + b",".join(members) + b"}"


def _broken_line(dice: random.Random) -> bytes:
    """Bytes of any kind, made from an event, without a line's end."""
    line = _odd_value(dice) if dice.random() < 0.5 else _sound(dice, 9)
    if dice.random() < 0.8:
        line = _bent(dice, line)
    return line.replace(b"\n", b" ").strip(b" \t\r") or b"-"


def _bent(dice: random.Random, whole: bytes) -> bytes:
    """``whole`` with a few bytes changed, cut, doubled or put in."""
    bent = bytearray(whole)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(bent) + 1)
        match dice.randrange(4):
            case 0:
                bent[at : at + 1] = dice.randbytes(1)
            case 1:
                del bent[at : at + dice.randrange(1, 20)]
            case 2:
                bent[at:at] = bent[at : at + 40]
            case 3:
                bent[at:at] = dice.choice((b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\x00"))
    return bytes(bent)


async def failures(count: int, seed: int) -> list[str]:
    """Numbers of mutants that got the wrong answer, and what was wrong."""
    found: list[str] = []
    settings = GatewaySettings(port=0, requests_per_second=1e9, burst=1_000_000_000)
    async with gateway(settings) as it:
        for number in range(count):
            wrong = await verdict(it, mutant(seed, number))
            if wrong:
                found.append(f"mutant {number} of seed {seed}: {wrong}")
            it.log.records.clear()
    return found


def main() -> int:
    """The number of wrong answers, as far as an exit code can say it."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    found = asyncio.run(failures(count, seed))
    sys.stdout.write("\n".join([*found[:50], f"{count} bodies, {len(found)} wrong answers\n"]))
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())
