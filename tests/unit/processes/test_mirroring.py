from pathlib import Path

import pytest

from router.errors import StateDirError
from router.http1.request_head import RequestHead
from router.model import Address
from router.processes.mirroring import PAIRS, mirrored, mirroring
from router.routing.match import RouteTable
from router.settings.compile import compile_snapshot
from router.settings.load import examine_text
from router.settings.schema import Settings
from router.settings.schema_comparer import ComparerSettings, StreamSettings

LISTEN = Address("127.0.0.1", 9910)
CONFIG = b"""
proxy: {listen: "127.0.0.1:8080"}
services:
  - name: support
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
    split: {key: ["json:/user"]}
  - name: orders
    match: {hosts: [orders.example.com]}
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
    shadow: {send: to_ai, sample: 10}
"""


def settings() -> Settings:
    examined = examine_text(CONFIG, {}, "test.yaml").settings
    assert examined is not None
    return examined


def test_the_listener_is_the_one_for_mirrored_requests_alone() -> None:
    assert mirroring(settings(), LISTEN).proxy.listen == (LISTEN,)


def test_a_service_without_shadow_is_mirrored_by_its_defaults() -> None:
    support, orders = mirroring(settings(), LISTEN).services
    assert support.shadow is not None
    assert support.shadow.send == "both"
    assert support.shadow.methods == ("GET", "HEAD", "OPTIONS")
    assert orders.shadow == settings().services[1].shadow


def test_every_service_is_mirrored_and_pairs_have_one_of_their_own(tmp_path: Path) -> None:
    compiled = compile_snapshot(mirroring(settings(), LISTEN), {}, 3, b"k" * 32)
    support, orders, pairs = mirrored(compiled, tmp_path).services
    assert support.is_mirrored
    assert orders.is_mirrored
    assert support.split.keys == ()
    assert not pairs.is_mirrored
    assert pairs.name == PAIRS
    assert pairs.legacy.endpoints[0].authority == f"unix:{tmp_path}/pairs.sock"


@pytest.mark.parametrize(
    ("method", "target", "index"), [("POST", "/pairs", 2), ("GET", "/pairs", 0), ("POST", "/x", 0)]
)
def test_pairs_go_to_the_comparer_and_all_else_to_both_variants(
    method: str, target: str, index: int, tmp_path: Path
) -> None:
    compiled = compile_snapshot(mirroring(settings(), LISTEN), {}, 3)
    table = RouteTable(mirrored(compiled, tmp_path).services)
    head = RequestHead(method.encode(), target.encode(), 1)
    assert table.find(head) == index


def test_a_folder_whose_path_is_too_long_for_a_socket_is_said_so() -> None:
    long = settings().model_copy(update={"state_dir": Path("/" + "d" * 100)})
    with pytest.raises(StateDirError, match="too long a path"):
        mirroring(long, LISTEN)


def test_who_is_started_to_compare_reads_the_stream_though_those_who_serve_do_not() -> None:
    stream = StreamSettings.model_validate({"judge": False, "max_age": "60s"})
    asked = settings().model_copy(update={"comparer": ComparerSettings(stream=stream)})
    found = mirroring(asked, LISTEN).comparer.stream
    assert found == stream.model_copy(update={"judge": True})
    assert mirroring(settings(), LISTEN).comparer.stream is None
