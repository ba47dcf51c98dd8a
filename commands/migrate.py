"""`semko migrate`: a store's tables brought up to date."""

from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.terminal import emit, new_app
from sinks.migrating import migrations

app = new_app()


@app.command()
def migrate(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Bring a store's tables up to date, or make an empty store where there is none.

    Whatever opens a store in a folder does so by itself, `semko up`, `replay`
    and this one also on a server; workers, gateways and analysts refuse a
    store of another version. Stop the workers before.

    [bold]Examples[/]

      semko migrate
      semko migrate --store chdb:///var/lib/semko/store --json
      semko migrate --store clickhouse://ch-1/semko
    """
    with Setup.of(store).open_store(may_migrate=True) as held:
        done = [f"{each.version:04} {each.name}" for each in held.migrated]
    emit({"schema": migrations()[-1].version, "applied": done}, as_json=as_json)
