"""Dashboards, rules and the data source as files that Grafana reads at its start."""

import json
from collections.abc import Mapping
from typing import Any

from dashboards.grafana.boards import boards
from dashboards.grafana.queries import PLUGIN, SOURCE
from dashboards.grafana.rules import EVERY_SECONDS, FOLDER, GROUP, contact_point, rules
from dashboards.grafana.words import Words

PROVIDED = "/etc/grafana/provisioning"
"""Where Grafana looks for them, in its own image too."""
_OF_API = ("folderUID", "ruleGroup", "orgID")
"""What the API says with each rule, and a file with each group."""


def provisioning(words: Words, pages: str, address: str) -> dict[str, str]:
    """Every file by its path; rules send nothing unless there is an ``address`` to mail to."""
    made: dict[str, Any] = {
        "datasources/clickhouse.yml": _source(),
        "dashboards/semko.yml": _provider(),
        "alerting/rules.yml": _groups(words, tells=bool(address)),
    }
    if address:
        point = contact_point(address)
        receiver = {name: point[name] for name in ("uid", "type", "settings")}
        contact = {"orgId": 1, "name": point["name"], "receivers": [receiver]}
        made["alerting/contact-points.yml"] = {"apiVersion": 1, "contactPoints": [contact]}
    texts = {path: _written(content) for path, content in made.items()}
    for uid, model in boards(words, pages).items():
        texts[f"dashboards/semko/{uid}.json"] = _written(model)
    return texts


def _written(content: Mapping[str, Any]) -> str:
    """JSON, which is YAML too."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _source() -> dict[str, Any]:
    """Grafana's way to ClickHouse: as the user grafana, who can only read."""
    reached = {"protocol": "native", "host": "clickhouse", "port": 9000}
    source = {
        "name": "SEMKO",
        "uid": SOURCE,
        "type": PLUGIN,
        "access": "proxy",
        "isDefault": True,
        "editable": False,
        "jsonData": {**reached, "defaultDatabase": "semko", "username": "grafana"},
        "secureJsonData": {"password": "$SEMKO_GRAFANA_READER_PASSWORD"},
    }
    return {"apiVersion": 1, "datasources": [source]}


def _provider() -> dict[str, Any]:
    provider = {
        "name": "semko",
        "folder": "SEMKO",
        "folderUid": FOLDER,
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": f"{PROVIDED}/dashboards/semko"},
    }
    return {"apiVersion": 1, "providers": [provider]}


def _groups(words: Words, *, tells: bool) -> dict[str, Any]:
    own = [
        {name: value for name, value in rule.items() if name not in _OF_API}
        for rule in rules(words, tells=tells)
    ]
    group = {
        "orgId": 1,
        "name": GROUP,
        "folder": "SEMKO",
        "interval": f"{EVERY_SECONDS}s",
        "rules": own,
    }
    return {"apiVersion": 1, "groups": [group]}
