"""By what score drops are judged: the thresholds that ship, and the registry's time zones."""

from importlib import resources

from models.registry import Registry
from streams import core
from streams.core.alarm_thresholds import ThresholdTable
from streams.shell.judge import Rules


def rules_of(registry: Registry) -> Rules:
    """The rules of an installation."""
    text = resources.files(core).joinpath("alarm_thresholds.csv").read_text("utf-8")
    return Rules(ThresholdTable.of(text), registry.time_zone)
