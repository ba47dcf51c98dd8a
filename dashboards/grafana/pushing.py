"""Dashboards and rules into a Grafana that runs, by its API: into a folder of their own.

What is there already as it should be is left alone, and nothing outside of the folder is touched.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from grafana_client import GrafanaApi, HeaderAuth
from grafana_client.client import GrafanaClientError, GrafanaException

from dashboards.grafana.rules import FOLDER, RECEIVER
from models.errors import CallError, WorldError

CREATED, CHANGED, SAME = "created", "changed", "unchanged"
NOT_FOUND = 404
_GIVEN = ("id", "version")
"""What Grafana adds to a dashboard by itself."""


class Step(NamedTuple):
    """What became, or with a dry run would become, of one thing."""

    kind: str
    uid: str
    change: str


class Wanted(NamedTuple):
    """All that is to be there."""

    boards: Mapping[str, Mapping[str, Any]]
    rules: list[dict[str, Any]]
    contact: Mapping[str, Any] | None


def connected(url: str, token: str, timeout: float = 20.0) -> GrafanaApi:
    """A Grafana by its address and the token of a service account."""
    if not url.startswith(("http://", "https://")):
        raise CallError(f"--url {url}: the address of a Grafana begins with http:// or https://")
    return GrafanaApi.from_url(url, HeaderAuth("Authorization", f"Bearer {token}"), timeout=timeout)


def push(grafana: GrafanaApi, wanted: Wanted, *, dry: bool) -> Iterator[Step]:
    """Bring everything in, step by step; ``dry`` only says what would change.

    Raises ``WorldError`` with Grafana's own words where it refuses or is not there.
    """
    try:
        yield from _folder(grafana, dry=dry)
        if wanted.contact is not None:
            yield _contact(grafana, wanted.contact, dry=dry)
        for uid, model in wanted.boards.items():
            yield _board(grafana, uid, model, dry=dry)
        for rule in wanted.rules:
            yield _rule(grafana, rule, dry=dry)
    except GrafanaException as error:
        raise WorldError(
            f"Grafana answers {error.status_code}: {error.message}; the token must belong to a"
            " service account that may edit folders, dashboards and alert rules"
        ) from None
    except OSError as error:
        raise WorldError(f"Grafana is not reached: {error}; see --url") from None


def _found(ask: Callable[[], Any]) -> Any | None:
    try:
        return ask()
    except GrafanaClientError as error:
        if error.status_code == NOT_FOUND:
            return None
        raise


def _folder(grafana: GrafanaApi, *, dry: bool) -> Iterator[Step]:
    there = _found(lambda: grafana.folder.get_folder(FOLDER))
    if there is None and not dry:
        grafana.folder.create_folder("SEMKO", uid=FOLDER)
    yield Step("folder", FOLDER, CREATED if there is None else SAME)


def _board(grafana: GrafanaApi, uid: str, model: Mapping[str, Any], *, dry: bool) -> Step:
    there = _found(lambda: grafana.dashboard.get_dashboard(uid))
    if there is not None:
        if there["meta"].get("folderUid") != FOLDER:
            raise WorldError(
                f"a dashboard with the uid {uid} lies in another folder: rename it there, or delete"
                " it; nothing outside of the folder SEMKO is overwritten"
            )
        own = {name: value for name, value in there["dashboard"].items() if name not in _GIVEN}
        if own == dict(model):
            return Step("dashboard", uid, SAME)
    if not dry:
        body = {"dashboard": {**model, "id": None}, "folderUid": FOLDER, "overwrite": True}
        grafana.dashboard.update_dashboard({**body, "message": "semko dashboards push"})
    return Step("dashboard", uid, CREATED if there is None else CHANGED)


def _rule(grafana: GrafanaApi, rule: dict[str, Any], *, dry: bool) -> Step:
    uid = rule["uid"]
    there = _found(lambda: grafana.alertingprovisioning.get_alertrule(uid))
    if there is None:
        if not dry:
            grafana.alertingprovisioning.create_alertrule(rule, disable_provenance=True)
        return Step("rule", uid, CREATED)
    if there.get("folderUID") != FOLDER:
        raise WorldError(
            f"an alert rule with the uid {uid} lies in another folder: delete it there"
        )
    if _agrees(there, rule) and ("notification_settings" in rule) == bool(
        there.get("notification_settings")
    ):
        return Step("rule", uid, SAME)
    if not dry:
        grafana.alertingprovisioning.update_alertrule(uid, rule, disable_provenance=True)
    return Step("rule", uid, CHANGED)


def _contact(grafana: GrafanaApi, point: Mapping[str, Any], *, dry: bool) -> Step:
    points = grafana.alertingprovisioning.get_contactpoints()
    (there, *_) = [each for each in points if each.get("uid") == RECEIVER] or [None]
    if there is None:
        if not dry:
            grafana.alertingprovisioning.create_contactpoint(dict(point), disable_provenance=True)
        return Step("contact point", RECEIVER, CREATED)
    if _agrees(there, point):
        return Step("contact point", RECEIVER, SAME)
    if not dry:
        grafana.alertingprovisioning.update_contactpoint(RECEIVER, dict(point))
    return Step("contact point", RECEIVER, CHANGED)


def _agrees(there: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; Grafana adds fields of its own."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            _agrees(there.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(there) == len(wanted)
            and all(map(_agrees, there, wanted))
        )
    return bool(there == wanted)
