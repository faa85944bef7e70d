import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.control.encryption import GuardedTls
from router.control.fleet.peers import Peering
from tests.support.background import owner
from tests.support.certificates import Authority
from tests.support.peers import KEY, Peer, Radio, Town, Trust, rolled_back, word


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    with owner() as tasks:
        async with Town(tasks, Radio()) as town:
            yield town
        await tasks.close()


def test_the_secret_of_a_config_does_not_show() -> None:
    assert KEY not in repr(Peering(secret=KEY))


async def test_a_replica_says_what_its_workers_do(town: Town) -> None:
    one, other = await town.settle("r1"), await town.settle("r2")
    assert await one.tell(other) == word("r2")
    assert other.workers.obeyed == [(rolled_back(),)]
    assert other.company.heard_of == [one.presence]
    assert one.company.heard_of == [other.presence]


async def shown_by(peer: Peer, authority: Authority) -> bytes:
    context = ssl.create_default_context(cadata=authority.pem)
    host, port = peer.presence.advertise.removeprefix("https://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(shown)


async def test_a_certificate_that_was_renewed_is_shown_without_a_restart(
    town: Town, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    own, renewed = authority.issue("IP:127.0.0.1"), authority.issue("IP:127.0.0.1")
    peer = await town.settle("r1", Trust(own=own))
    peer.peers.renew(GuardedTls(renewed.certificate, renewed.key))
    assert await shown_by(peer, authority) == ssl.PEM_cert_to_DER_cert(renewed.certificate)


async def test_where_there_is_no_tls_a_certificate_still_is_what_others_are_shown(
    town: Town, tmp_path: Path
) -> None:
    own = Authority(tmp_path).issue("IP:127.0.0.1")
    one, other = await town.settle("r1"), await town.settle("r2")
    one.peers.renew(GuardedTls(own.certificate, own.key))
    assert await one.tell(other) == word("r2")
