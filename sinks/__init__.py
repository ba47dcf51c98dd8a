"""Where results are kept: the ClickHouse store, its migrations, and what reads it back."""
