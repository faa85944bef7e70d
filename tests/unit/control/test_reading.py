from collections.abc import Callable
from pathlib import Path

import pytest

from router.control.reading import Reading, read_config, settings_of
from router.control.watch import look_at
from router.errors import SettingsError
from router.settings.load import Examination, examine
from tests.support.certificates import Authority

SERVICES = "services: [{name: a, legacy: {endpoints: ['http://a']}, ai: {endpoints: ['http://b']}}]"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "gray-router.yaml"
    path.write_text(SERVICES)
    return path


def read(path: Path, *known: Path, meanwhile: Callable[[], object] = lambda: None) -> Reading:
    """Read a config, and do something after each time that its files were read."""

    def examined() -> Examination:
        found = examine(path, {})
        meanwhile()
        return found

    return read_config(path, examined, known)


def with_certificates(path: Path) -> tuple[Path, Path]:
    """Let the config name a certificate and a key; return their files."""
    made = Authority(path.parent).issue("DNS:a")
    path.write_text(
        f"proxy: {{tls: {{cert: '{made.certificate_path}', key: '{made.key_path}'}}}}\n{SERVICES}"
    )
    return made.certificate_path, made.key_path


def test_a_config_is_read_with_what_was_seen_of_its_file(path: Path) -> None:
    reading = read(path)
    assert reading.settings is not None
    assert settings_of(reading) is reading.settings
    assert reading.warnings
    assert reading.look == look_at([path])


def test_what_is_written_while_we_read_is_news_to_the_next_look(path: Path) -> None:
    reading = read(path, meanwhile=lambda: path.write_text("services: 7"))
    assert reading.settings is not None
    assert reading.look != look_at([path])


def test_files_of_certificates_are_seen_too(path: Path) -> None:
    certificate, key = with_certificates(path)
    assert read(path).look == look_at([path, certificate, key])


def test_a_certificate_that_is_renewed_while_it_is_read_first_is_read_again(path: Path) -> None:
    certificate, _ = with_certificates(path)
    extended = f"{certificate.read_text()}\n"

    def renew() -> None:
        if certificate.read_text() != extended:
            certificate.write_text(extended)

    assert read(path, meanwhile=renew).look == look_at(read(path).look)


def test_files_that_are_watched_already_are_read_once(path: Path) -> None:
    certificate, key = with_certificates(path)
    times: list[int] = []
    read(path, certificate, key, meanwhile=lambda: times.append(1))
    assert times == [1]


def test_a_file_that_is_named_no_more_is_watched_no_more(path: Path, tmp_path: Path) -> None:
    assert read(path, tmp_path / "old.pem").look.keys() == {path}


def test_a_wrong_config_has_its_problems_and_all_that_was_watched_stays_so(path: Path) -> None:
    path.write_text("services: 7")
    reading = read(path, path.parent / "tls.crt")
    assert reading.settings is None
    assert reading.warnings == ()
    with pytest.raises(SettingsError, match=f"{path}:1"):
        settings_of(reading)
    assert reading.look.keys() == {path, path.parent / "tls.crt"}


def test_a_missing_config_says_so(tmp_path: Path) -> None:
    reading = read(tmp_path / "nowhere.yaml")
    assert reading.look == {tmp_path / "nowhere.yaml": None}
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_of(reading)


def test_a_mistake_of_ours_is_kept_for_whoever_judges(path: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    reading = read(path, meanwhile=fail)
    assert reading.settings is None
    assert reading.warnings == ()
    assert reading.look == look_at([path])
    with pytest.raises(ZeroDivisionError):
        settings_of(reading)
