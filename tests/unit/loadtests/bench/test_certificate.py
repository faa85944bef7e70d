import ssl

from loadtests.bench import certificate
from loadtests.ground import Ground


def test_a_certificate_is_made_for_the_loopback_address_and_trusted_alone() -> None:
    with Ground() as ground:
        made = certificate.make(ground)
        both = made.both.read_text()
        assert both.startswith("-----BEGIN CERTIFICATE-----")
        assert "PRIVATE KEY" in both
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(made.chain, made.key)
        assert len(made.trusting().get_ca_certs()) == 1
