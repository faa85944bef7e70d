import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from router.control.api.app import probe_app
from router.control.api.sites import Site, serving
from router.control.encryption import GuardedTls, context_of, renew
from router.control.listening import listen, local_address
from router.model import Address
from tests.support.admin_api import AdminApi
from tests.support.certificates import Authority, Certificate


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def encrypted(context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve the probes by TLS; give the port."""
    async with AdminApi.serving() as api:
        listener = listen(Address("127.0.0.1", 0), "admin.listen")
        async with serving([Site(probe_app(api.probes), listener, context)]):
            yield local_address(listener).port


async def asked(port: int, authority: Authority, shown: Certificate | None = None) -> bytes:
    """Ask, and return the certificate that was shown to us."""
    context = ssl.create_default_context(cadata=authority.pem)
    if shown is not None:
        context.load_cert_chain(shown.certificate_path, shown.key_path)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(b"GET /livez HTTP/1.0\r\n\r\n")
    try:
        if not (await reader.read()).startswith(b"HTTP/1.0 200 OK\r\n"):
            raise ConnectionError("it hung up")  # TLS 1.3 asks for a certificate at last
        return bytes(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    finally:
        writer.close()


def tls_of(own: Certificate, client_ca: str = "") -> GuardedTls:
    return GuardedTls(own.certificate, own.key, client_ca)


async def test_the_api_is_served_by_tls(authority: Authority) -> None:
    async with encrypted(context_of(tls_of(authority.issue("IP:127.0.0.1")))) as port:
        await asked(port, authority)


async def test_whoever_shows_no_certificate_does_not_get_in_where_one_is_asked_for(
    authority: Authority, tmp_path: Path
) -> None:
    own = authority.issue("IP:127.0.0.1")
    operators = Authority(tmp_path, "operators")
    async with encrypted(context_of(tls_of(own, operators.pem))) as port:
        await asked(port, authority, operators.issue("DNS:first.last"))
        for shown in (None, authority.issue("DNS:first.last")):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asked(port, authority, shown)


async def test_another_certificate_is_shown_to_whoever_comes_next(authority: Authority) -> None:
    context = context_of(tls_of(authority.issue("IP:127.0.0.1")))
    async with encrypted(context) as port:
        before = await asked(port, authority)
        renew(context, tls_of(authority.issue("IP:127.0.0.1")))
        assert await asked(port, authority) != before


def test_a_key_is_shown_to_nobody(authority: Authority) -> None:
    own = authority.issue("IP:127.0.0.1")
    assert own.key.splitlines()[1] not in repr(tls_of(own))
