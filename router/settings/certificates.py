"""Are a certificate and its key of use? Found out before a worker is given them.

Nothing here says anything of a key but that it is of no use.
"""

import ssl
import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificatePublicKeyTypes,
    PrivateKeyTypes,
    PublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificates

from router.settings.problems import NotAllowedError
from router.tls import load_own

_UNREADABLE: Final = (ValueError, UnsupportedAlgorithm, OverflowError)


def read_certificates(text: str) -> Sequence[Certificate]:
    """Return the certificates of a PEM text, the own one first."""
    try:
        # What is odd in an authority's certificate is no concern of who trusts it.
        with warnings.catch_warnings(action="ignore"):
            found = load_pem_x509_certificates(text.encode())
            for each in found:
                each.public_key()
    except _UNREADABLE:
        raise NotAllowedError(fact="holds a certificate that is damaged") from None
    return found


def read_key(text: str) -> PrivateKeyTypes:
    """Return the private key of a PEM text."""
    try:
        return load_pem_private_key(text.encode(), password=None)
    except TypeError:  # says cryptography where it would need a password
        raise NotAllowedError(
            fact="is encrypted: nobody is there to type its password when the router starts"
        ) from None
    except _UNREADABLE:
        raise NotAllowedError(fact="holds a private key that is damaged") from None


def check_pair(certificate: str, key: str) -> None:
    """Refuse a key that belongs to another certificate, and a pair that OpenSSL would not show."""
    own = _public(read_key(key).public_key())
    chain = [_public(each.public_key()) for each in read_certificates(certificate)]
    if own not in chain:
        raise NotAllowedError(at="key", fact="does not belong to the certificate")
    if chain.index(own):
        fact = f"belongs to certificate {chain.index(own) + 1} of the other file: put that first"
        raise NotAllowedError(at="key", fact=fact)
    try:
        load_own(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate, key)
    except ssl.SSLError as error:
        reason = (error.reason or "unknown reason").replace("_", " ").lower()
        raise NotAllowedError(at="cert", fact=f"is refused by OpenSSL: {reason}") from None


def periods(text: str) -> list[tuple[datetime, datetime]]:
    """Return from when until when each certificate of a PEM text is valid."""
    found = read_certificates(text)
    return [(each.not_valid_before_utc, each.not_valid_after_utc) for each in found]


def _public(key: PublicKeyTypes | CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
