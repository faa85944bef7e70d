import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.bench.machine import Cores
from loadtests.bench.servers import KNOWN
from loadtests.bench.stage import (
    ENOUGH_DESCRIPTORS,
    QUICK,
    Stage,
    clients_that_fit,
    raise_descriptors,
)
from loadtests.ground import Ground


@pytest.fixture
def _descriptors() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("_descriptors")
def test_descriptors_are_raised_as_far_as_may_be() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    raise_descriptors()
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == (
        ENOUGH_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_DESCRIPTORS)
    )


@pytest.mark.usefixtures("_descriptors")
def test_there_are_only_as_many_clients_as_a_proxy_has_two_descriptors_for() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2500, hard))
    assert clients_that_fit(10_000) == 1000
    assert clients_that_fit(300) == 300


def test_programs_of_the_bench_play_only_where_they_can() -> None:
    with Ground() as ground:
        stage = Stage(ground, Cores(1, 0), KNOWN, QUICK, print)
        assert Path(ground.directory).is_dir()
        names = [server.name for server in stage.proxies]
        streaming = [server.name for server in stage.streaming]
    assert names == ["nginx", "HAProxy", "Envoy", "Gray Router"]
    assert streaming == ["nginx", "HAProxy", "Envoy", "aiohttp", "Gray Router"]
