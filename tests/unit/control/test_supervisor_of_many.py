import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from router.control.encryption import GuardedTls
from router.control.fleet.peers import Peering
from router.control.plan import Plan
from router.control.reload_report import Cause
from router.control.supervisor import Supervisor
from router.model import Address
from tests.support.background import Told, events
from tests.support.certificates import Authority, Certificate
from tests.support.meeting import Place, sharing
from tests.support.peers import KEY
from tests.support.plans import Reloads, planned
from tests.support.redis_servers import free_port

SOON = 15.0


@pytest.fixture(autouse=True)
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


def plan(folder: Path, peering: Peering, *, is_shared: bool = True, **more: Any) -> Plan:
    ready = planned(folder, [])
    machine = sharing(Place())
    ledger = (lambda: machine.ledger) if is_shared else ready.ledger
    return replace(ready, ledger=ledger, peering=peering, **more)


@asynccontextmanager
async def serving(plan: Plan) -> AsyncIterator[None]:
    """Serve from readiness to an orderly end."""
    ready = asyncio.Event()
    told = replace(plan, notify=lambda word: ready.set() if word == "READY=1" else None)
    running = asyncio.ensure_future(Supervisor(told).run())
    try:
        await asyncio.wait_for(ready.wait(), SOON)
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(running, SOON) is True


async def asked(port: int) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/v1/rollback", data=b"who is there?") as answer,
    ):
        return answer.status


async def test_other_replicas_are_let_in_at_an_address_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    peering = Peering(Address("127.0.0.1", port), secret=KEY)
    async with serving(plan(tmp_path, peering)):
        assert await asked(port) == 400


async def test_where_no_store_is_shared_nobody_is_let_in(tmp_path: Path) -> None:
    port = free_port()
    peering = Peering(Address("127.0.0.1", port), secret=KEY)
    async with serving(plan(tmp_path, peering, is_shared=False)):
        with pytest.raises(aiohttp.ClientConnectorError):
            await asked(port)


async def shown_at(port: int, authority: Authority) -> bytes:
    context = ssl.create_default_context(cadata=authority.pem)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(shown)


async def test_a_certificate_that_a_reload_brings_is_shown_to_replicas(tmp_path: Path) -> None:
    authority, port = Authority(tmp_path), free_port()
    own, renewed = authority.issue("IP:127.0.0.1"), authority.issue("IP:127.0.0.1")
    reloads: list[Reloads] = []

    def reloader(*given: Any) -> Reloads:
        reloads.append(Reloads(*given))
        return reloads[-1]

    def peering(certificate: Certificate) -> Peering:
        tls = GuardedTls(certificate.certificate, certificate.key)
        return Peering(Address("127.0.0.1", port), tls=tls, secret=KEY)

    first = plan(tmp_path, peering(own), reloader=reloader)
    async with serving(first):
        assert await shown_at(port, authority) == ssl.PEM_cert_to_DER_cert(own.certificate)
        reloads[0].wanted = replace(first, peering=peering(renewed))
        await reloads[0].reload(Cause.SIGNAL)
        assert await shown_at(port, authority) == ssl.PEM_cert_to_DER_cert(renewed.certificate)
