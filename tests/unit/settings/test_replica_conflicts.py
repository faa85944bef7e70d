import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import problems_of

LISTEN = "127.0.0.1:9902"
SHARED_KEY = "a-secret-that-has-32-characters!"
TLS: dict[str, Data] = {"cert": "peer.crt", "key": "peer.key"}


def found(**replica: Data) -> list[tuple[str, str]]:
    return problems_of(replica=replica)


def test_whoever_can_connect_must_not_roll_back() -> None:
    refused = [
        (
            "replica.listen",
            (
                "lets anybody roll back who reaches it, allowed is `secret` beside it, or `tls` "
                "with `client_ca`"
            ),
        )
    ]
    assert found(listen=LISTEN) == refused
    assert found(listen=LISTEN, tls=TLS) == refused
    assert found(listen=LISTEN, secret=SHARED_KEY) == []
    assert found(listen=LISTEN, tls={**TLS, "client_ca": "ca.pem"}) == []


def test_nobody_is_sent_to_where_nobody_listens() -> None:
    ((path, statement),) = found(advertise="http://r1:9902", secret=SHARED_KEY)
    assert path == "replica.advertise"
    assert statement == "leads to where nobody listens, allowed is `listen` beside it"


@pytest.mark.parametrize(
    ("scheme", "tls", "allowed"),
    [
        ("https", None, "`tls` beside it, or http"),
        ("http", TLS, "https"),
        ("http", None, None),
        ("https", TLS, None),
    ],
)
def test_the_scheme_is_the_one_that_is_spoken(scheme: str, tls: Data, allowed: str | None) -> None:
    problems = found(listen=LISTEN, secret=SHARED_KEY, advertise=f"{scheme}://r1:9902", tls=tls)
    if allowed is None:
        assert problems == []
    else:
        ((path, statement),) = problems
        assert path == "replica.advertise"
        assert statement.endswith(f"allowed is {allowed}")


def test_a_url_that_cannot_be_read_is_told_once() -> None:
    problems = found(listen=LISTEN, secret=SHARED_KEY, advertise="r1:9902")
    assert [path for path, _ in problems] == ["replica.advertise"]
