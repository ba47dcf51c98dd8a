"""`semko terminals`: the devices that take votes, their keys, and how they do."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from commands.engine import clock_ms
from commands.options import DEFAULT_STORE, JsonOption, RegistryOption, StoreOption
from commands.registered import note_unregistered
from commands.setup import Setup
from commands.terminal import emit, new_app, out, say
from commands.terminal_states import maintain, place_of, states, told
from models.errors import CallError, WorldError
from models.instants import format_instant
from models.limits import is_id
from models.maintenance import Order
from sources.gateway.keys import (
    Keys,
    Operator,
    Pairing,
    Right,
    Terminal,
    change_keys,
    new_secret,
    read_keys,
)
from sources.gateway.pairing import CODE_MS, awaited, code_digest, new_code

app = new_app(
    no_args_is_help=True, help="The terminals that take votes: keys, states, maintenance."
)

KeysFile = Annotated[
    Path,
    typer.Option("--keys", metavar="FILE", envvar="SEMKO_KEYS", help="Where keys are kept."),
]
DEFAULT_KEYS = Path("keys.toml")


@app.command("add")
def add_terminal(
    terminal_id: Annotated[
        str, typer.Argument(metavar="TERMINAL", help="The id that its votes carry.")
    ],
    tenant: Annotated[str, typer.Option(metavar="ID", help="Its tenant.")],
    office: Annotated[str, typer.Option(metavar="ID", help="Its office.")],
    desk: Annotated[
        list[str], typer.Option(metavar="ID", help="A desk that it serves; may be given often.")
    ],
    completions: Annotated[
        bool, typer.Option("--completions", help="May also send completions: a ticket system.")
    ] = False,
    keys: KeysFile = DEFAULT_KEYS,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key for a terminal and print it, this once. The file keeps only its digest.

    [bold]Examples[/]

      semko terminals add hall-1 --tenant town --office centre --desk d1
      semko terminals add tickets --tenant town --office centre \\
        --desk d1 --desk d2 --completions

    A running `semko up --keys keys.toml` takes the change over by itself. Take
    an entry out of the file to revoke its key.
    """
    ids = {"TERMINAL": terminal_id, "--tenant": tenant, "--office": office}
    for name, value in (*ids.items(), *(("--desk", each) for each in desk)):
        if not is_id(value):
            raise CallError(
                f"{name} {value!r} is no id: 1 to 64 printable characters without blanks"
            )
    secret, digest = new_secret()
    terminal = Terminal(terminal_id, digest, tenant, office, desk, completions)

    def add(held: Keys) -> Keys:
        _check_free(keys, held, terminal_id)
        return msgspec.structs.replace(held, terminals=[*held.terminals, terminal])

    named = Setup.of(DEFAULT_STORE, registry=registry).registry()  # before the secret is made
    changed(keys, add)
    note_unregistered(named, tenant, office, desk)
    if as_json:
        emit({"terminal": terminal_id, "may": terminal.may(), "key": secret}, as_json=True)
        return
    say(f"{terminal_id} may {terminal.may()}; its key, which is shown only now:")
    out.print(secret, markup=False)


@app.command("add-operator")
def add_operator(
    operator_id: Annotated[str, typer.Argument(metavar="OPERATOR", help="A name for the token.")],
    right: Annotated[list[Right], typer.Option(help="read, operate or write; may be given often.")],
    keys: KeysFile = DEFAULT_KEYS,
    as_json: JsonOption = False,
) -> None:
    """Make a token for a person or program and print it, this once.

    read: numbers, screens, health, metrics. operate: SQL and reconciling.
    write: events of every tenant. None contains another.

    [bold]Examples[/]

      semko terminals add-operator prometheus --right read
      semko terminals add-operator ana --right read --right operate
    """
    if not is_id(operator_id):
        raise CallError(
            f"OPERATOR {operator_id!r} is no id: 1 to 64 printable characters without blanks"
        )
    secret, digest = new_secret()
    operator = Operator(operator_id, digest, right)

    def add(held: Keys) -> Keys:
        _check_free(keys, held, operator_id)
        return msgspec.structs.replace(held, operators=[*held.operators, operator])

    changed(keys, add)
    if as_json:
        emit({"operator": operator_id, "may": operator.may(), "token": secret}, as_json=True)
        return
    say(f"{operator_id} may {operator.may()}; its token, which is shown only now:")
    out.print(secret, markup=False)


def _check_free(keys: Path, held: Keys, wanted: str) -> None:
    """Nobody may be called ``wanted`` yet."""
    if any(one.id == wanted for one in held.holders()):
        raise CallError(f"{keys} has a {wanted!r} already; take its entry out first")


def changed(keys: Path, change: Callable[[Keys], Keys]) -> Keys:
    """Change the key file. Raises ``WorldError`` where it cannot be written."""
    try:
        return change_keys(keys, change)
    except OSError as problem:
        raise WorldError(
            f"{keys} cannot be written: {problem.strerror}. Name another file with --keys."
        ) from None


@app.command("pair")
def pair(
    terminal_id: Annotated[
        str, typer.Argument(metavar="TERMINAL", help="The id that its votes will carry.")
    ],
    tenant: Annotated[str, typer.Option(metavar="ID", help="Its tenant.")] = "",
    office: Annotated[str, typer.Option(metavar="ID", help="Its office.")] = "",
    desk: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Its desk; may be given often.")
    ] = None,
    keys: KeysFile = DEFAULT_KEYS,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a code that a device changes for its key, once, within 10 minutes.

    Open /kiosk on the device and type it there. A terminal that has a key
    needs no place again: its old key ends when the new one is fetched.

    [bold]Examples[/]

      semko terminals pair hall-1 --tenant town --office centre --desk d1
      semko terminals pair hall-1
    """
    known = {one.id: one for one in read_keys(keys).terminals} if keys.exists() else {}
    place = known.get(terminal_id)
    if place is not None and place.completions:
        raise CallError(f"{terminal_id} is a ticket system; it has no screen to pair")
    if place is not None and not (tenant or office or desk):
        tenant, office, desk = place.tenant, place.office, place.desks
    if not all(is_id(each) for each in (terminal_id, tenant, office, *(desk or [""]))):
        raise CallError(
            "a terminal that has no key yet needs --tenant, --office and --desk, each an id of 1 to"
            " 64 printable characters without blanks"
        )
    code, until = new_code(), clock_ms() + CODE_MS
    pairing = Pairing(terminal_id, code_digest(code), tenant, office, desk or [], until)

    def add(held: Keys) -> Keys:
        if terminal_id in {one.id for one in held.holders()} - {one.id for one in held.terminals}:
            raise CallError(f"{keys} has a {terminal_id!r} already, which is no terminal")
        return awaited(held, pairing)

    named = Setup.of(DEFAULT_STORE, registry=registry).registry()  # before the code is made
    changed(keys, add)
    note_unregistered(named, tenant, office, desk or ())
    if as_json:
        ends = format_instant(until)
        emit({"terminal": terminal_id, "code": code, "until": ends}, as_json=True)
        return
    say(f"open /kiosk on the device of {terminal_id} and type, within 10 minutes:")
    out.print(code, markup=False)


@app.command("revoke")
def revoke(
    terminal_id: Annotated[str, typer.Argument(metavar="TERMINAL", help="Which one.")],
    keys: KeysFile = DEFAULT_KEYS,
    as_json: JsonOption = False,
) -> None:
    """Take a terminal's key back, and a code that waits for it.

    Running gateways refuse it within a second.

    [bold]Examples[/]

      semko terminals revoke hall-1
    """

    def take(held: Keys) -> Keys:
        if terminal_id not in {one.id for one in held.terminals} | {
            one.id for one in held.pairings
        }:
            raise CallError(f"{keys} has no terminal {terminal_id!r}: see `semko terminals list`")
        terminals = [one for one in held.terminals if one.id != terminal_id]
        pairings = [one for one in held.pairings if one.id != terminal_id]
        return msgspec.structs.replace(held, terminals=terminals, pairings=pairings)

    changed(keys, take)
    emit({"revoked": terminal_id}, as_json=as_json)


@app.command("list")
def list_terminals(
    keys: KeysFile = DEFAULT_KEYS, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False
) -> None:
    """List terminals: what their keys may do, how they do, and when they were last heard.

    off, no network, clock, no votes, ok: docs/operators.md says what is what.
    The keys themselves are not kept, so they cannot be shown again.

    [bold]Examples[/]

      semko terminals list
      semko terminals list --keys keys.toml --store clickhouse://ch/semko --json
    """
    known = {(row["tenant"], row["office"], row["id"]): row for row in states(Setup.of(store))}
    held = read_keys(keys).terminals if keys.exists() or not known else []
    may = {(one.tenant, one.office, one.id): one.may() for one in held}
    names = list(dict.fromkeys([*may, *known]))
    if as_json:
        terminals = [{"id": name[2], "may": may.get(name), **known.get(name, {})} for name in names]
        emit({"terminals": terminals}, as_json=True)
        return
    for name in names:
        out.print(f"{name[2]} {f'may {may[name]}' if name in may else 'has no key'}", markup=False)
        if name in known:
            out.print(f"    {told(known[name], clock_ms())}", markup=False)


@app.command("maintenance")
def maintenance(
    terminal_id: Annotated[str, typer.Argument(metavar="TERMINAL", help="Which one.")],
    on: Annotated[bool, typer.Option("--on/--off", help="It begins now, or it ends now.")],
    tenant: Annotated[str, typer.Option(metavar="ID", help="Its tenant.")] = "",
    office: Annotated[str, typer.Option(metavar="ID", help="Its office.")] = "",
    keys: KeysFile = DEFAULT_KEYS,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Begin or end the maintenance of a terminal: what is pressed on it meanwhile is a test.

    Tests are kept aside and count nowhere, whenever they arrive: what decides
    is when they were pressed. Other gateways know of it within 5 s.

    [bold]Examples[/]

      semko terminals maintenance hall-1 --on
      semko terminals maintenance hall-1 --off --tenant town --office centre
    """
    setup = Setup.of(store)
    if bool(tenant) != bool(office):
        raise CallError("give --tenant and --office together, or neither")
    if not tenant:
        held = read_keys(keys).terminals if keys.exists() else []
        named = [{"tenant": one.tenant, "office": one.office, "id": one.id} for one in held]
        is_held = any(one.id == terminal_id for one in held)
        tenant, office = place_of(named if is_held else states(setup), terminal_id)
    said = maintain(setup, Order(tenant, office, terminal_id, on))
    emit(said, as_json=as_json)
