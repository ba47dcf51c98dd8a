"""Settings of Kafka: what the address and the variables say, and which wrong one is named."""

from pathlib import Path

import pytest

from models.errors import CallError
from streams.shell.kafka_settings import VARIABLES, KafkaSettings, Sasl, Secret, Tls

URL = "kafka://broker:9092"
WORD = "hidden-word"
LOGIN = {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "PLAIN", "SASL_USERNAME": "semko"}


def told(url: str = URL, /, **variables: str) -> KafkaSettings:
    return KafkaSettings.of(url, {VARIABLES + name: value for name, value in variables.items()})


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """A file that is there; what it holds is looked at by whoever connects."""
    path = tmp_path / "some.pem"
    path.write_text("PEM")
    return path


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("kafka://broker", ("broker:9092",)),
        ("kafka://broker:19092/", ("broker:19092",)),
        ("kafka://a,b:9093,10.0.0.1:9094", ("a:9092", "b:9093", "10.0.0.1:9094")),
        ("kafka://[::1]:9092", ("[::1]:9092",)),
    ],
)
def test_an_address_names_one_broker_or_several(url: str, servers: tuple[str, ...]) -> None:
    assert told(url).servers == servers


@pytest.mark.parametrize(
    "url",
    [
        "kafka://",
        "kafka:broker",
        "broker:9092",
        "kafka://broker:0",
        "kafka://broker:99999",
        "kafka://a,,b",
        "kafka://broker:9092/topic",
        "http://broker:9092",
    ],
)
def test_what_is_no_address_is_refused_with_one_that_is(url: str) -> None:
    with pytest.raises(CallError, match=r"--broker .*write kafka://host:9092"):
        told(url)


def test_without_variables_it_is_a_plain_connection_of_a_member_that_the_broker_assigns() -> None:
    settings = told()
    assert settings == KafkaSettings(("broker:9092",))
    connection = {
        "bootstrap.servers": "broker:9092",
        "client.id": "semko",
        "security.protocol": "PLAINTEXT",
    }
    assert settings.librdkafka() == connection
    assert settings.librdkafka_member("semko") == {
        **connection,
        "group.id": "semko",
        "group.protocol": "consumer",
        "group.remote.assignor": "range",
    }
    assert settings.kafka_python() == {
        "bootstrap_servers": ["broker:9092"],
        "client_id": "semko",
        "security_protocol": "PLAINTEXT",
    }


def test_an_empty_variable_is_as_good_as_none_and_those_of_others_are_not_ours() -> None:
    assert told(SASL_USERNAME="", PREFIX="") == told()
    assert KafkaSettings.of(URL, {"SEMKO_STORE": "x", "KAFKA_OPTS": "y"}) == told()


def test_tls_and_login_are_the_same_in_the_words_of_both_clients(pem: Path) -> None:
    settings = told(
        **LOGIN,
        SASL_PASSWORD=WORD,
        SSL_CA=str(pem),
        SSL_CERTIFICATE=str(pem),
        SSL_KEY=str(pem),
        SSL_KEY_PASSWORD="key-word",
    )
    assert settings.sasl == Sasl("PLAIN", "semko", Secret(WORD))
    assert settings.tls == Tls(pem, pem, pem, Secret("key-word"))
    assert settings.librdkafka() == {
        "bootstrap.servers": "broker:9092",
        "client.id": "semko",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "semko",
        "sasl.password": WORD,
        "ssl.ca.location": str(pem),
        "ssl.certificate.location": str(pem),
        "ssl.key.location": str(pem),
        "ssl.key.password": "key-word",
    }
    assert settings.kafka_python() == {
        "bootstrap_servers": ["broker:9092"],
        "client_id": "semko",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "semko",
        "sasl_plain_password": WORD,
        "ssl_cafile": str(pem),
        "ssl_certfile": str(pem),
        "ssl_keyfile": str(pem),
        "ssl_password": "key-word",
    }


def test_a_password_comes_from_a_file_without_the_end_of_its_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{WORD} \n")
    settings = told(**LOGIN, SASL_PASSWORD_FILE=str(file))
    assert settings.librdkafka()["sasl.password"] == f"{WORD} "


def test_words_are_read_in_upper_and_lower_case() -> None:
    settings = told(
        SECURITY_PROTOCOL="sasl_plaintext",
        SASL_MECHANISM="scram-sha-512",
        SASL_USERNAME="semko",
        SASL_PASSWORD=WORD,
    )
    assert settings.security_protocol == "SASL_PLAINTEXT"
    assert settings.librdkafka()["sasl.mechanism"] == "SCRAM-SHA-512"


def test_a_classic_member_has_a_session_of_its_own_and_a_static_one_its_name() -> None:
    member = told(GROUP_PROTOCOL="classic", SESSION_TIMEOUT="60s", GROUP_INSTANCE_ID="worker-1")
    assert (
        member.librdkafka_member("semko").items()
        >= {
            "group.protocol": "classic",
            "partition.assignment.strategy": "range",
            "session.timeout.ms": 60_000,
            "group.instance.id": "worker-1",
        }.items()
    )
    assert "group.remote.assignor" not in member.librdkafka_member("semko")
    assert told(GROUP_PROTOCOL="classic").session_timeout_ms == 45_000


def test_a_prefix_stands_before_topics_and_groups_and_is_taken_off_again() -> None:
    settings = told(PREFIX="town-a.")
    assert settings.named("votes") == "town-a.votes"
    assert settings.unnamed("town-a.votes") == "votes"
    assert settings.librdkafka_member("semko")["group.id"] == "town-a.semko"


def test_the_allowed_downtime_is_a_duration() -> None:
    assert told().downtime_ms == 7 * 86_400_000
    assert told(DOWNTIME="36h").downtime_ms == 36 * 3_600_000


@pytest.mark.parametrize(
    ("variables", "named", "says"),
    [
        ({"SASL_USER": "x"}, "SASL_USER", "is SEMKO_KAFKA_SASL_USERNAME meant?"),
        ({"TLS_CA": "x"}, "TLS_CA", "is SEMKO_KAFKA_SSL_CA meant?"),
        ({"SECURITY_PROTOCOL": "TLS"}, "SECURITY_PROTOCOL", "SASL_PLAINTEXT or SASL_SSL"),
        ({"GROUP_PROTOCOL": "kip-848"}, "GROUP_PROTOCOL", "consumer or classic"),
        ({"SASL_PASSWORD": WORD}, "SASL_PASSWORD", "set SEMKO_KAFKA_SECURITY_PROTOCOL=SASL_SSL"),
        ({"SSL_CA": __file__}, "SSL_CA", "set SEMKO_KAFKA_SECURITY_PROTOCOL=SSL"),
        (
            {**LOGIN, "SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SSL_CA": __file__}
            | {"SASL_PASSWORD": WORD},
            "SSL_CA",
            "SEMKO_KAFKA_SECURITY_PROTOCOL=SASL_SSL",
        ),
        ({**LOGIN, "SASL_MECHANISM": ""}, "SASL_MECHANISM", "is not set"),
        ({**LOGIN, "SASL_MECHANISM": "GSSAPI"}, "SASL_MECHANISM", "SCRAM-SHA-512"),
        ({**LOGIN, "SASL_USERNAME": ""}, "SASL_USERNAME", "SASL_SSL needs it"),
        (LOGIN, "SASL_PASSWORD", "one of them must be set"),
        (
            {**LOGIN, "SASL_PASSWORD": WORD, "SASL_PASSWORD_FILE": __file__},
            "SASL_PASSWORD",
            "set one of them, not both",
        ),
        ({**LOGIN, "SASL_PASSWORD_FILE": "missing"}, "SASL_PASSWORD_FILE", "no such file"),
        ({"SECURITY_PROTOCOL": "SSL", "SSL_CA": "missing"}, "SSL_CA", "names missing"),
        ({"SECURITY_PROTOCOL": "SSL", "SSL_KEY": __file__}, "SSL_CERTIFICATE", "go together"),
        ({"SECURITY_PROTOCOL": "SSL", "SSL_CERTIFICATE": __file__}, "SSL_KEY", "go together"),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_KEY_PASSWORD": WORD},
            "SSL_KEY_PASSWORD",
            "SEMKO_KAFKA_SSL_KEY is not",
        ),
        ({"SESSION_TIMEOUT": "45s"}, "SESSION_TIMEOUT", "group.consumer.session.timeout.ms"),
        (
            {"GROUP_PROTOCOL": "classic", "SESSION_TIMEOUT": "45"},
            "SESSION_TIMEOUT",
            "a number with a unit",
        ),
        ({"DOWNTIME": "a week"}, "DOWNTIME", "a number with a unit"),
        ({"PREFIX": "town a"}, "PREFIX", "letters, digits"),
    ],
)
def test_a_wrong_variable_is_named_with_what_would_be_right(
    variables: dict[str, str], named: str, says: str
) -> None:
    with pytest.raises(CallError) as refused:
        told(**variables)
    assert str(refused.value).startswith(f"{VARIABLES}{named} ")
    assert says in str(refused.value)
    assert WORD not in str(refused.value)


@pytest.mark.parametrize(("held", "says"), [(b"\xff\xfe", "no UTF-8"), (b"\n", "is empty")])
def test_a_password_that_is_none_is_refused_with_its_file(
    tmp_path: Path, held: bytes, says: str
) -> None:
    file = tmp_path / "password"
    file.write_bytes(held)
    with pytest.raises(CallError, match=f"SASL_PASSWORD_FILE names {file}, .*{says}"):
        told(**LOGIN, SASL_PASSWORD_FILE=str(file))


def test_no_secret_is_shown_whatever_shows_the_settings() -> None:
    settings = told(**LOGIN, SASL_PASSWORD=WORD)
    shown = f"{settings!r} {settings} {settings.librdkafka()} {settings.kafka_python()}"
    assert WORD not in shown
    with pytest.raises(CallError) as refused:
        told(f"kafka://semko:{WORD}@broker:9092")
    assert WORD not in str(refused.value)
