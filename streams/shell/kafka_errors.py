"""What errors of librdkafka mean for us: pass by themselves, shut us out, or end the worker."""

import time
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException

from models.errors import LogDamaged, LogFenced, LogUnavailable, OffsetOutsideLog, WorldError
from streams.shell.batches import TopicPartition

TOLD_EVERY_SECONDS = 30.0

_DAMAGED = {
    KafkaError._BAD_MSG,
    KafkaError._BAD_COMPRESSION,
    KafkaError.INVALID_MSG,
    KafkaError.INVALID_MSG_SIZE,
}
_OUTSIDE = {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}
_FORBIDDEN = {
    KafkaError._AUTHENTICATION,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
}
_GONE = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.UNKNOWN_TOPIC_ID, KafkaError._UNKNOWN_TOPIC}
_UNSUPPORTED = {KafkaError._UNSUPPORTED_FEATURE, KafkaError.UNSUPPORTED_VERSION}
_SHUT_OUT = {
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.FENCED_MEMBER_EPOCH,
}


class Seldom:
    """The same error comes with every attempt to connect: it is told now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[int, float] = {}

    def may_tell(self, code: int) -> bool:
        """Whether this kind of error was not told for a while."""
        now = self._clock()
        if now - self._told.get(code, float("-inf")) < TOLD_EVERY_SECONDS:
            return False
        self._told[code] = now
        return True


def fatal_error(error: KafkaError, source: TopicPartition | None, offset: int) -> WorldError | None:
    """What must end the worker, since reading on would lose records or never succeed; or None.

    ``source`` and ``offset`` say where, if it is about a partition.
    """
    told = _about_a_partition(error, source, offset) if source is not None else None
    return told or _about_us(error)


def _about_a_partition(error: KafkaError, source: TopicPartition, offset: int) -> WorldError | None:
    code, said, where = error.code(), error.str(), f"{source.topic}/{source.partition}"
    if code in _DAMAGED:
        return LogDamaged(
            f"{where} is damaged at offset {offset} ({said}): restore the broker's copy from"
            " another replica. Nothing after it was read."
        )
    if code in _OUTSIDE:
        return OffsetOutsideLog(
            f"{where}: the log no longer holds offset {offset} ({said}). Records that were never"
            " counted are gone, by retention or by a broker that lost them: restore log or store"
            " from copies that belong together, or begin with a new log.",
            offset,
            offset,
        )
    if code in _GONE:
        return WorldError(
            f"the topic of {where} is gone while it is read ({said}): was it deleted? A new one is"
            " read from its beginning after a restart"
        )
    return None


def _about_us(error: KafkaError) -> WorldError | None:
    code, said = error.code(), error.str()
    if code in _FORBIDDEN:
        return WorldError(
            f"Kafka refuses us ({said}): see SEMKO_KAFKA_SASL_* and the broker's access lists; a"
            " worker reads topics and its group, a gateway writes topics"
        )
    if code in _UNSUPPORTED:
        return WorldError(
            f"this Kafka is too old for the group protocol ({said}): use 4.0 or newer, or set"
            " SEMKO_KAFKA_GROUP_PROTOCOL=classic"
        )
    if error.fatal() or code == KafkaError._FATAL:
        return WorldError(
            f"Kafka has shut this member out for good ({said}): is another worker running under the"
            " same SEMKO_KAFKA_GROUP_INSTANCE_ID?"
        )
    return None


def refusal(error: KafkaError) -> LogFenced | LogUnavailable:
    """Why a commit or a claim was not taken: others own the partition, or it may be tried again."""
    if error.code() in _SHUT_OUT or error.fatal():
        return LogFenced(f"this worker is no member of its group any more ({error.str()})")
    return LogUnavailable(f"Kafka did not take a position ({error.str()})")


def error_of(problem: KafkaException) -> KafkaError:
    """The error within an exception."""
    error: KafkaError = problem.args[0]
    return error
