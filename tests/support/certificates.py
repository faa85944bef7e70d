"""Certificates for the time of a test or a scene: from an authority, or signed by themselves."""

import ipaddress
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes as PrivateKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a certificate and its key."""

    certificate_path: Path
    key_path: Path

    @property
    def certificate(self) -> str:
        return self.certificate_path.read_text()

    @property
    def key(self) -> str:
        return self.key_path.read_text()

    def lock(self, locked: Path) -> None:
        """Write its key once more, behind a password."""
        key = load_pem_private_key(self.key.encode(), password=None)
        password = BestAvailableEncryption(b"secret")
        locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, password))


class Authority:
    """Signs certificates; `pem` is what those trust who trust it."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._stem: Final = folder / name
        self._name: Final = _name(name)
        self._key: Final = ec_key()
        self._numbers: Final = itertools.count(1)
        own = _template(self._name, self._name, self._key, _DAYS, is_authority=True)
        self._own: Final = _write(self._stem, _sign(own, self._key), self._key)

    @property
    def pem(self) -> str:
        return self._own.certificate

    def issue(self, *names: str, days: int = _DAYS, key: PrivateKey | None = None) -> Certificate:
        """Sign for these alternative names, each `DNS:example.com` or `IP:127.0.0.1`.

        A negative number of days makes one that has expired.
        """
        own = key or ec_key()
        asked = _template(_name("test"), self._name, own, days, is_authority=False)
        asked = asked.add_extension(_alternatives(names), critical=False)
        stem = self._stem.with_name(f"{self._stem.name}-{next(self._numbers)}")
        return _write(stem, _sign(asked, self._key), own)


def self_signed(
    stem: Path, *names: str, days: int = _DAYS, key: PrivateKey | None = None
) -> Certificate:
    """Make one that is its own authority, in two files that are called ``stem``."""
    own, name = key or ec_key(), _name(stem.name)
    template = _template(name, name, own, days, is_authority=True)
    template = template.add_extension(_alternatives(names), critical=False)
    return _write(stem, _sign(template, own), own)


def ec_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits: int = 2048) -> PrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _template(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, days: int, *, is_authority: bool
) -> x509.CertificateBuilder:
    """Say everything but the alternative names; what has expired was valid for two days."""
    now = datetime.now(UTC)
    end = now + timedelta(days=days)
    begin = now if days > 0 else end - timedelta(days=_DAYS)
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    )


def _sign(template: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
    has_own_hash = isinstance(key, ed25519.Ed25519PrivateKey)
    return template.sign(key, None if has_own_hash else SHA256())


def _write(stem: Path, signed: x509.Certificate, key: PrivateKey) -> Certificate:
    made = Certificate(Path(f"{stem}.pem"), Path(f"{stem}.key"))
    made.certificate_path.write_bytes(signed.public_bytes(Encoding.PEM))
    made.key_path.touch(mode=0o600)
    made.key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternatives(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_alternative(name) for name in names])


def _alternative(name: str) -> x509.GeneralName:
    kind, _, value = name.partition(":")
    return x509.IPAddress(ipaddress.ip_address(value)) if kind == "IP" else x509.DNSName(value)
