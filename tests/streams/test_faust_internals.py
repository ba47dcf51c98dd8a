"""Another version of Faust must not change, unseen, what ``faust_internals`` leans on."""

import hashlib
import inspect
from typing import Any

import pytest
from faust.app import App
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport import drivers
from faust.transport.base import Consumer, Fetcher
from faust.transport.conductor import Conductor, ConductorCompiler
from mode import Service

from streams.shell import local_transport
from streams.shell.faust_internals import BatchConsumer, EagerTableManager, WatchedApp

LEANED_ON = [
    # How an assignment reaches agents, conductor and fetcher: BatchConsumer.announce.
    (Consumer.on_partitions_assigned, "a2f6d5bbb1b6"),
    (App._on_partitions_assigned, "9e2b7ef12585"),
    (App._update_assignment, "ec40ef798341"),
    (Conductor._subscriber, "68d6a4ddb1c7"),
    (Conductor._update_indices, "0b8775760db8"),
    (TableManager.on_rebalance, "c7d0323ed832"),
    (Recovery._resume_streams, "66178e8c7483"),
    # What calls the parts of the consumer that are replaced.
    (Consumer.__init__, "adc123b1205f"),
    (Consumer.commit, "b6ef3bb5f587"),
    (Consumer._commit_handler, "6ca8038acfd3"),
    (Consumer.on_stop, "36b1f6913b80"),
    (Fetcher._fetcher, "670047f1d1d9"),
    (Fetcher.on_stop, "d9aeaf067dab"),
    # How a message goes from hand_over to the agent.
    (ConductorCompiler.build, "a980ed1f49c8"),
    # What EagerTableManager leaves out one line of.
    (TableManager.on_start, "1d65666243d2"),
    (TableManager._update_channels, "a19e53005344"),
    # How a crash reaches the app, and what ends it.
    (Service.crash, "60d7eb785cdd"),
    (Service._crash, "cebfbdc89638"),
    (Service.stop, "b9d212c0dbd3"),
    (App.on_stop, "3eba7cbc61e3"),
    (App._stop_consumer, "0df151105455"),
]


def fingerprint(function: Any) -> str:
    """Of the text of a function, without comments and indents."""
    lines = (line.split("  # ")[0].strip() for line in inspect.getsource(function).splitlines())
    code = "\n".join(line for line in lines if line and not line.startswith("#"))
    return hashlib.sha256(code.encode()).hexdigest()[:12]


@pytest.mark.parametrize(("function", "expected"), LEANED_ON)
def test_faust_is_inside_as_it_was_when_it_was_read(function: Any, expected: str) -> None:
    function = getattr(function, "fun", function)  # what Service.task wraps
    assert fingerprint(function) == expected, (
        f"Faust has changed {function.__qualname__}: read it, mend faust_internals where it leans "
        "on it, then note the new fingerprint here"
    )


@pytest.mark.parametrize("ours", [BatchConsumer, EagerTableManager, WatchedApp])
def test_everything_replaced_exists_in_faust(ours: type) -> None:
    own = {"run_fetching", "commit_marks", "announce", "hand_over", "on_crash"}
    replaced = {name for name in vars(ours) if not name.startswith("__")} - own - {"_abc_impl"}
    assert replaced
    assert [name for name in replaced if not hasattr(ours.__mro__[1], name)] == []


def test_faust_finds_the_local_transport_by_its_scheme() -> None:
    assert drivers.by_url("local:///anywhere") is local_transport.Transport
