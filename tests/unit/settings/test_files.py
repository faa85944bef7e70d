import os
import stat
from pathlib import Path

import pytest

from router.settings.files import LARGEST_FILE, PemFile, read_file_name, show_file_name
from router.settings.load import examine_text
from router.settings.problems import Data, NotAllowedError
from router.settings.schema import Settings
from tests.support.certificates import Authority, Certificate
from tests.unit.settings.configs import examined_at, problems_in


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Authority(tmp_path_factory.mktemp("authority")).issue("DNS:a")


def tls(**keys: Data) -> dict[str, Data]:
    return {"proxy": {"tls": {"cert": "tls.crt", "key": "tls.key", **keys}}}


@pytest.fixture
def folder(tmp_path: Path, pair: Certificate) -> Path:
    (tmp_path / "tls.crt").write_text(pair.certificate)
    (tmp_path / "tls.key").write_text(pair.key)
    (tmp_path / "tls.key").chmod(0o600)
    return tmp_path


def test_a_relative_path_starts_at_the_folder_of_the_config(folder: Path) -> None:
    text = (
        b"state_dir: state\n"
        b"proxy: {tls: {cert: tls.crt, key: ./tls.key}}\n"
        b"services:\n"
        b"  - {name: a, legacy: {endpoints: ['http://a']}, ai: {endpoints: ['http://b']}}\n"
    )
    settings = examine_text(text, {}, "x", folder).settings
    assert settings is not None
    assert settings.state_dir == folder / "state"
    tls = settings.proxy.tls
    assert tls is not None
    assert (tls.cert.path, tls.key.path) == (folder / "tls.crt", folder / "tls.key")


def test_the_default_folder_lies_beside_the_config(folder: Path) -> None:
    assert state_dir(folder) == folder / "data"


def test_an_absolute_path_stays_where_it_is(folder: Path) -> None:
    assert state_dir(folder, state_dir="/var/lib/gray") == Path("/var/lib/gray")


def test_without_a_folder_no_file_is_looked_at() -> None:
    assert problems_in(None, **tls()) == []


@pytest.mark.parametrize(
    ("cert", "statement"),
    [
        ("none.crt", "'none.crt' cannot be read: No such file or directory"),
        ("tls.crt/x", "'tls.crt/x' cannot be read: Not a directory"),
        (".", "'.' cannot be read: it is no file"),
        ("pipe", "'pipe' cannot be read: it is no file"),
        ("/dev/zero", "'/dev/zero' cannot be read: it is no file"),
        ("tls.key", "'tls.key' holds no certificate in PEM, but a private key"),
        ("empty", "'empty' holds no certificate in PEM"),
        ("binary", "'binary' holds no certificate in PEM"),
        ("large", "'large' is larger than 1024 KiB"),
        ("x" * 300, f"'{'x' * 58}… cannot be read: File name too long"),
    ],
)
def test_what_holds_no_certificate_is_refused(folder: Path, cert: str, statement: str) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "empty").write_bytes(b"")
    (folder / "binary").write_bytes(bytes(range(256)))
    (folder / "large").write_bytes(b"x" * (LARGEST_FILE + 1))
    assert problems_in(folder, **tls(cert=cert)) == [("proxy.tls.cert", statement)]


def test_a_keys_path_is_not_repeated(folder: Path) -> None:
    assert problems_in(folder, **tls(key="none.key")) == [
        ("proxy.tls.key", "the file cannot be read: No such file or directory")
    ]
    assert problems_in(folder, **tls(key="tls.crt")) == [
        ("proxy.tls.key", "the file holds no private key in PEM, but a certificate")
    ]


@pytest.mark.parametrize("key", ["cert", "key"])
def test_a_pasted_key_is_no_path_and_is_not_repeated(
    folder: Path, pair: Certificate, key: str
) -> None:
    ((path, statement),) = problems_in(folder, **tls(**{key: pair.key}))
    assert path == f"proxy.tls.{key}"
    assert statement.endswith("is no path: write the content into a file, and its path here")
    assert not [line for line in pair.key.splitlines() if line in statement]


def test_one_file_may_hold_both_and_each_key_takes_its_own(folder: Path, pair: Certificate) -> None:
    (folder / "both.pem").write_text(f"{pair.key}\n{pair.certificate}")
    settings = loaded(folder, **tls(cert="both.pem", key="both.pem"))
    found = settings.proxy.tls
    assert found is not None
    assert (found.cert.text, found.key.text) == (pair.certificate, pair.key)


def test_a_key_is_never_shown(folder: Path, pair: Certificate) -> None:
    spoken = repr(loaded(folder, **tls()))
    assert "tls.key" in spoken
    assert not [line for line in pair.key.splitlines()[1:-1] if line in spoken]
    assert pair.certificate.splitlines()[1] not in spoken


def test_who_else_may_read_a_file_is_remembered(folder: Path) -> None:
    (folder / "tls.key").chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    found = loaded(folder, **tls()).proxy.tls
    assert found is not None
    assert found.key.is_readable_by_others


@pytest.mark.parametrize("value", [None, 1, True, "", "a\nb", "a\0", [], {}])
def test_what_is_no_path_is_refused(value: Data) -> None:
    with pytest.raises(NotAllowedError):
        read_file_name(value)


@pytest.mark.parametrize("text", ["./data", "./a/b.pem", "/var/lib/x", "./../x"])
def test_a_path_is_shown_as_it_is_written(text: str) -> None:
    assert show_file_name(read_file_name(text)) == text


def test_files_are_the_same_if_they_hold_the_same(tmp_path: Path) -> None:
    assert PemFile(tmp_path, "a") == PemFile(tmp_path, "a")
    assert PemFile(tmp_path, "a") != PemFile(tmp_path, "b")


def loaded(folder: Path, **sections: Data) -> Settings:
    examination = examined_at(folder, **sections)
    assert examination.settings is not None, examination.problems
    return examination.settings


def state_dir(folder: Path, **sections: Data) -> Path:
    return loaded(folder, **sections).state_dir
