import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from router.demo.children import free_ports
from router.demo.scene import Ports, installed_router, scene
from router.errors import DemoError
from tests.support import stand_in_router


def stand_in(config: Path) -> tuple[str, ...]:
    return (sys.executable, stand_in_router.__file__, str(config))


@pytest.mark.slow
async def test_the_scene_stands_answers_and_leaves_nobody_behind(tmp_path: Path) -> None:
    ports = Ports(*free_ports(4))
    body = {"ticket": "my refund!", "customer_id": "c", "conversation": {"id": "t"}}
    async with (
        scene(tmp_path, ports, seed=7, router=stand_in),
        aiohttp.ClientSession() as session,
        session.post(
            f"{ports.proxy_url}/v1/classify", json=body, headers={"x-user-id": "c"}
        ) as response,
    ):
        assert (await response.json())["label"] == "refund"
    for port in (ports.proxy, ports.admin, ports.legacy, ports.ai):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


@pytest.mark.slow
async def test_a_port_in_use_is_named_by_the_one_who_needs_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        proxy, admin, ai = free_ports(3)
        ports = Ports(proxy=proxy, admin=admin, legacy=port, ai=ai)
        with pytest.raises(DemoError, match=rf"legacy backend(?s:.*)cannot listen on .*{port}"):
            async with scene(tmp_path, ports, seed=7, router=stand_in):
                pass


def test_the_router_is_started_as_an_operator_would() -> None:
    command = installed_router(Path("my.yaml"))
    assert command[1:] == ("-m", "router", "serve", "-c", "my.yaml")
