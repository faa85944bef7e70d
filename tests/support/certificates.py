"""A certificate authority for the time of a test, made by openssl."""

import itertools
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
RSA: Final = ("-newkey", "rsa:2048", "-nodes")
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


class Authority:
    """Signs certificates; `pem` is what those trust who trust it."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder: Final = folder
        self._name: Final = name
        self._numbers: Final = itertools.count(1)
        self._own: Final = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
        self._openssl(
            *("req", "-x509", *_KEY, "-days", str(_DAYS), "-subj", f"/CN={name}"),
            *("-keyout", str(self._own.key_path), "-out", str(self._own.certificate_path)),
        )

    @property
    def pem(self) -> str:
        return self._own.certificate

    def issue(self, *names: str, days: int = _DAYS, key: Sequence[str] = _KEY) -> Certificate:
        """Sign for these alternative names, each `DNS:example.com` or `IP:127.0.0.1`.

        A negative number of days makes one that has expired.
        """
        stem = f"{self._name}-{next(self._numbers)}"
        made = Certificate(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        asked = self._folder / f"{stem}.csr"
        self._openssl(
            *("req", "-new", *key, "-subj", "/CN=test"),
            *("-addext", f"subjectAltName={','.join(names)}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-keyout", str(made.key_path), "-out", str(asked)),
        )
        self._openssl(
            *("x509", "-req", "-copy_extensions", "copyall", "-days", str(days)),
            *("-CA", str(self._own.certificate_path), "-CAkey", str(self._own.key_path)),
            *("-CAcreateserial", "-in", str(asked), "-out", str(made.certificate_path)),
        )
        return made

    def lock(self, certificate: Certificate, locked: Path) -> None:
        """Write its key once more, behind a password."""
        self._openssl(
            *("pkey", "-in", str(certificate.key_path), "-out", str(locked)),
            *("-aes256", "-passout", "pass:secret"),
        )

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)
