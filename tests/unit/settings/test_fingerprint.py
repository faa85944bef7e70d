import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import Field

from router.settings.fingerprint import DIGITS, _plain, config_hash
from router.settings.kinds import Switch
from router.settings.load import examine_text
from router.settings.problems import Data
from router.settings.schema_release import ReleaseSettings
from tests.support.certificates import Authority
from tests.unit.settings.configs import AI, examined_at, service, settings_of

ROOT = Path(__file__).resolve().parents[3]
COMPLETE = ROOT / "config" / "gray-router.yaml"
PROGRAM = """
from pathlib import Path
from router.settings.fingerprint import config_hash
from router.settings.load import load_settings
print(config_hash(load_settings(Path("config/gray-router.yaml"), {})))
"""


def hash_of(*services: dict[str, Data], **sections: Data) -> str:
    return config_hash(settings_of(*services, **sections))


def hash_of_text(text: str) -> str:
    settings = examine_text(text.encode(), {}, "x").settings
    assert settings is not None
    return config_hash(settings)


def test_it_is_twelve_hex_digits() -> None:
    found = hash_of()
    assert len(found) == DIGITS
    int(found, 16)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_every_process_finds_the_same(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == hash_of_text(COMPLETE.read_text())


def test_order_of_keys_comments_and_defaults_mean_nothing() -> None:
    assert hash_of_text("""
services:
  - name: support
    match: {headers: {x-a: "1", x-b: "2"}}
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
""") == hash_of_text("""
# The same, said differently.
lease: 15000ms
services:
  - ai: {connect_timeout: 2s, endpoints: ["http://127.0.0.1:9002/"]}
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    match: {headers: {X-B: "2", X-A: "1"}}
    name: support
proxy:
""")


@pytest.mark.parametrize(
    "sections",
    [
        {"proxy": {"listen": "127.0.0.1:1"}},
        {"admin": {"listen": "127.0.0.1:2"}},
        {"state_dir": "/var/lib/x"},
        {"store": {"url": "memory:"}},
        {"admin": {"insecure": True}},
        {"replica": {"name": "r1"}},
        {"proxy": {"workers": 7}},
    ],
)
def test_what_belongs_to_one_machine_does_not_count(sections: dict[str, Data]) -> None:
    assert hash_of(**sections) == hash_of()


@pytest.mark.parametrize(
    "changed",
    [
        service("other"),
        service(ai={"endpoints": ["https://127.0.0.1:9002"]}),
        service(ai={**AI, "slow_start": "1s"}),
        service(split={"key": "header:x"}),
        service(split={"key": "cookie:x"}),
        service(match={"headers": {"x-a": "1"}}),
        service(shadow={"send": "both"}),
        service(compare={"ignore": ["/id"]}),
        service(ai={**AI, "forward": {"drop_headers": ["cookie"]}}),
    ],
)
def test_what_replicas_must_share_counts(changed: dict[str, Data]) -> None:
    assert hash_of(changed) != hash_of()


def test_replicas_must_share_the_key_of_the_vault_and_it_does_not_show() -> None:
    keys = ("0123456789abcdef" * 4, "fedcba9876543210" * 4)
    one, other = (hash_of(records={"key": key}) for key in keys)
    assert len({one, other, hash_of()}) == 3
    assert hash_of(records={"key": keys[0].upper()}) == one


def test_kinds_of_values_are_told_apart() -> None:
    values: list[Data] = [1, True, "1", 1.5, None, 2**63 - 1]
    rules: list[Data] = [[{"when": {"json": {"/a": value}}, "variant": "ai"}] for value in values]
    found = {hash_of(service(split={"rules": rule})) for rule in rules}
    assert len(found) == len(values)


def test_files_count_by_what_they_hold(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, second = authority.issue("DNS:a"), authority.issue("DNS:b")
    hashes: list[str] = []
    for folder, certificate in (("one", first), ("two", first), ("three", second)):
        place = tmp_path / folder
        place.mkdir()
        (place / "ca.pem").write_text(certificate.certificate)
        ai: dict[str, Data] = {**AI, "tls": {"ca": "ca.pem"}}
        settings = examined_at(place, service(ai=ai)).settings
        assert settings is not None
        hashes.append(config_hash(settings))
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


def test_when_nothing_is_raised_counts() -> None:
    windows = [
        hash_of(service(release={"no_raise": [day]})) for day in ("2026-12-24", "2026-12-25")
    ]
    assert len({*windows, hash_of()}) == 3


class LaterSettings(ReleaseSettings):
    """As a later version may know it."""

    mood: Switch = Field(default=False, description="…")
    moods: ReleaseSettings = Field(default=ReleaseSettings(), description="…")


def test_one_file_is_the_same_config_for_a_version_that_knows_more_keys() -> None:
    assert _plain(LaterSettings(), "") == _plain(ReleaseSettings(), "") == {}
    assert _plain(LaterSettings(mood=True), "") == {"mood": True}


def test_a_section_that_is_there_with_its_defaults_is_not_one_that_is_not_there() -> None:
    assert hash_of(service(split={"cookie": {}})) != hash_of(service())


def test_a_section_that_differs_in_what_is_of_one_machine_alone_does_not_differ() -> None:
    assert hash_of(proxy={"listen": "127.0.0.1:1"}) == hash_of()


def test_each_machine_may_have_a_certificate_of_its_own_but_not_one_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    hashes: list[str] = []
    for name in ("DNS:a", "DNS:b"):
        certificate = authority.issue(name)
        (tmp_path / "tls.crt").write_text(certificate.certificate)
        (tmp_path / "tls.key").write_text(certificate.key)
        proxy: dict[str, Data] = {"tls": {"cert": "tls.crt", "key": "tls.key"}}
        settings = examined_at(tmp_path, service(), proxy=proxy).settings
        assert settings is not None
        hashes.append(config_hash(settings))
    assert hashes[0] == hashes[1] != hash_of()


def test_who_reads_the_stream_is_a_matter_of_one_machine() -> None:
    def judging(judge: bool, max_age: str = "1h") -> str:
        stream: Data = {"stream": {"judge": judge, "max_age": max_age}}
        records: Data = {"key": bytes(range(32)).hex()}
        return hash_of(comparer=stream, records=records, store={"url": "redis://there"})

    assert judging(judge=True) == judging(judge=False)
    assert judging(judge=True) != judging(judge=True, max_age="2h")
