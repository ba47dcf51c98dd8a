"""`semko schema`: the event contract for other programs."""

import sys

import msgspec

from commands.terminal import new_app
from models.contract import json_schema

app = new_app()


@app.command()
def schema() -> None:
    """Print the event contract as JSON Schema.

    For whoever sends events, or checks them before.

    [bold]Example[/]

      semko schema > events.schema.json
    """
    text = msgspec.json.format(msgspec.json.encode(json_schema()), indent=2)
    sys.stdout.buffer.write(text + b"\n")
