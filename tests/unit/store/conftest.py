import secrets
from collections.abc import Iterator

import pytest

from router.store import ledger
from router.store.redis_scripts import Keys
from tests.support.ledgers import Machine
from tests.support.redis_servers import Redis, running
from tests.support.stored import NOON


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """One server for all; each test has a prefix of its own."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def prefix() -> str:
    """That of no other test: all of them share a server."""
    return secrets.token_hex(4)


@pytest.fixture
def keys(prefix: str) -> Keys:
    return Keys(prefix)


@pytest.fixture
async def machine() -> Machine:
    fresh = Machine()
    await fresh.ledger.recover(1, at=NOON)
    return fresh


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs in these tests hangs for good: nobody need wait long."""
    monkeypatch.setattr(ledger, "JOURNAL_LIMIT", 0.2)
    monkeypatch.setattr(ledger, "STORE_LIMIT", 0.2)
    monkeypatch.setattr(ledger, "START_LIMIT", 0.2)
