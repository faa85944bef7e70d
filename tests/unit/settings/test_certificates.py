import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes as PrivateKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from router.settings.certificates import check_pair, periods, read_certificates, read_key
from router.settings.problems import NotAllowedError
from tests.support.certificates import Authority, Certificate, rsa_key, self_signed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def own(authority: Authority) -> Certificate:
    return authority.issue("DNS:a.example.com")


@pytest.fixture(scope="module")
def other(authority: Authority) -> Certificate:
    return authority.issue("DNS:b.example.com")


def refusal(certificate: str, key: str) -> NotAllowedError:
    with pytest.raises(NotAllowedError) as refused:
        check_pair(certificate, key)
    return refused.value


def test_a_pair_is_taken(own: Certificate, authority: Authority) -> None:
    check_pair(own.certificate, own.key)
    check_pair(own.certificate + authority.pem, own.key)


@pytest.mark.parametrize("make_key", [rsa_key, Ed25519PrivateKey.generate])
def test_keys_of_all_usual_kinds_are_taken(
    folder: Path, make_key: Callable[[], PrivateKey]
) -> None:
    made = self_signed(folder / "own", "DNS:a", key=make_key())
    check_pair(made.certificate, made.key)


def test_a_key_in_the_older_form_is_taken(folder: Path) -> None:
    key = rsa_key()
    made = self_signed(folder / "own", "DNS:a", key=key)
    older = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert older.startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    check_pair(made.certificate, older.decode())


def test_a_key_of_another_certificate_is_refused(own: Certificate, other: Certificate) -> None:
    found = refusal(own.certificate, other.key)
    assert (found.at, found.fact) == ("key", "does not belong to the certificate")


def test_a_chain_in_the_wrong_order_is_told_from_a_wrong_key(
    own: Certificate, authority: Authority
) -> None:
    found = refusal(authority.pem + own.certificate, own.key)
    assert found.at == "key"
    assert found.fact == "belongs to certificate 2 of the other file: put that first"


def test_what_openssl_would_not_show_is_refused_here(folder: Path) -> None:
    made = self_signed(folder / "own", "DNS:a", key=rsa_key(1024))
    found = refusal(made.certificate, made.key)
    assert (found.at, found.fact) == ("cert", "is refused by OpenSSL: ee key too small")


def test_an_encrypted_key_is_refused(folder: Path, own: Certificate) -> None:
    own.lock(folder / "locked.key")
    with pytest.raises(NotAllowedError) as refused:
        read_key((folder / "locked.key").read_text())
    assert str(refused.value.fact).startswith("is encrypted")


@pytest.mark.parametrize("body", ["", "AAAA\n", "!\n", "MC4CAQ" * 20 + "\n"])
def test_what_is_damaged_is_refused(body: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_key(f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n")
    assert refused.value.fact == "holds a private key that is damaged"
    with pytest.raises(NotAllowedError) as refused:
        read_certificates(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    assert refused.value.fact == "holds a certificate that is damaged"


def test_each_certificate_has_its_period(own: Certificate, authority: Authority) -> None:
    found = periods(own.certificate + authority.pem)
    assert [end - begin for begin, end in found] == [timedelta(days=2)] * 2


def test_the_authorities_of_the_system_are_certificates() -> None:
    bundle = ssl.get_default_verify_paths().cafile
    if bundle is not None:  # where there is none, TLS is verified by what `ca` names
        assert read_certificates(Path(bundle).read_text())
