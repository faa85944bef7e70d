"""The page that is read at night: what is printed is what it shows."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.redis_servers import free_port, running
from tests.support.serving import ROOT, RunningRouter, service
from tests.support.typed_page import lasting, section, shown_in, typed

PAGE = ROOT / "docs" / "howto" / "roll-back.md"
OF_SEVERAL = section(PAGE, "Several replicas")
STORE = "/var/lib/gray-router/gray-router.db"
SECRET = "a-key-that-all-replicas-share-32"  # noqa: S105 - of routers that live as long as a test


@pytest.fixture
def router() -> Iterator[RunningRouter]:
    config = {"proxy": {"workers": 2}, "services": [service(legacy=9, ai=9)]}
    with RunningRouter(config) as running:
        yield running


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[list[RunningRouter]]:
    """Two that share a store."""
    with ExitStack() as stack:
        redis = stack.enter_context(running(tmp_path))
        yield [
            stack.enter_context(RunningRouter(config_of(name, redis.url))) for name in ("r1", "r2")
        ]


def config_of(name: str, store: str) -> dict[str, object]:
    listen = f"127.0.0.1:{free_port()}"
    replica = {"name": name, "listen": listen, "advertise": f"http://{listen}", "secret": SECRET}
    return {
        "proxy": {"workers": 2},
        "services": [service(legacy=9, ai=9)],
        "store": {"url": store},
        "replica": replica,
    }


def test_what_is_printed_at_night_is_what_the_page_shows(router: RunningRouter) -> None:
    typed(router, 'gray-router set support 20 --reason "first users"')
    of_one = PAGE.read_text().replace(OF_SEVERAL, "")
    examples = [(command, text) for command, text in shown_in(of_one) if text]
    assert len(examples) == 6
    for command, text in examples:
        own = command.replace(STORE, f"{router.config.parent}/data/gray-router.db")
        assert lasting(typed(router, own)) == lasting(text), command
        if "--store" in command:
            router.wait_for("release_followed")


@pytest.mark.slow
def test_so_is_what_several_replicas_print(replicas: list[RunningRouter]) -> None:
    one, other = replicas
    typed(one, 'gray-router set support 20 --reason "first users"')
    other.wait_for("release_followed")
    (everywhere, all_of_them), (not_yet, one_of_them) = shown_in(OF_SEVERAL)
    assert lasting(typed(one, everywhere)) == lasting(all_of_them)
    other.process.send_signal(signal.SIGSTOP)
    try:
        assert lasting(typed(one, not_yet)) == lasting(one_of_them)
    finally:
        other.process.send_signal(signal.SIGCONT)
