"""Certificates that are renewed as mounted secrets are: a folder is swapped behind its name."""

import ssl
from pathlib import Path
from typing import Final

from tests.support.certificates import Authority, Certificate


class Secret:
    """A folder with `tls.crt` and `tls.key`, replaced as one step."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._generations = 0

    def renew(self, certificate: Certificate) -> None:
        """Put another certificate in the place of the last one."""
        self._generations += 1
        fresh = self.folder.with_name(f"{self.folder.name}-{self._generations}")
        fresh.mkdir()
        (fresh / "tls.crt").write_text(certificate.certificate)
        (fresh / "tls.key").write_text(certificate.key)
        link = fresh.with_suffix(".link")
        link.symlink_to(fresh.name)
        link.replace(self.folder)


def serving(certificate: Certificate) -> ssl.SSLContext:
    """Make what a backend speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_path, certificate.key_path)
    return context


def trusting(authority: Authority) -> ssl.SSLContext:
    """Make what a client speaks TLS with."""
    return ssl.create_default_context(cadata=authority.pem)
