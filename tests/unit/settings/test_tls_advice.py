from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.settings.machine import Machine
from router.settings.problems import Data
from tests.support.certificates import Authority, self_signed
from tests.unit.settings.configs import (
    AI,
    LEGACY,
    examined_at,
    problems_in,
    service,
    warnings_of,
    warnings_on,
)

NOW = datetime.now(UTC) + timedelta(hours=1)
"""Within the two days for which certificates are made here, and not at their very begin."""
QUIET: dict[str, Data] = {"key": "header:x-user-id", "cache": "private"}
HTTPS: dict[str, Data] = {"endpoints": ["https://10.0.0.1:9443"]}
PAIR: dict[str, Data] = {"cert": "tls.crt", "key": "tls.key"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold a pair that is valid for two days, and its authority."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    made = authority.issue("DNS:a")
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "tls.crt").write_text(made.certificate)
    (folder / "tls.key").write_text(made.key)
    (folder / "tls.key").chmod(0o600)
    (folder / "open.key").write_text(made.key)
    (folder / "open.key").chmod(0o644)
    made.lock(folder / "locked.key")
    other = authority.issue("DNS:b")
    (folder / "other.key").write_text(other.key)
    return folder


def warnings_at(
    folder: Path, moment: datetime, *services: dict[str, Data], **sections: Data
) -> list[tuple[str, str]]:
    machine = Machine(cores=64, descriptors=1_000_000, now=moment.timestamp())
    return warnings_on(machine, *services, folder=folder, **sections)


def of_listener(folder: Path, moment: datetime, **tls: Data) -> list[tuple[str, str]]:
    sections: dict[str, Data] = {"tls": {**PAIR, **tls}}
    return warnings_at(folder, moment, service(split=QUIET), proxy=sections)


# What is refused...


@pytest.mark.parametrize(
    ("key", "statement"),
    [
        ("other.key", "the file does not belong to the certificate"),
        (
            "locked.key",
            "the file is encrypted: nobody is there to type its password when the router starts",
        ),
    ],
)
def test_a_key_that_does_not_fit_is_named_by_its_place(
    folder: Path, key: str, statement: str
) -> None:
    listener = problems_in(folder, proxy={"tls": {**PAIR, "key": key}})
    assert listener == [("proxy.tls.key", statement)]
    upstream = problems_in(folder, service(ai={**AI, "tls": {**PAIR, "key": key}}))
    assert upstream == [("services[0].ai.tls.key", statement)]


@pytest.mark.parametrize(
    ("tls", "path", "statement"),
    [
        ({"cert": "tls.crt"}, "cert", "'tls.crt' needs `key`, its private key"),
        (
            {"key": "tls.key"},
            "key",
            "the file needs `cert`, the certificate that it belongs to",
        ),
    ],
)
def test_half_a_pair_is_refused(
    folder: Path, tls: dict[str, Data], path: str, statement: str
) -> None:
    found = problems_in(folder, service(ai={**HTTPS, "tls": tls}))
    assert found == [(f"services[0].ai.tls.{path}", statement)]
    assert problems_in(None, service(ai={**HTTPS, "tls": tls})) == found


# What is allowed, and said...


def test_a_certificate_is_mentioned_two_weeks_before_its_end(tmp_path: Path) -> None:
    made = self_signed(tmp_path / "own", "DNS:a", days=100, key=Ed25519PrivateKey.generate())
    made.certificate_path.rename(tmp_path / "tls.crt")
    made.key_path.rename(tmp_path / "tls.key")
    assert of_listener(tmp_path, NOW) == []
    assert of_listener(tmp_path, NOW + timedelta(days=85)) == []
    ((path, statement),) = of_listener(tmp_path, NOW + timedelta(days=87))
    assert path == "proxy.tls.cert"
    assert statement.endswith(" UTC, in 12 days")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "not valid before "),
        (0.5, "expires at "),
        (3, "expired at "),
    ],
)
@pytest.mark.parametrize("place", ["proxy", "services[0].ai"])
def test_a_certificate_out_of_time_is_mentioned(
    folder: Path, days: float, words: str, place: str
) -> None:
    moment = NOW + timedelta(days=days)
    if place == "proxy":
        ((path, statement),) = of_listener(folder, moment)
    else:
        variant = service(ai={**HTTPS, "tls": PAIR}, split=QUIET)
        ((path, statement),) = warnings_at(folder, moment, variant)
    assert path == f"{place}.tls.cert"
    assert statement.startswith(words)
    assert " UTC" in statement


def test_how_long_a_certificate_still_has_is_said_in_hours_at_the_end(folder: Path) -> None:
    ((_, statement),) = of_listener(folder, NOW + timedelta(days=1))
    assert statement.endswith(("in 22 hours", "in 23 hours"))


@pytest.mark.parametrize("days", [-1, 3])
def test_authorities_of_which_none_is_valid_are_mentioned(folder: Path, days: int) -> None:
    variant = service(ai={**HTTPS, "tls": {"ca": "ca.pem"}}, split=QUIET)
    assert warnings_at(folder, NOW, variant) == []
    assert warnings_at(folder, NOW + timedelta(days=days), variant) == [
        ("services[0].ai.tls.ca", "none of the certificates is valid now")
    ]


def test_a_key_that_everybody_may_read_is_mentioned(folder: Path) -> None:
    paths = [path for path, _ in of_listener(folder, NOW + timedelta(days=3), key="open.key")]
    assert paths == ["proxy.tls.cert", "proxy.tls.key"]


def test_without_the_time_of_day_dates_are_not_judged(folder: Path) -> None:
    found = examined_at(folder, service(ai={**HTTPS, "tls": PAIR}, split=QUIET))
    assert (found.problems, found.warnings) == ((), ())


def test_tls_without_an_https_endpoint_is_unused() -> None:
    found = warnings_of(service(legacy={**LEGACY, "tls": {"verify": True}}, split=QUIET))
    assert found == [("services[0].legacy.tls", "unused: none of the endpoints is https")]


def test_a_backend_that_is_not_verified_is_mentioned() -> None:
    found = warnings_of(service(ai={**HTTPS, "tls": {"verify": False, "ca": "x"}}, split=QUIET))
    assert found == [
        ("services[0].ai.tls.ca", "unused: verify is false"),
        (
            "services[0].ai.tls.verify",
            "whoever answers is trusted: with `ca` a certificate of your own can be verified",
        ),
    ]


def test_endpoints_with_and_without_tls_in_one_variant_are_mentioned() -> None:
    endpoints: Data = ["https://a", "http://b"]
    ((path, statement),) = warnings_of(service(ai={"endpoints": endpoints}, split=QUIET))
    assert path == "services[0].ai.endpoints"
    assert "clear text" in statement
