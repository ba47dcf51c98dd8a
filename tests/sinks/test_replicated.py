"""Migrations on a cluster. No cluster is at hand: what they become is read, and parsed."""

import re

import pytest

from sinks.embedded import EmbeddedStore
from sinks.migrating import BOOK, migrations
from sinks.replicated import replicated

STATEMENTS = [
    "CREATE DATABASE IF NOT EXISTS semko",
    BOOK,
    *(statement for migration in migrations() for statement in migration.statements),
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_goes_to_all_replicas_and_makes_replicated_tables(statement: str) -> None:
    everywhere = replicated(statement, "c")
    assert everywhere.count("ON CLUSTER 'c'") == 1
    assert re.search(r"ON CLUSTER 'c'\s*(\(|AS|DEFINER|COMMENT|MODIFY|$)", everywhere)
    engines = re.findall(r"ENGINE = (\w+)", everywhere)
    assert engines == [f"Replicated{each}" for each in re.findall(r"ENGINE = (\w+)", statement)]
    assert ("CREATE TABLE" in statement) == bool(engines)


def test_what_all_replicas_run_is_sql(embedded: EmbeddedStore) -> None:
    for statement in STATEMENTS:
        everywhere = replicated(statement, "c")
        read = embedded.rows("SELECT formatQuery({sql:String}) AS sql", {"sql": everywhere})
        assert "ON CLUSTER" in read[0]["sql"]


def test_rows_are_written_once() -> None:
    sql = "INSERT INTO semko.migrations (version) SELECT 1"
    assert replicated(sql, "c") == sql
