"""Through nginx as it is deployed: the wall, votes, the live stream, and a restart behind it."""

import http.client
import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.deployment.proxied import NAME, Proxied, proxied

HEARTBEATS = 3


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """An installation behind its proxy."""
    with proxied(tmp_path_factory.mktemp("proxied")) as it:
        yield it


def vote(event_id: str) -> bytes:
    """A vote of the tablet, given now."""
    return json.dumps(
        {
            "type": "vote",
            "event_id": event_id,
            "tenant_id": "town",
            "office_id": "centre",
            "desk_id": "d1",
            "terminal_id": "tablet-1",
            "score": 5,
            "voted_at": datetime.now(UTC).isoformat(),
        }
    ).encode()


def test_the_wall_takes_a_token_and_comes_over_tls(behind: Proxied) -> None:
    status, headers, body = behind.ask("GET", "/wall", "reader")
    assert (status, b"<html" in body) == (200, True)
    assert headers["Strict-Transport-Security"]
    status, headers, _ = behind.ask("GET", "/wall", "wrong")
    assert status == 401
    assert "Bearer" in headers["WWW-Authenticate"]


def test_a_vote_of_a_page_of_this_host_is_taken_and_one_of_another_is_not(
    behind: Proxied,
) -> None:
    here = f"https://{NAME}:{behind.port}"
    status, _, body = behind.ask("POST", "/v1/events", "tablet", vote("v-1"), Origin=here)
    assert (status, json.loads(body)) == (202, {"accepted": 1, "rejected": []})
    elsewhere = "https://elsewhere.example"
    status, _, body = behind.ask("POST", "/v1/events", "tablet", vote("v-2"), Origin=elsewhere)
    assert (status, json.loads(body)["error"]) == (403, "foreign_origin")


def test_another_name_is_refused(behind: Proxied) -> None:
    status, _, body = behind.ask("GET", "/wall", "reader", Host="evil.example")
    assert (status, json.loads(body)["error"]) == (403, "wrong_host")


def test_a_body_that_is_too_large_is_refused_by_the_gateway_which_says_why(
    behind: Proxied,
) -> None:
    status, _, body = behind.ask("POST", "/v1/events", "tablet", b" " * (3 << 19))
    assert (status, json.loads(body)["error"]) == (413, "too_large")


def test_the_stream_comes_event_by_event_as_long_as_one_listens(behind: Proxied) -> None:
    connection = behind.connection()
    connection.request(
        "GET", "/v1/live", headers=behind.headers("reader") | {"Accept-Encoding": "gzip"}
    )
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] is None
    beats: list[float] = []
    while len(beats) < HEARTBEATS:
        if answer.readline() == b"event: heartbeat\n":
            beats.append(time.monotonic())
    connection.close()
    gaps = [later - sooner for sooner, later in pairwise(beats)]
    assert min(gaps) > 0.5, "several came at once: the proxy held them back"


def test_plain_http_leads_to_tls(behind: Proxied) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", behind.plain_port, timeout=10)
    connection.request("GET", "/wall", headers={"Host": NAME})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/wall")
    connection.close()


def test_no_vote_leaves_a_trace_in_the_log_of_the_proxy(behind: Proxied) -> None:
    behind.ask("POST", "/v1/events", "tablet", vote("v-3"))
    assert (behind.folder / "access.log").read_text() == ""


def test_while_the_gateway_is_away_a_terminal_hears_to_send_again(behind: Proxied) -> None:
    behind.installation.stop(signal.SIGTERM)
    status, headers, body = behind.ask("POST", "/v1/events", "tablet", vote("v-4"))
    assert (status, headers["Retry-After"]) == (503, "5")
    assert json.loads(body).keys() == {"error", "problem", "remedy"}
    behind.installation.start("--name", NAME, "--keys", str(behind.folder / "keys.toml"))
    behind.wait_until_ready()
    assert behind.ask("POST", "/v1/events", "tablet", vote("v-4"))[0] == 202
