"""What every query asks of a server: settings that a profile could have otherwise, and why.

The embedded engine has its own. Does no I/O.
"""

from collections.abc import Mapping

from sinks.store_url import Address

KEPT: Mapping[str, object] = {
    # An acknowledged row is on the disk, and not in a buffer of the server.
    "async_insert": 0,
    "wait_for_async_insert": 1,
    # Rows that are stored and not seen: a worker would take them for not stored.
    "final": 0,
    "limit": 0,
    "offset": 0,
    "additional_result_filter": "",
    "apply_deleted_mask": 1,
    "use_query_cache": 0,
    "enable_parallel_replicas": 0,
    "read_overflow_mode": "throw",
    "read_overflow_mode_leaf": "throw",
    "group_by_overflow_mode": "throw",
    "sort_overflow_mode": "throw",
    "result_overflow_mode": "throw",
    "timeout_overflow_mode": "throw",
    "timeout_overflow_mode_leaf": "throw",
    "set_overflow_mode": "throw",
    "join_overflow_mode": "throw",
    "transfer_overflow_mode": "throw",
    "distinct_overflow_mode": "throw",
    # The same SQL with another meaning.
    "aggregate_functions_null_for_empty": 0,
    "group_by_use_nulls": 0,
    "join_use_nulls": 0,
    "prefer_column_name_to_alias": 0,
    "transform_null_in": 0,
}
"""What must be so, or results are wrong: checked when a store is opened."""

UNSEEN: Mapping[str, object] = {"additional_table_filters": "{}"}
"""What must be so too and is not sent: servers do not all take it empty."""

_WANTED: Mapping[str, object] = {
    # Defaults of these changed between versions.
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # Replacing within one insert costs half of its time; FINAL and merges do it anyway.
    "optimize_on_insert": 0,
    # A block is stored as it is sent, so that its token means the same rows every time.
    "max_partitions_per_insert_block": 0,
    "max_insert_block_size": 1 << 20,
    "min_insert_block_size_rows": 1 << 20,
    "min_insert_block_size_bytes": 256 << 20,
    "mutations_sync": 1,
    "max_query_size": 64 << 20,
    "max_ast_elements": 2_000_000,
    "max_expanded_ast_elements": 4_000_000,
    # A sort key holds the hour, so its rows never lie in two months.
    "do_not_merge_across_partitions_select_final": 1,
    "output_format_json_quote_64bit_integers": 0,
}

_REPLICATED: Mapping[str, object] = {
    # A write is stored once most replicas have it, and a read sees every stored write, whichever
    # replica answers. Parallel quorums would be faster and would break the second half.
    "insert_quorum": "auto",
    "insert_quorum_parallel": 0,
    "select_sequential_consistency": 1,
}


def pinned(address: Address) -> dict[str, object]:
    """The settings that go with every query to ``address``."""
    replicated = _REPLICATED if address.cluster else {}
    return {**_WANTED, **KEPT, **replicated, **address.settings}


def must_be(address: Address) -> dict[str, object]:
    """The settings without which results are wrong, whatever the server does with a query's own."""
    return {**KEPT, **UNSEEN, **(_REPLICATED if address.cluster else {})}
