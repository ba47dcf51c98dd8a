"""Questions over HTTP, answered as pandas tables."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Literal
from urllib.parse import urlencode, urlsplit

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from client.frames import Scores, total
from models.errors import CallError, WorldError
from models.questions import NULL, escaped

By = Literal["office", "desk", "service", "channel", "segment"]
Per = Literal["day", "hour", "total"]

BY: tuple[By, ...] = ("office", "desk", "service", "channel", "segment")
PER: tuple[Per, ...] = ("day", "hour", "total")
SECONDS = 70
"""How long an answer may take: a little more than the door gives a question."""


class Client:
    """A connection to the analysts' door. It holds nothing open and may be used from threads."""

    def __init__(self, url: str, token: str = "") -> None:
        """``url``: http://host:port or https://…; ``token``: an analyst's, off the door's machine.

        Raises ``CallError`` for a URL amiss, ``WorldError`` where nothing answers there.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise CallError(
                f"{url!r} is no address of a door: write http://127.0.0.1:8123, as"
                " `semko up --sql 127.0.0.1:8123` opens it"
            )
        self._url = url.rstrip("/")
        self._token = token
        self.query("SELECT 1")

    def query(self, sql: str, **parameters: object) -> pd.DataFrame:
        """The result of one statement that reads; ``parameters`` are values of ``{name:Type}``.

        Raises ``CallError`` where the statement is refused, ``WorldError`` where nothing answers.
        """
        asked = {
            "database": "semko",
            "default_format": "Parquet",  # of which times come as times; of Arrow, as numbers
            **{
                f"param_{name}": NULL if value is None else escaped(str(value))
                for name, value in parameters.items()
            },
        }
        return _frame(self._ask(f"{self._url}/?{urlencode(asked)}", sql))

    def scores(
        self,
        *,
        by: By = "office",
        per: Per = "day",
        office: str | None = None,
        tenant: str | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> Scores:
        """Scores with every count behind them, a row a unit and period, in order of time.

        ``by``: what the rows are about. ``per``: local ``day``, UTC ``hour``, or the ``total`` of
        the span. ``office`` and ``tenant``: only those. ``since`` and ``until``: first and last
        day, both included, as dates or YYYY-MM-DD; days in UTC where rows are hours.

        Columns: ``tenant_id office_id key``; ``day`` or ``hour``; ``completions votes v1 … v5``,
        ``response_rate`` (0–1), ``mean mean_low mean_high`` (0–100, with the 95 % interval),
        ``top2`` and ``bottom2`` (0–1), ``mean_wait_seconds``. Without votes a score is NaN.

        Raises ``CallError`` for values amiss.
        """
        if by not in BY or per not in PER:
            raise CallError(f"by is one of {', '.join(BY)}, per one of {', '.join(PER)}")
        span = [_day("since", since), _day("until", until)]
        asked = {"by": by, "tenant": tenant or "", "office": office or ""}
        asked |= {"since": span[0] or "1970-01-01", "until": span[1] or "2149-01-01"}
        if span[0] and span[1] and span[0] > span[1]:
            raise CallError(f"since {span[0]} is after until {span[1]}: swap them")
        found = self.query(_SCORES["hour" if per == "hour" else "day"], **asked)
        if found.empty and (tenant or office):
            self._refuse_unknown(tenant or "", office or "")
        return Scores(total(found) if per == "total" else found)

    def _refuse_unknown(self, tenant: str, office: str) -> None:
        """Raise ``CallError`` for a place of which nothing was ever counted: a slip of the pen."""
        known = self.query("SELECT DISTINCT tenant_id, office_id FROM semko.office_scores")
        there = set(zip(known["tenant_id"], known["office_id"], strict=True))
        if any(tenant in ("", one) and office in ("", other) for one, other in there):
            return
        asked = "/".join(each for each in (tenant, office) if each)
        names = ", ".join(sorted(map("/".join, there))) or "none at all"
        raise CallError(f"nothing was ever counted at {asked!r}; there are {names}")

    def _ask(self, url: str, sql: str) -> bytes:
        headers = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": self._token}
        request = urllib.request.Request(url, sql.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as refusal:
            said = refusal.read().decode(errors="replace").strip()
            if refusal.code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) and (
                not said.startswith("Code:")  # as a door's own 404 for a table does
            ):
                said = (
                    f"{self._url} is no door for SQL, but answers {refusal.code}: name the address"
                    " that follows --sql, such as http://127.0.0.1:8123"
                )
            raise (CallError if refusal.code < 500 else WorldError)(said) from None
        except (OSError, HTTPException) as problem:
            reason = getattr(problem, "reason", problem)
            raise WorldError(
                f"nothing answers at {self._url}: {reason}. Start `semko up --sql 127.0.0.1:8123`,"
                " or name the address where it listens"
            ) from None


_COLUMNS = """completions, votes, v1, v2, v3, v4, v5, points, points_squared, response_rate, mean,
       mean_low, mean_high, top2, bottom2, wait_seconds, wait_known, mean_wait_seconds"""
_WHERE = """WHERE scope = {by:String}
  AND ({tenant:String} = '' OR tenant_id = {tenant:String})
  AND ({office:String} = '' OR office_id = {office:String})"""
_SCORES: Mapping[str, str] = {
    "day": f"""SELECT tenant_id, office_id, key, day, {_COLUMNS}
FROM semko.daily_scores
{_WHERE} AND day BETWEEN {{since:Date}} AND {{until:Date}}
ORDER BY day, tenant_id, office_id, key""",
    "hour": f"""SELECT tenant_id, office_id, key, window_start AS hour, {_COLUMNS}
FROM semko.hourly_scores
{_WHERE} AND toDate(window_start) BETWEEN {{since:Date}} AND {{until:Date}}
ORDER BY hour, tenant_id, office_id, key""",
}


def _day(name: str, value: date | str | None) -> str | None:
    if value is None:
        return None
    try:
        found = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CallError(f"{name} must be a day, such as 2026-03-01, not {value!r}") from None
    return (found.date() if isinstance(found, datetime) else found).isoformat()


def _frame(body: bytes) -> pd.DataFrame:
    return pq.read_table(pa.BufferReader(body)).to_pandas(date_as_object=False)
