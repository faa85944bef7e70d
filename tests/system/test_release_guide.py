"""The release manager's guide, typed in: each command answers as the page says."""

from collections.abc import Iterator

import pytest

from tests.support.serving import ROOT, RunningRouter, service
from tests.support.typed_page import lasting, shown, typed

PAGE = ROOT / "docs" / "howto" / "release.md"


@pytest.fixture
def router() -> Iterator[RunningRouter]:
    with RunningRouter({"services": [service(legacy=9, ai=9)]}) as running:
        yield running


def test_the_guide_shows_what_its_commands_print(router: RunningRouter) -> None:
    examples = shown(PAGE)
    assert len(examples) == 7
    for command, text in examples:
        said = lasting(typed(router, command))
        for line in lasting(text):
            assert line in said, f"{command}: the page shows {line!r}, but this was said: {said}"
