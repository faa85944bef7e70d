"""The page that is read at night: what is printed is what it shows."""

from collections.abc import Iterator

import pytest

from tests.support.serving import ROOT, RunningRouter, service
from tests.support.typed_page import lasting, shown, typed

PAGE = ROOT / "docs" / "howto" / "roll-back.md"
STORE = "/var/lib/gray-router/gray-router.db"


@pytest.fixture
def router() -> Iterator[RunningRouter]:
    config = {"proxy": {"workers": 2}, "services": [service(legacy=9, ai=9)]}
    with RunningRouter(config) as running:
        yield running


def test_what_is_printed_at_night_is_what_the_page_shows(router: RunningRouter) -> None:
    typed(router, 'gray-router set support 20 --reason "first users"')
    examples = [(command, text) for command, text in shown(PAGE) if text]
    assert len(examples) == 6
    for command, text in examples:
        own = command.replace(STORE, f"{router.config.parent}/data/gray-router.db")
        assert lasting(typed(router, own)) == lasting(text), command
        if "--store" in command:
            router.wait_for("release_followed")
