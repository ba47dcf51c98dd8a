"""The operators' page names every setting and every metric that the code knows."""

import re
from pathlib import Path

from sources.gateway.meters import METERS
from streams.shell.kafka_settings import NAMES as KAFKA_VARIABLES
from streams.shell.metrics import METRICS
from streams.shell.notice_metrics import NOTICE_METRICS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operators.md").read_text("utf-8")


def found_in(folder: str, pattern: str) -> set[str]:
    """What ``pattern`` finds in the modules of ``folder``."""
    modules = (ROOT / folder).rglob("*.py")
    return {found for module in modules for found in re.findall(pattern, module.read_text("utf-8"))}


def variables() -> set[str]:
    """Every variable that is read: those of options, of Kafka and of stores on servers."""
    of_stores = found_in("sinks", r'_VARIABLE = "(\w+)"')
    return found_in("commands", r'envvar="(\w+)"') | set(KAFKA_VARIABLES) | of_stores


def test_every_variable_is_a_row_of_the_settings() -> None:
    assert {"SEMKO_STORE", "SEMKO_CLICKHOUSE_CA"} <= variables()
    assert {name for name in variables() if f"| `{name}` |" not in PAGE} == set()


def test_no_row_of_the_settings_names_a_variable_that_nobody_reads() -> None:
    assert set(re.findall(r"\| `(SEMKO_\w+)` \|", PAGE)) == variables()


def test_every_metric_is_explained() -> None:
    metrics = {*METERS, *METRICS, *NOTICE_METRICS}
    rows = set(re.findall(r"^\| `(semko_\w+)", PAGE, re.MULTILINE))
    assert rows == metrics
