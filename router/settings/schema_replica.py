"""The config's part about other routers that share the store: who this one is, and how it is told.

What two of its keys may not say together stands in `replica_conflicts`.
"""

from pydantic import Field

from router.settings.kinds import CertificateFile, CertificateFileOrNone
from router.settings.kinds_control import PeerListen, PeerSecret, PeerUrl, ReplicaName
from router.settings.schema_tls import OwnCertificate
from router.settings.section import Section


class PeerTlsSettings(OwnCertificate):
    """TLS between replicas. Certificate and key are read again when they change."""

    cert: CertificateFile = Field(
        description="PEM file of the certificate and, below it, those that lead to its authority. "
        "It is shown to who connects, and where this replica connects: it has to be good for a "
        "server and for a client, and to name the host of `advertise`.",
        examples=["peer.crt"],
    )
    client_ca: CertificateFileOrNone = Field(
        default=None,
        description="PEM file of the authorities of all replicas' certificates: only who shows one "
        "of theirs may connect, and only who shows one is told anything. Default: anyone may "
        "connect, the `secret` decides; others are known by the system's authorities.",
        examples=["ca.pem"],
    )


class ReplicaSettings(Section):
    """This router among others that share its store."""

    name: ReplicaName = Field(
        default=None,
        description="Its name in reports and events, one of its own among all that share a store. "
        "Default: the host's name.",
        examples=["r1"],
    )
    listen: PeerListen = Field(
        default=None,
        description="Address on which other replicas tell of a rollback, and nothing else, also "
        "while the store is away. It needs `secret`, or `tls.client_ca`. Default: none; then a "
        "rollback elsewhere comes by the store alone.",
        examples=["0.0.0.0:9902"],
    )
    advertise: PeerUrl = Field(
        default=None,
        description="Where others reach `listen`: `http://HOST:PORT`, with `tls` "
        "`https://HOST:PORT`. The store tells them. Default: nobody is told.",
        examples=["https://10.0.0.3:9902"],
    )
    tls: PeerTlsSettings | None = Field(
        default=None, description="TLS between replicas. Default: none."
    )
    secret: PeerSecret = Field(
        default=None,
        repr=False,
        description="Key by which replicas know each other's words; all have the same one. "
        "Default: none; then certificates alone tell who may speak.",
        examples=["${PEER_SECRET:-only-an-example-take-one-of-your-own}"],
    )
