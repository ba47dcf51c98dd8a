"""`make kafka`: a broker for a developer with our topics, until Ctrl-C; then all is gone."""

import signal
import sys
import tempfile
from pathlib import Path

from streams.shell.kafka_settings import KafkaSettings
from tests.kafka.broker import kill_brokers, start_brokers
from tests.kafka.worlds import make_topics

PARTITIONS = 12


def main(port: int) -> None:
    """Serve on ``port`` of this machine until SIGINT or SIGTERM."""
    with tempfile.TemporaryDirectory(prefix="semko-kafka-") as folder:
        brokers = start_brokers(Path(folder), port=port)
        try:
            url = brokers[0].url
            make_topics(KafkaSettings.of(url, {}), PARTITIONS)
            sys.stdout.write(
                f"Kafka answers at 127.0.0.1:{port}, with completions and votes of {PARTITIONS}"
                f" partitions and alert_actions. For semko:\n\n  export SEMKO_BROKER={url}\n\n"
                "Ctrl-C ends it and throws away what it holds.\n"
            )
            sys.stdout.flush()
            signal.pause()
        except KeyboardInterrupt:
            sys.stdout.write("\n")
        finally:
            kill_brokers(brokers)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main(int(sys.argv[1]))
