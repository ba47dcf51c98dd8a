"""Messages on their way out: the signed webhook, and `apprise` by its JSON plugin, to loopback."""

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator

import pytest
from aiohttp import web

from models.errors import CallError
from models.facts import Office
from models.notices import Notice, Outcome
from models.notify_file import NotifyFile
from sinks.notifiers import senders, verified
from sinks.notifiers.signing import signature
from tests.notified import SECRET, Receiver, notify_toml

KNOWN = '{"message_id":"0123456789abcdef","title":"SEMKO: Спад","text":"Гише 1: 72 → 41"}'


def notice(target: str = "webhook", route: str = "hook") -> Notice:
    return Notice(
        Office("town", "centre"),
        "0123456789abcdef",
        target,
        "d01-20260302-1",
        "opened",
        route,
        "page",
        1,
        "pending",
        KNOWN,
        0,
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def sent_to(url: str, now: int = 1_772_440_000_000) -> Outcome:
    send = senders(NotifyFile.parse(notify_toml(url)), "notify.toml", lambda: now)
    return send(notice())


def test_a_webhook_gets_the_message_as_it_is_recorded_its_id_and_a_signature(
    receiver: Receiver,
) -> None:
    assert sent_to(receiver.url) == Outcome("", "204")
    (one,) = receiver.received
    assert one.body.decode() == KNOWN
    assert one.headers["Idempotency-Key"] == "0123456789abcdef"
    assert one.headers["Content-Type"] == "application/json; charset=utf-8"
    signed = hmac.new(SECRET.encode(), b"1772440000." + one.body, hashlib.sha256).hexdigest()
    assert one.headers["X-Semko-Signature"] == f"t=1772440000,v1={signed}"


@pytest.mark.parametrize(
    ("secret", "header", "seconds", "holds"),
    [
        (SECRET, None, 1000, True),
        (SECRET, None, 1300, True),
        (SECRET, None, 1301, False),
        (SECRET, None, 699, False),
        ("another-secret-here", None, 1000, False),
        (SECRET, "t=1000,v1=00", 1000, False),
        (SECRET, "v1=00", 1000, False),
        (SECRET, "t=²,v1=00", 1000, False),
        (SECRET, "", 1000, False),
    ],
)
def test_a_signature_holds_for_its_secret_its_body_and_some_minutes(
    secret: str, header: str | None, seconds: float, holds: bool
) -> None:
    body = KNOWN.encode()
    made = signature(SECRET, body, 1000) if header is None else header
    assert verified(secret, made, body, seconds) == holds
    assert not verified(secret, made, body + b" ", seconds)


@pytest.mark.parametrize("status", [200, 201, 299])
def test_any_2xx_is_a_receipt(receiver: Receiver, status: int) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    receiver.answer = answer
    assert sent_to(receiver.url).problem == ""


def test_anything_else_is_told_with_what_was_said(receiver: Receiver) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503, text="come back\nlater " + "x" * 10_000)

    receiver.answer = answer
    problem = sent_to(receiver.url).problem
    assert problem.startswith("answered 503 Service Unavailable: come back later xx")
    assert len(problem) < 300


def test_a_redirect_is_refused(receiver: Receiver) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(f"{receiver.url}/elsewhere")

    receiver.answer = answer
    assert "a redirect, which is refused" in sent_to(receiver.url).problem
    assert len(receiver.received) == 1


def test_nobody_there_is_a_problem_that_quotes_no_address() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    problem = sent_to(f"http://127.0.0.1:{port}/token-in-the-path").problem
    assert problem == "cannot be reached: Connection refused"


def test_who_does_not_answer_is_left_after_a_while(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.notifiers.webhook.SECONDS", 0.2)

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response()

    receiver.answer = answer
    assert sent_to(receiver.url).problem == "no answer within 0 s"


# --- apprise -----------------------------------------------------------------------------------


def by_apprise(url: str) -> Outcome:
    text = f'[[routes]]\nname = "hook"\nurls = ["{url}"]\n'
    send = senders(NotifyFile.parse(text), "notify.toml", lambda: 0)
    return send(notice("1:json"))


def test_apprise_gets_title_and_text_with_the_beginning_of_the_id(receiver: Receiver) -> None:
    assert by_apprise(receiver.url.replace("http", "json")) == Outcome("", "taken")
    (one,) = receiver.received
    told = json.loads(one.body)
    assert told["title"] == "SEMKO: Спад"
    assert told["message"] == "Гише 1: 72 → 41\n[01234567]"
    assert told["type"] == "failure"


def test_what_apprise_says_of_a_failure_is_told_and_only_to_its_own_message(
    receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500 if request.path == "/bad" else 200)

    receiver.answer = answer
    address = receiver.url.replace("http", "json")
    found: dict[str, Outcome] = {}

    def send(path: str) -> None:
        found[path] = by_apprise(f"{address}/{path}")

    threads = [threading.Thread(target=send, args=(path,)) for path in ("bad", "good")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "error=500" in found["bad"].problem
    assert found["good"] == Outcome("", "taken")
    assert capfd.readouterr().err == ""


def test_an_address_that_apprise_does_not_know_is_named_by_its_place_alone() -> None:
    text = '[[routes]]\nname = "a"\nurls = ["json://127.0.0.1", "nothing://secret-token"]\n'
    with pytest.raises(CallError) as refused:
        senders(NotifyFile.parse(text), "notify.toml", lambda: 0)
    assert str(refused.value).startswith('notify.toml: routes[0] ("a").urls[1]: is no address')
    assert "secret-token" not in str(refused.value)
