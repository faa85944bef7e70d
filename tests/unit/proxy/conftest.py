"""The loop that the product runs on, for tests whose TLS is the loop's own."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give those marked `uvloop` the product's loop, and all others the standard one."""
    is_marked = item.get_closest_marker("uvloop") is not None
    return {"loop": uvloop.new_event_loop if is_marked else asyncio.new_event_loop}
