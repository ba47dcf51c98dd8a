"""Queries as Grafana's ClickHouse data source takes them.

The plugin (grafana-clickhouse-datasource 4) expands macros such as ``$__timeFilter(column)``, and
Grafana variables such as ``${office:singlequote}``, before the engine sees the SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

PLUGIN = "grafana-clickhouse-datasource"
SOURCE = "semko"
"""Uid of the data source, as provisioned."""

TIME_SERIES, TABLE = 0, 1
"""Forms of an answer, as the plugin numbers them."""

SOURCE_REF = DataSourceRef(type_val=PLUGIN, uid=SOURCE)


@dataclass(frozen=True, slots=True)
class ClickHouseQuery(Dataquery):
    """One query of a panel; ``to_json`` is what the SDK's encoder asks for."""

    sql: str
    form: int
    ref_id: str = "A"

    def to_json(self) -> dict[str, Any]:
        """As the plugin stores it."""
        return {
            "refId": self.ref_id,
            "datasource": {"type": PLUGIN, "uid": SOURCE},
            "editorType": "sql",
            "queryType": "timeseries" if self.form == TIME_SERIES else "table",
            "format": self.form,
            "rawSql": self.sql,
        }


@dataclass(frozen=True, slots=True)
class Asked(Builder[Dataquery]):
    """A builder of one, as the SDK wants its targets."""

    sql: str
    form: int = TABLE
    ref_id: str = "A"

    def build(self) -> ClickHouseQuery:
        """The query."""
        return ClickHouseQuery(" ".join(self.sql.split()), self.form, self.ref_id)


def plain(value: Any) -> Any:
    """The SDK's objects as JSON knows them."""
    given = value.to_json() if hasattr(value, "to_json") else value
    if isinstance(given, Mapping):
        return {name: plain(each) for name, each in given.items()}
    if isinstance(given, Enum):
        return given.value
    return [plain(each) for each in given] if isinstance(given, list) else given
