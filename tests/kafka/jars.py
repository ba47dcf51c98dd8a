"""Kafka's jars."""

from pathlib import Path

from tests.jars import jars_of

VERSION = "4.1.1"
POM = Path(__file__).with_name("pom.xml")


def kafka_jars(folder: Path | None = None) -> Path:
    """The folder with the jars of a broker, in the cache ``folder``."""
    return jars_of(POM, f"kafka-{VERSION}", [f"-Dkafka.version={VERSION}"], folder)
