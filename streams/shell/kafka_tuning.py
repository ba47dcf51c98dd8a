"""How the consumer's thread reads, whatever the cluster: figures, each with its reason."""

CHUNK = 250
"""Records taken at once: Message objects must die while they are in the processor's cache."""
ROUND = 2_000
"""Records taken before anything else has its turn."""
TICK_SECONDS = 0.05
"""The longest poll: how soon the thread sees what others want of it."""
SHORT_SECONDS = 0.003
"""The same while records wait for an acknowledgement, which is such an errand."""
CONSUMER: dict[str, str | int | bool] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # an offset outside the log is refused, never skipped
    "enable.partition.eof": True,
    "check.crcs": True,
    "isolation.level": "read_committed",
    "max.poll.interval.ms": 86_400_000,  # a loop that is blocked is the watchdog's
    "log_level": 2,  # what it says comes as errors, too
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.max.ms": 2_000,
    # At 1,000 events/s one answer an event took broker and worker 78 % of a core, so 60 %.
    "fetch.min.bytes": 100_000,
    "fetch.wait.max.ms": 10,
    "fetch.queue.backoff.ms": 5,  # by default a full queue stalls for a second
    "queued.min.messages": 20_000,
    "queued.max.messages.kbytes": 32_768,
}
