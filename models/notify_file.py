"""The shape of `notify.toml`: who is told of score drops, how, and when not.

Pure: it judges a parsed document, and knows neither how a message is sent nor which alerts there
are. Whether an address is one that `apprise` knows is checked where messages are sent.
"""

import re
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from models.durations import duration_ms
from models.errors import CallError
from models.toml_checks import Problem, Readable, parsed, problems_of, refusal, text_of

Level = Literal["amber", "page"]
Event = Literal["opened", "escalated", "resolved", "withdrawn"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

LONGEST_LIMIT_MS = 86_400_000
SECRET_LETTERS = 16
"""A secret of a webhook has at least so many."""
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _hours(text: object) -> object:
    """``"20:00-07:00"`` as minutes since midnight; the second may be less: over midnight."""
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'{text!r} are no hours; write them as "20:00-07:00"')
    numbers = [int(part) for part in found.groups()]
    begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if begin == end or max(begin, end) > 24 * 60:
        raise ValueError(f'"{text}" is no span of a day; the whole day is "00:00-24:00"')
    return begin, end


def _duration(text: object) -> object:
    try:
        return duration_ms("", str(text))
    except CallError:
        raise ValueError(f'{text!r} is no duration; write it as "30min" or "1h"') from None


def _web(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is no web address; write it as https://host/path")
    return text


Hours = Annotated[tuple[int, int], BeforeValidator(_hours)]
Milliseconds = Annotated[int, BeforeValidator(_duration), Field(gt=0)]
WebAddress = Annotated[str, AfterValidator(_web)]
Patterns = Annotated[list[str], Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Webhook(_Entry):
    """Where signed JSON is posted to."""

    url: WebAddress
    secret: str = Field(min_length=SECRET_LETTERS, repr=False)


class Quiet(_Entry):
    """Hours of the tenant's local days in which only pages are sent, or nothing; what waits is sent
    afterwards. Hours over midnight belong to the day on which they begin."""

    hours: Hours
    days: list[Weekday] = Field(default=list(get_args(Weekday)), min_length=1)
    pages: bool = True


class Limit(_Entry):
    """At most so many messages within a time; the rest is summed up in one of them."""

    messages: int = Field(default=10, ge=1)
    within: Milliseconds = Field(default=3_600_000, le=LONGEST_LIMIT_MS)


class Route(_Entry):
    """Whom to tell of what. Texts with ``*`` and ``?`` stand for any letters."""

    name: str = Field(min_length=1, max_length=64)
    tenants: Patterns = ["*"]
    offices: Patterns = ["*"]
    levels: list[Level] = Field(default=["amber", "page"], min_length=1)
    events: list[Event] = ["opened", "escalated", "resolved", "withdrawn"]
    language: Literal["bg", "en"] = "bg"
    urls: list[str] = Field(default=[], repr=False)
    webhook: Webhook | None = None
    quiet: list[Quiet] = []
    limit: Limit = Limit()

    def meets(self, tenant_id: str, office_id: str) -> bool:
        """Whether it is told of an office."""
        return _any(self.tenants, tenant_id) and _any(self.offices, office_id)

    @property
    def targets(self) -> list[str]:
        """Names of its addresses that give no secret away: the position, and of what kind."""
        if self.webhook is not None:
            return ["webhook"]
        return [f"{at}:{url.partition(':')[0]}" for at, url in enumerate(self.urls, start=1)]


class Maintenance(_Entry):
    """A time in which nothing is sent of some desks. Without an offset it is the tenant's local."""

    tenants: Patterns = ["*"]
    offices: Patterns = ["*"]
    desks: Patterns = ["*"]
    begin: datetime = Field(alias="from")
    end: datetime = Field(alias="to")

    def meets(self, tenant_id: str, office_id: str, desk_id: str) -> bool:
        """Whether it is about a desk; the empty one is the whole office."""
        desks = _any(self.desks, desk_id) if desk_id else "*" in self.desks
        return desks and _any(self.tenants, tenant_id) and _any(self.offices, office_id)


class NotifyFile(_Entry):
    """The whole of `notify.toml`. ``public_url`` is where browsers find the wall."""

    public_url: WebAddress | None = None
    routes: list[Route] = Field(min_length=1)
    maintenance: list[Maintenance] = []

    @classmethod
    def load(cls, path: Readable) -> "NotifyFile":
        """The file at ``path``. Raises ``CallError`` that says what to mend."""
        return cls.parse(text_of(path), str(path))

    @classmethod
    def parse(cls, text: str, source: str = "notify.toml") -> "NotifyFile":
        """The file in ``text``; ``source`` names it in messages."""
        document = parsed(text, source)
        try:
            found = cls.model_validate(document)
        except ValidationError as error:
            problems = problems_of(error, document, cls)
            raise refusal(source, [_without_secrets(each) for each in problems]) from None
        if problems := _problems(found):
            raise refusal(source, problems)
        return found


def _any(patterns: list[str], text: str) -> bool:
    return any(fnmatchcase(text, each) for each in patterns)


def _without_secrets(problem: Problem) -> Problem:
    """A message quotes what is wrong; of a secret and of an address it must not."""
    secret = re.search(r"\.(secret|urls)\b", problem.path)
    return Problem(problem.path, problem.problem.partition("; it is ")[0]) if secret else problem


def _problems(file: NotifyFile) -> list[Problem]:
    found: list[Problem] = []
    names: set[str] = set()
    for at, route in enumerate(file.routes):
        path = f'routes[{at}] ("{route.name}")'
        if route.name in names:
            found.append(Problem(f"{path}.name", "is there twice; give each route its own"))
        names.add(route.name)
        if bool(route.urls) == (route.webhook is not None):
            found.append(Problem(path, "needs urls or a webhook, and not both"))
        if "opened" not in route.events:
            problem = "lack opened; a route that tells of an end tells of the beginning"
            found.append(Problem(f"{path}.events", problem))
    for at, one in enumerate(file.maintenance):
        if _is_naive(one.begin) != _is_naive(one.end):
            found.append(Problem(f"maintenance[{at}]", "give both times an offset, or none"))
        elif one.begin >= one.end:
            found.append(Problem(f"maintenance[{at}].to", "must be after from"))
    return found


def _is_naive(moment: datetime) -> bool:
    return moment.tzinfo is None
