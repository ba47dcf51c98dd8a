"""A wrong `notify.toml` is told so that its author can mend it, and gives no secret away."""

import pytest

from models.errors import CallError
from models.notify_file import NotifyFile
from tests.told_alerts import ROUTE

SECRET = "0123456789abcdef"


def test_a_route_has_defaults() -> None:
    (route,) = NotifyFile.parse('[[routes]]\nname = "duty"\nurls = ["mailto://a"]').routes
    assert (route.levels, route.language, route.limit.messages) == (["amber", "page"], "bg", 10)
    assert route.targets == ["1:mailto"]
    assert route.meets("any", "office")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "routes: is missing; add it"),
        ("routes = []", "routes: list should have at least 1 item"),
        ('[[routes]]\nname = "a"\n', 'routes[0] ("a"): needs urls or a webhook, and not both'),
        (ROUTE + ROUTE, 'routes[1] ("duty").name: is there twice'),
        (ROUTE + 'levels = ["red"]', "use 'amber' or 'page'"),
        (ROUTE + 'level = ["page"]', '"levels" is meant?'),
        (ROUTE + 'events = ["resolved"]', "events: lack opened"),
        (ROUTE + 'quiet = [{ hours = "8-20" }]', 'write them as "20:00-07:00"'),
        (ROUTE + 'quiet = [{ hours = "08:00-08:00" }]', "is no span of a day"),
        (ROUTE + 'quiet = [{ hours = "20:00-07:00", days = ["mon"] }]', "'monday'"),
        (ROUTE + "limit = { messages = 0 }", "greater than or equal to 1"),
        (ROUTE + 'limit = { within = "soon" }', 'write it as "30min" or "1h"'),
        (ROUTE + 'limit = { within = "2d" }', "less than or equal to 86400000"),
        (ROUTE.replace("http:", "ftp:"), "is no web address"),
        (ROUTE + "[[maintenance]]\nfrom = 2026-03-02T08:00:00", "to: is missing"),
        (
            ROUTE + "[[maintenance]]\nfrom = 2026-03-02T08:00:00\nto = 2026-03-02T07:00:00",
            "maintenance[0].to: must be after from",
        ),
        (
            ROUTE + "[[maintenance]]\nfrom = 2026-03-02T08:00:00Z\nto = 2026-03-02T09:00:00",
            "give both times an offset, or none",
        ),
        ("public_url = 'semko'\n" + ROUTE, "public_url: is no web address"),
    ],
)
def test_what_is_wrong_is_named(text: str, problem: str) -> None:
    with pytest.raises(CallError) as refused:
        NotifyFile.parse(text)
    assert problem in str(refused.value)
    assert str(refused.value).startswith("notify.toml: ")


@pytest.mark.parametrize(
    "text",
    [
        ROUTE.replace(SECRET, "short-secret"),
        ROUTE.replace("http:", "ftp:") + f'urls = ["json://user:{SECRET}@host"]',
        f'[[routes]]\nname = "a"\nurls = [["json://user:{SECRET}@host"]]',
        f'[[routes]]\nname = "a"\nurls = "json://user:{SECRET}@host"',
        ROUTE.replace('"0123456789abcdef"', "['0123456789abcdef']"),
    ],
)
def test_no_secret_is_quoted(text: str) -> None:
    with pytest.raises(CallError) as refused:
        NotifyFile.parse(text)
    assert SECRET not in str(refused.value)
    assert "short-secret" not in str(refused.value)


def test_a_file_as_it_is_shown_to_people_has_no_secret() -> None:
    file = NotifyFile.parse(ROUTE + '[[routes]]\nname = "b"\nurls = ["json://user:pass@host"]')
    assert SECRET not in repr(file)
    assert "pass" not in repr(file)
