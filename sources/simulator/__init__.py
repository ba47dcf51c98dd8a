"""A simulated town: what its desks do and its citizens say, as the records of a log.

The same town and seed give the same records, whenever and in whatever steps they are asked for.
"""

from sources.simulator.files import write_ndjson
from sources.simulator.incidents import Incident, parse_incident
from sources.simulator.presets import city, country, preset, town, village
from sources.simulator.rows import Role, Truth
from sources.simulator.simulation import Simulation, simulate
from sources.simulator.town import CALM, Town, load_town, parse_town

__all__ = [
    "CALM",
    "Incident",
    "Role",
    "Simulation",
    "Town",
    "Truth",
    "city",
    "country",
    "load_town",
    "parse_incident",
    "parse_town",
    "preset",
    "simulate",
    "town",
    "village",
    "write_ndjson",
]
