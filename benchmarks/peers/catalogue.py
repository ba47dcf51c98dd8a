"""Who takes part: names, programs, and the packages that each stands on."""

from dataclasses import dataclass

PACKAGE = "benchmarks.peers.engines"


@dataclass(frozen=True, slots=True)
class Engine:
    """One way of doing the job."""

    name: str
    label: str
    """As the table has it."""
    program: str
    """A module of `PACKAGE`, or a class of the Java project; empty: `semko worker`."""
    arguments: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    """Packages of its own environment; without any it runs in this one."""
    java: bool = False
    slow: bool = False
    """Gets fewer events."""
    whole_job: bool = True
    """Whether it makes rows at all."""

    @property
    def foreign(self) -> bool:
        """Whether it wants an environment that must be fetched."""
        return self.java or bool(self.pins)


_FAUST = ("faust-streaming==0.15.3", "aiokafka==0.14.0", "cramjam==2.11.0", "msgspec==0.22.0")
"""Without cramjam stock Faust cannot read what is compressed, and stops."""
_QUIX = ("quixstreams==3.28.1", "msgspec==0.22.0")
_BYTEWAX = ("bytewax==0.21.1", "confluent-kafka==2.16.1", "msgspec==0.22.0")

ENGINES = (
    Engine("ours", "SEMKO's transport and codec, in columns", "ours", ("codec",)),
    Engine(
        "ours-plain", "SEMKO's transport, the peers' decoding and dictionaries", "ours", ("plain",)
    ),
    Engine("ours-all", "SEMKO, all rules, rows in the store: `semko worker --drain`", ""),
    Engine("consume", "confluent-kafka, consuming only", "bare", ("consume",), whole_job=False),
    Engine("decode", "confluent-kafka, decoding by msgspec", "bare", ("decode",), whole_job=False),
    Engine("bare", "confluent-kafka, plain loop with dictionaries", "bare", ("job",)),
    Engine(
        "faust",
        "stock Faust, one agent, dictionaries, `noack`",
        "stock_faust",
        pins=_FAUST,
        slow=True,
    ),
    Engine("bytewax", "Bytewax, own batch source, dictionaries", "bytewax_flow", pins=_BYTEWAX),
    Engine("quix", "Quix Streams, closure with dictionaries", "quix_app", pins=_QUIX),
    Engine("kafka-streams", "Kafka Streams, Processor API, changelog off", "StreamsJob", java=True),
    Engine("flink", "Flink, DataStream, one keyed function", "FlinkJob", java=True),
)
