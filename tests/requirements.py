"""What a test needs from the machine: it skips with its reason where that is missing.

With ``SEMKO_REQUIRE=all`` nothing may be missing: the test fails instead, so that a green run on
the machine that must check everything really has checked everything.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(what: str) -> NoReturn:
    """Skip because of ``what`` is missing, or fail where everything is required."""
    if os.environ.get("SEMKO_REQUIRE") == "all":
        pytest.fail(f"needed and not there: {what}")
    pytest.skip(f"not there: {what}")


def need(name: str) -> str:
    """The path of the program ``name``."""
    return shutil.which(name) or missing(f"the program {name}")


def need_browser() -> str:
    """The path of a Chromium or Chrome."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or missing("a browser: install chromium")


def need_axe() -> Path:
    """The ``axe.min.js`` of axe-core that ``SEMKO_AXE`` names: it judges who can use a page."""
    named = os.environ.get("SEMKO_AXE")
    return Path(named) if named else missing("axe-core: name its axe.min.js in SEMKO_AXE")


def need_compose_schema() -> Path:
    """The ``compose-spec.json`` that ``SEMKO_COMPOSE_SCHEMA`` names: what a composition may say."""
    named = os.environ.get("SEMKO_COMPOSE_SCHEMA")
    wanted = "the schema of compositions: name a compose-spec.json in SEMKO_COMPOSE_SCHEMA"
    return Path(named) if named else missing(wanted)


def need_grafana_types() -> Path:
    """The ``node_modules`` that ``SEMKO_GRAFANA_TYPES`` names: @grafana/schema and typescript."""
    named = os.environ.get("SEMKO_GRAFANA_TYPES")
    wanted = "Grafana's types: name node_modules with @grafana/schema in SEMKO_GRAFANA_TYPES"
    return Path(named) if named else missing(wanted)
