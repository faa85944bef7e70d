from collections.abc import Iterator

import pytest

from tests.support.redis_servers import Redis, running


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """One server for all; each test has a prefix of its own."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server
