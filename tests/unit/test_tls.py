import ssl
from pathlib import Path

import pytest

from router.routing.snapshot import UpstreamTls
from router.tls import client_context, load_own
from tests.support.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def shake_hands(
    client: ssl.SSLContext, server: ssl.SSLContext, name: str = "ai.internal"
) -> ssl.SSLObject:
    """Let both talk in memory until the handshake is done; return the server's end."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for end in (ours, theirs, ours, theirs):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return theirs


def server_context(authority: Authority, name: str = "DNS:ai.internal") -> ssl.SSLContext:
    own = authority.issue(name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    load_own(context, own.certificate, own.key)
    return context


def test_a_backend_is_believed_whose_certificate_the_given_authority_signed(
    authority: Authority,
) -> None:
    theirs = shake_hands(client_context(UpstreamTls(ca=authority.pem)), server_context(authority))
    assert theirs.selected_alpn_protocol() == "http/1.1"


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    server = server_context(authority, "DNS:other.internal")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(client_context(UpstreamTls(ca=authority.pem)), server)


def test_the_systems_own_authorities_do_not_know_a_private_one(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(client_context(UpstreamTls()), server_context(authority))


def test_nothing_is_verified_where_the_operator_says_so(authority: Authority) -> None:
    server = server_context(authority, "DNS:other.internal")
    assert shake_hands(client_context(UpstreamTls(verify=False)), server).version() == "TLSv1.3"


def test_a_backend_that_asks_for_our_certificate_gets_it(authority: Authority) -> None:
    server = server_context(authority)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(cadata=authority.pem)
    own = authority.issue("DNS:router.internal")
    tls = UpstreamTls(ca=authority.pem, certificate=own.certificate, key=own.key)
    shown = shake_hands(client_context(tls), server).getpeercert()
    assert shown is not None
    assert shown["subjectAltName"] == (("DNS", "router.internal"),)


def test_a_key_that_wants_a_password_is_an_error_and_no_question(
    authority: Authority, tmp_path: Path
) -> None:
    own = authority.issue("DNS:router.internal")
    locked = tmp_path / "locked.key"
    own.lock(locked)
    tls = UpstreamTls(certificate=own.certificate, key=locked.read_text())
    with pytest.raises(ssl.SSLError):
        client_context(tls)
