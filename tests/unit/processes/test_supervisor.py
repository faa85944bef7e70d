import socket
from functools import partial
from pathlib import Path

from router.control.plan import Plan
from router.control.reading import Reading, read_config
from router.control.reload_report import Cause
from router.control.shadow_key import FILE, ShadowKey
from router.model import Address, Variant
from router.processes.supervisor import Origin, examined, plan, watched
from router.routing.snapshot import Endpoint, Place, PlaceKind, Snapshot
from router.settings.cores import usable_cores
from router.settings.load import examine_text
from router.wire.comparing import StreamBy
from tests.support.releases import HeardWorkers, conductor_of

CONFIG = b"""
proxy:
  listen: ["127.0.0.1:8080", "[::1]:8080", "unix:/run/gray.sock"]
  workers: 3
  drain_timeout: 7s
lease: 9s
state_dir: /var/lib/gray-router
admin:
  listen: "127.0.0.1:9900"
  webhooks: [{url: "https://chat.example.com/hook", secret: "0123456789abcdef"}]
services:
  - name: support
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
    match: {paths: ["/support/*"]}
    release: {stages: [10, 100]}
  - name: orders
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
    match: {paths: ["/orders/*"]}
    split: {key: ["header:x-user-id"]}
  - name: minted
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
    match: {paths: ["/minted/*"]}
    split: {cookie: {name: gray_id}}
"""


ORIGIN = Origin(Path("test.yaml"), Reading({}, ZeroDivisionError()))
"""Where a config comes from is of no matter before it is read again."""


def test_settings_become_a_plan() -> None:
    examined = examine_text(CONFIG, {}, "test.yaml")
    assert examined.settings is not None
    planned = plan(examined.settings, ORIGIN)
    assert planned.listen == (
        Address("127.0.0.1", 8080),
        Address("::1", 8080),
        Address("/run/gray.sock", 0),
    )
    assert planned.admin == Address("127.0.0.1", 9900)
    assert planned.drain_timeout == 7
    assert planned.replica == socket.gethostname()
    assert (planned.workers, planned.lease) == (3, 9)
    assert planned.state_dir == Path("/var/lib/gray-router")
    assert list(planned.release_plans) == ["support", "orders", "minted"]
    assert planned.release_plans["support"].stages == (1000, 10_000)
    assert planned.release_plans["orders"].stages == (500, 2000, 5000, 10_000)
    assert planned.sticky == {"orders", "minted"}
    assert [hook.site for hook in planned.hooks] == ["https://chat.example.com"]
    snapshot = planned.compile({}, 3)
    assert snapshot.version == 3
    assert [service.name for service in snapshot.services] == ["support", "orders", "minted"]


SHADOWED = b"""
proxy: {headers: {prefix: x-ours-}}
records: {key: "6f70656e73736c2072616e64202d6865782033322067697665732061206b6579", detectors: []}
services:
  - name: support
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
    split: {key: ["header:x-user"]}
    shadow: {send: to_ai}
    compare: {ignore: ["/at"]}
  - name: orders
    match: {hosts: [orders.example.com]}
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
"""


def test_what_is_shadowed_is_compared_and_nothing_else() -> None:
    settings = examine_text(SHADOWED, {}, "test.yaml").settings
    assert settings is not None
    by = plan(settings, ORIGIN).compare
    assert by is not None
    assert list(by.rules) == ["support"]
    assert by.rules["support"].ignore == ("/at",)
    assert (by.prefix, by.detectors, len(by.key)) == ("x-ours-", (), 32)
    assert by.keys["support"] == (Place(PlaceKind.HEADER, "x-user"),)


def test_former_keys_open_what_a_comparer_reads() -> None:
    former = b'former_keys: ["", "%s"]' % (b"0f" * 16 + b"f0" * 16)
    text = SHADOWED.replace(b"detectors: []", former)
    settings = examine_text(text, {}, "test.yaml").settings
    assert settings is not None
    by = plan(settings, ORIGIN).compare
    assert by is not None
    assert by.former_keys == (b"\x0f" * 16 + b"\xf0" * 16,)


def test_a_caller_without_a_key_is_known_by_our_cookie() -> None:
    text = SHADOWED.replace(b'["header:x-user"]', b'["header:x-user"], cookie: {name: gray_id}')
    settings = examine_text(text, {}, "test.yaml").settings
    assert settings is not None
    by = plan(settings, ORIGIN).compare
    assert by is not None
    cookie = Place(PlaceKind.COOKIE, "gray_id")
    assert by.keys["support"] == (Place(PlaceKind.HEADER, "x-user"), cookie)


def test_where_nothing_is_shadowed_nothing_is_compared() -> None:
    settings = examine_text(CONFIG, {}, "test.yaml").settings
    assert settings is not None
    assert plan(settings, ORIGIN).compare is None


def test_a_replica_may_be_called_otherwise_than_its_host() -> None:
    text = CONFIG + b"replica: {name: r1, listen: '10.0.0.3:9902', secret: '%s'}\n" % (b"s" * 32)
    settings = examine_text(text, {}, "test.yaml").settings
    assert settings is not None
    planned = plan(settings, ORIGIN)
    assert (planned.replica, planned.peering.listen) == ("r1", Address("10.0.0.3", 9902))


def test_auto_is_a_worker_for_each_core_that_may_be_used() -> None:
    text = CONFIG.replace(b"workers: 3", b"workers: auto")
    settings = examine_text(text, {}, "test.yaml").settings
    assert settings is not None
    assert plan(settings, ORIGIN).workers == usable_cores()


async def test_the_reloader_makes_a_plan_of_what_stands_on_disk_by_then(tmp_path: Path) -> None:
    path = tmp_path / "gray-router.yaml"
    path.write_bytes(CONFIG)
    first = read_config(path, partial(examined, path), ())
    assert first.settings is not None
    planned = plan(first.settings, Origin(path, first))
    prepared: list[Plan] = []
    adopted: list[Plan] = []

    async def prepare(wanted: Plan) -> None:
        prepared.append(wanted)

    def adopt(wanted: Plan) -> Snapshot:
        adopted.append(wanted)
        return Snapshot(1, ())

    reloader = planned.reloader(conductor_of(HeardWorkers()), prepare, adopt)
    path.write_bytes(CONFIG.replace(b"drain_timeout: 7s", b"drain_timeout: 8s"))
    report = await reloader.reload(Cause.API)
    assert report.is_changed
    assert [each.drain_timeout for each in (*prepared, *adopted)] == [8, 8]
    assert adopted[0].watched == planned.watched


def test_what_is_copied_is_drawn_by_the_key_of_the_time(tmp_path: Path) -> None:
    key = ShadowKey(bytes(32))
    copying = CONFIG + b"    shadow: {send: both}\n"
    settings = examine_text(copying, {}, "test.yaml").settings
    assert settings is not None
    planned = plan(settings, Origin(tmp_path, Reading({}, ZeroDivisionError()), key))
    assert planned.shadow_key is key

    def drawn_by() -> bytes | None:
        shadow = planned.compile({}, 1).services[-1].shadow
        return None if shadow is None else shadow.key

    assert drawn_by() == bytes(32)
    (tmp_path / FILE).write_bytes(b"1" * 32)
    key.recall(tmp_path)
    assert drawn_by() == b"1" * 32


def test_where_copies_go_is_looked_up_with_their_variant() -> None:
    sandbox = b"    shadow: {send: both, endpoints: {ai: ['http://sandbox:1']}}\n"
    settings = examine_text(CONFIG + sandbox, {}, "test.yaml").settings
    assert settings is not None
    found = {(each.service, each.variant): each.sandbox for each in watched(settings)}
    assert found.pop(("minted", Variant.AI)) == (Endpoint("sandbox", 1),)
    assert set(found.values()) == {()}


def test_pairs_are_shared_by_the_redis_of_the_store_where_that_is_asked_for() -> None:
    shared = (
        SHADOWED
        + b"""
store: {url: "redis://user:secret@there/1", prefix: ours}
comparer: {stream: {max_bytes: 2MiB, max_age: 5m, judge: false}}
"""
    )
    settings = examine_text(shared, {}, "test.yaml").settings
    assert settings is not None
    planned = plan(settings, ORIGIN)
    assert planned.compare is not None
    url, folder = "redis://user:secret@there/1", str(ORIGIN.path.parent)
    assert planned.compare.stream == StreamBy(url, folder, "ours", 2 << 20, 300.0, judges=False)
    assert "secret" not in repr(planned.compare)
    assert planned.stream() is not None


def test_each_router_judges_its_own_pairs_unless_told_otherwise() -> None:
    settings = examine_text(SHADOWED, {}, "test.yaml").settings
    assert settings is not None
    planned = plan(settings, ORIGIN)
    assert planned.compare is not None
    assert planned.compare.stream is None
    assert planned.stream() is None
