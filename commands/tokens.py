"""`semko tokens`: who may see and do what over HTTP, off this machine."""

from typing import Annotated

import msgspec
import typer

from commands.engine import clock_ms
from commands.options import DEFAULT_STORE, JsonOption, RegistryOption
from commands.registered import note_unregistered
from commands.setup import Setup
from commands.terminal import emit, new_app, out, say
from commands.terminals import DEFAULT_KEYS, KeysFile, changed
from models.errors import CallError
from models.instants import format_instant
from models.limits import is_id
from sources.gateway.keys import Keys, Role, Token, is_office, new_secret, read_keys

app = new_app(no_args_is_help=True, help="Tokens of people: who may see and do what.")


@app.command("create")
def create(
    role: Annotated[Role, typer.Option(help="clerk, viewer, analyst or operator.")],
    name: Annotated[str, typer.Option(metavar="ID", help="Whose it is; else a number.")] = "",
    office: Annotated[
        str, typer.Option(metavar="TENANT/OFFICE", help="A clerk's office; no other has one.")
    ] = "",
    keys: KeysFile = DEFAULT_KEYS,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for a person and print it, this once. The file keeps only its digest.

    clerk: the clerk's page of one office. viewer: every page of numbers.
    analyst: that, and SQL at the door that `semko up --sql` opens.
    operator: all of it, and alerts, maintenance, SQL on tables.

    [bold]Examples[/]

      semko tokens create --role clerk --office town/centre --name desk-1
      semko tokens create --role viewer --name hall-screen
      semko tokens create --role analyst --name ivo
      semko tokens create --role operator --name ana

    Sign in with it at /login, or send it as `Authorization: Bearer`.
    """
    if (role is Role.CLERK) != bool(office):
        raise CallError("a clerk's token needs --office TENANT/OFFICE, and no other takes one")
    if office and not is_office(office):
        raise CallError(f"--office {office!r} is no office: write it as TENANT/OFFICE")
    if name and not is_id(name):
        raise CallError(f"--name {name!r} is no id: 1 to 64 printable characters without blanks")
    secret, digest = new_secret()
    made = Token(name, digest, role, office, format_instant(clock_ms()))

    def add(held: Keys) -> Keys:
        nonlocal made
        taken = {one.id for one in held.holders()}
        if name in taken:
            raise CallError(f"{keys} has a {name!r} already; revoke it first, or name another")
        free = (f"{role}-{number}" for number in range(1, len(taken) + 2))
        chosen = name or next(each for each in free if each not in taken)
        made = Token(chosen, digest, role, office, made.created)
        return msgspec.structs.replace(held, tokens=[*held.tokens, made])

    named = Setup.of(DEFAULT_STORE, registry=registry).registry()  # before the secret is made
    changed(keys, add)
    if office:
        note_unregistered(named, *office.split("/"))
    if as_json:
        emit({"token_id": made.id, "may": made.may(), "token": secret}, as_json=True)
        return
    say(f"{made.id} may {made.may()}; the token, which is shown only now:")
    out.print(secret, markup=False)


@app.command("list")
def list_tokens(keys: KeysFile = DEFAULT_KEYS, as_json: JsonOption = False) -> None:
    """List tokens: whose they are and what they may do.

    They cannot be shown again: only their digests are kept.

    [bold]Examples[/]

      semko tokens list
      semko tokens list --keys /etc/semko/keys.toml --json
    """
    held = read_keys(keys)
    rows = [(one.id, one.may(), "") for one in held.operators]
    rows += [(one.id, one.may(), one.created) for one in held.tokens]
    if as_json:
        named = [{"token_id": who, "may": may, "created": made or None} for who, may, made in rows]
        emit({"tokens": named}, as_json=True)
        return
    for who, may, made in rows:
        out.print(f"{who} may {may}{f', made {made}' if made else ''}", markup=False)


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="Whose, as `list` says.")],
    keys: KeysFile = DEFAULT_KEYS,
    as_json: JsonOption = False,
) -> None:
    """Take a token back.

    Running gateways refuse it within a second; browsers signed in with it are out.

    [bold]Examples[/]

      semko tokens revoke desk-1
    """

    def take(held: Keys) -> Keys:
        if name not in {one.id for one in held.operators} | {one.id for one in held.tokens}:
            raise CallError(f"{keys} has no token of {name!r}: see `semko tokens list`")
        operators = [one for one in held.operators if one.id != name]
        tokens = [one for one in held.tokens if one.id != name]
        return msgspec.structs.replace(held, operators=operators, tokens=tokens)

    changed(keys, take)
    emit({"revoked": name}, as_json=as_json)
