from collections.abc import Iterator

import pytest

from tests.support.background import Told, events


@pytest.fixture
def told() -> Iterator[list[Told]]:
    """What was told since the test began."""
    with events() as told:
        yield told
