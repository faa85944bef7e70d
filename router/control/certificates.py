"""Which certificates another config brought, told by what people know them by."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509

from router.lines_out import rfc3339
from router.routing.snapshot import Snapshot, UpstreamTls


@dataclass(frozen=True, slots=True)
class Renewed:
    """A certificate that took another one's place.

    expires: as people read it. It and the subject are unknown where they cannot be read.
    """

    place: str
    subject: str = ""
    expires: str | None = None


def renewed(before: Snapshot, after: Snapshot) -> tuple[Renewed, ...]:
    """Return what stands where another certificate stood before."""
    known = dict(_texts(before))
    return tuple(
        _described(place, text) for place, text in _texts(after) if known.get(place, text) != text
    )


def _texts(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    if snapshot.tls is not None:
        yield "proxy.tls.cert", snapshot.tls.certificate
    for service in snapshot.services:
        for variant, upstream in (("legacy", service.legacy), ("ai", service.ai)):
            yield from _of_upstream(f"{service.name}.{variant}.tls", upstream.tls)


def _of_upstream(place: str, tls: UpstreamTls) -> Iterator[tuple[str, str]]:
    if tls.certificate:
        yield f"{place}.cert", tls.certificate
    if tls.ca:
        yield f"{place}.ca", tls.ca


def _described(place: str, text: str) -> Renewed:
    """Describe a chain by its first certificate, which is the one that is ours."""
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        subject = certificate.subject.rfc4514_string()
    except ValueError:
        return Renewed(place)
    return Renewed(place, subject, rfc3339(certificate.not_valid_after_utc.timestamp()))
