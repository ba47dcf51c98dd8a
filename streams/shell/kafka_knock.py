"""Whether a Kafka cluster lets us in, and if not, why: by librdkafka, which says it.

kafka-python keeps trying and loses the broker's reason with a closed connection.
"""

import time

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from models.errors import LogUnavailable, WorldError
from streams.shell.kafka_settings import KafkaSettings

WAIT_SECONDS = 0.3
FOR_GOOD = {KafkaError._AUTHENTICATION, KafkaError._SSL}
"""What no waiting mends."""


def knock(settings: KafkaSettings, patience_seconds: float) -> None:
    """Return once a broker has let us in.

    Raises LogUnavailable where none has within ``patience_seconds``, and WorldError at once where
    none ever will: a wrong password, a certificate that cannot be used.
    """
    where = ", ".join(settings.servers)
    problems: list[KafkaError] = []
    told = {**settings.librdkafka(), "log_level": 0, "error_cb": problems.append}
    try:
        client = AdminClient(told)  # type: ignore[arg-type]  # its stub knows no callbacks
    except KafkaException as problem:
        raise WorldError(
            f"the connection to Kafka cannot be made: {problem.args[0].str()}. Mend the files that"
            " SEMKO_KAFKA_SSL_CA, _CERTIFICATE and _KEY name"
        ) from None
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            client.list_topics(timeout=WAIT_SECONDS)
        except KafkaException as problem:
            client.poll(0)
            last = problem.args[0]
        else:
            return
        for each in problems:
            if each.code() in FOR_GOOD:
                raise WorldError(
                    f"Kafka at {where} does not let us in: {each.str()}. Set the variables"
                    " SEMKO_KAFKA_… to what its listener wants"
                )
        if time.monotonic() > deadline:
            causes = [each for each in problems if each.code() != KafkaError._ALL_BROKERS_DOWN]
            raise unreachable(settings, (causes or [last])[-1].str())


def unreachable(settings: KafkaSettings, why: str) -> LogUnavailable:
    """The error of a cluster that does not answer now."""
    return LogUnavailable(
        f"Kafka does not answer at {', '.join(settings.servers)} ({why}): see that it runs, that"
        " --broker names where it listens, and that SEMKO_KAFKA_SECURITY_PROTOCOL is its listener's"
    )
