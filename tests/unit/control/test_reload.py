import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.control import reload
from router.control.reload import RETRY_EVERY
from router.control.reload_report import Cause
from router.errors import ConfigRefusedError, DrainingError, ReshuffleError
from tests.support.certificates import Authority
from tests.support.releases import NOON, to
from tests.support.reloading import SALTED, Desk, config, desk, service

QUICK = 0.01
"""Seconds between two looks."""


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, config()) as running:
        yield running


async def test_services_come_change_and_go_in_one_snapshot(it: Desk) -> None:
    it.writes(config(service(), service("orders")))
    await it.reloader.reload(Cause.API)
    await it.conductor.carry_out(to(20, service="orders"))
    it.now += 60
    before = it.reloader.standing
    it.writes(config(service("orders", split={"cache": "private"}), service("search")))
    report = await it.reloader.reload(Cause.API)
    assert report.is_changed
    assert (report.added, report.changed, report.removed) == (
        ("search",),
        ("orders",),
        ("support",),
    )
    assert [s.name for s in it.workers.heard[-1].services] == ["orders", "search"]
    assert [s.share for s in it.workers.heard[-1].services] == [2000, 0]
    assert len(it.workers.heard) == 3
    after = it.reloader.standing
    assert after.loaded_at == NOON + 60
    assert after.config_hash == report.config_hash != before.config_hash
    assert it.last("config_reloaded") == {
        "because": "api",
        "config_hash": report.config_hash,
        "added": ("search",),
        "changed": ("orders",),
        "removed": ("support",),
    }


async def test_warnings_are_those_of_check(it: Desk) -> None:
    it.writes(config(service("orders")))
    report = await it.reloader.reload(Cause.API)
    found = [each for each in report.warnings if "split" in each]
    assert found
    assert all(each.startswith(f"{it.path}:") for each in found)
    told = [fields for name, fields in it.told if name == "config_warning"]
    assert len(told) == len(report.warnings)
    assert {fields["config"] for fields in told} == {str(it.path)}


async def test_a_config_that_is_no_other_is_published_to_nobody(it: Desk) -> None:
    it.writes(f"# a comment\n{json.dumps(config())}")
    report = await it.reloader.reload(Cause.SIGNAL)
    assert not report.is_changed
    assert it.workers.heard == []
    assert it.told == [
        ("config_unchanged", {"because": "signal", "config_hash": report.config_hash})
    ]


async def test_who_has_not_acknowledged_is_named(it: Desk) -> None:
    it.workers.missing = ("worker-1",)
    it.writes(config(service("orders")))
    assert (await it.reloader.reload(Cause.API)).missing == ("worker-1",)


async def test_what_needs_a_restart_keeps_its_value_and_the_rest_runs(it: Desk) -> None:
    it.writes(config(service("orders"), proxy={"workers": 7, "drain_timeout": "3s"}))
    report = await it.reloader.reload(Cause.API)
    assert list(report.needs_restart) == ["proxy.workers"]
    assert it.last("config_needs_restart") == {"keys": ("proxy.workers",)}
    assert it.workers.heard[-1].drain_timeout == 3
    assert list(it.reloader.standing.needs_restart) == ["proxy.workers"]
    again = await it.reloader.reload(Cause.API)
    assert (again.is_changed, again.needs_restart) == (False, ("proxy.workers",))
    it.writes(config(service("orders"), proxy={"drain_timeout": "3s"}))
    assert (await it.reloader.reload(Cause.API)).is_changed is False
    assert not it.reloader.standing.needs_restart


async def test_what_the_new_config_needs_is_found_out_before_it_runs(it: Desk) -> None:
    it.writes(config(service("orders")))
    await it.reloader.reload(Cause.API)
    assert [each.services[0].name for each in it.prepared] == ["orders"]


# What is refused...


async def test_a_wrong_file_is_refused_whole_with_every_mistake(it: Desk) -> None:
    it.writes("services:\n  - name: support\n    legasy: {}\n    ai: {endpoints: [x]}\n")
    with pytest.raises(ConfigRefusedError, match="the running config serves on") as refused:
        await it.reloader.reload(Cause.SIGNAL)
    assert len(refused.value.problems) >= 3
    assert all(problem.startswith(str(it.path)) for problem in refused.value.problems)
    assert it.workers.heard == []
    assert it.names() == ["config_refused"]
    assert it.last("config_refused")["problems"] == refused.value.problems
    standing = it.reloader.standing
    assert (standing.refused_since, standing.problems) == (NOON, refused.value.problems)


async def test_a_file_stays_refused_since_the_first_time_and_until_it_is_right(it: Desk) -> None:
    it.writes("services: []")
    await it.reloader.try_to_reload(Cause.SIGNAL)
    it.now += 60
    it.writes("services: 7")
    await it.reloader.try_to_reload(Cause.SIGNAL)
    assert it.reloader.standing.refused_since == NOON
    it.writes(config())
    await it.reloader.try_to_reload(Cause.SIGNAL)
    assert it.names() == ["config_refused", "config_refused", "config_unchanged"]
    assert not it.reloader.standing.is_refused
    assert it.reloader.standing.loaded_at == NOON


async def test_callers_are_not_divided_anew_unless_that_is_wanted(it: Desk) -> None:
    await it.conductor.carry_out(to(20))
    it.writes(config(service(split=SALTED)))
    with pytest.raises(ReshuffleError) as refused:
        await it.reloader.reload(Cause.API)
    assert "split.salt" in refused.value.problems[0]
    assert it.reloader.standing.is_refused
    report = await it.reloader.reload(Cause.API, reshuffle=True)
    assert report.changed == ("support",)
    assert it.workers.heard[-1].services[0].split.salt == "other"
    assert not it.reloader.standing.is_refused


async def test_the_share_counts_as_it_is_when_the_file_was_read(it: Desk) -> None:
    it.writes(config(service(split=SALTED)))
    reload = asyncio.ensure_future(it.reloader.reload(Cause.API))
    await asyncio.sleep(0)
    await it.conductor.carry_out(to(20))
    with pytest.raises(ReshuffleError):
        await reload


async def test_a_share_that_grows_while_the_endpoints_are_looked_for_counts_too(it: Desk) -> None:
    it.may_prepare.clear()
    it.writes(config(service(split=SALTED)))
    reload = asyncio.ensure_future(it.reloader.reload(Cause.API))
    await asyncio.wait_for(it.is_preparing.wait(), 10)
    await it.conductor.carry_out(to(20))
    it.may_prepare.set()
    with pytest.raises(ReshuffleError):
        await reload
    assert it.workers.heard[-1].services[0].split.salt == "support"


async def test_nothing_is_looked_for_that_a_refused_file_names(it: Desk) -> None:
    await it.conductor.carry_out(to(20))
    it.writes(config(service(split=SALTED), service("orders")))
    with pytest.raises(ReshuffleError):
        await it.reloader.reload(Cause.API)
    assert it.prepared == []


async def test_a_mistake_of_ours_is_logged_and_refuses_the_file(it: Desk) -> None:
    it.mistake = ZeroDivisionError()
    with pytest.raises(ConfigRefusedError, match="a bug in the router"):
        await it.reloader.reload(Cause.SIGNAL)
    assert it.names() == ["reload_failed", "config_refused"]
    assert it.workers.heard == []
    it.mistake = None
    assert not (await it.reloader.reload(Cause.SIGNAL)).is_changed


async def test_a_disk_that_does_not_answer_keeps_nobody_waiting_for_ever(
    it: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "READ_WITHIN", QUICK)
    it.may_read.clear()
    with pytest.raises(ConfigRefusedError, match="could not be read within"):
        await it.reloader.reload(Cause.API)
    it.may_read.set()
    assert it.names() == ["config_refused"]
    assert it.reloader.standing.is_refused


async def test_without_a_thread_to_read_it_a_config_is_refused_and_tried_again(
    it: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()

    async def full(_: object, name: str) -> None:
        if name == "watch":
            looked.set()
        raise BlockingIOError

    it.writes(config(service("orders")))
    with monkeypatch.context() as patch:
        patch.setattr(reload, "in_thread", full)
        with pytest.raises(ConfigRefusedError, match="no thread is left"):
            await it.reloader.reload(Cause.SIGNAL)
        watching = asyncio.ensure_future(it.reloader.watch(QUICK))
        await asyncio.wait_for(looked.wait(), 10)
    it.now += RETRY_EVERY
    async with asyncio.timeout(10):
        while "config_reloaded" not in it.names():
            assert not watching.done()
            await asyncio.sleep(QUICK)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert it.names() == ["config_refused", "config_reloaded"]


async def test_a_router_that_stops_takes_no_config(it: Desk) -> None:
    it.conductor.drain()
    it.writes(config(service("orders")))
    with pytest.raises(DrainingError):
        await it.reloader.reload(Cause.API)
    assert not it.reloader.standing.is_refused


async def test_two_reloads_are_carried_out_one_after_the_other(it: Desk) -> None:
    it.workers.may_acknowledge.clear()
    it.writes(config(service("orders")))
    first = asyncio.ensure_future(it.reloader.reload(Cause.API))
    second = asyncio.ensure_future(it.reloader.reload(Cause.API))
    await asyncio.wait_for(it.workers.has_heard.wait(), 10)
    it.writes(config(service("search")))
    assert not second.done()
    it.workers.may_acknowledge.set()
    assert (await first).added == ("orders",)
    assert (await second).added == ("search",)


# The watcher...


async def until(it: Desk, name: str, count: int = 1) -> None:
    """Watch until an event of this name was told so often."""
    watching = asyncio.ensure_future(it.reloader.watch(QUICK))
    try:
        async with asyncio.timeout(10):
            while it.names().count(name) < count:
                assert not watching.done()
                await asyncio.sleep(QUICK)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_file_that_changed_is_read_without_being_asked(it: Desk) -> None:
    it.writes(config(service("orders")))
    await until(it, "config_reloaded")
    assert it.last("config_reloaded")["because"] == "file"
    assert it.names().count("config_reloaded") == 1


async def test_a_missing_file_is_told_and_waited_for(it: Desk) -> None:
    it.path.unlink()
    await until(it, "config_file_missing")
    assert it.last("config_file_missing") == {"file": str(it.path)}
    it.writes(config(service("orders")))
    await until(it, "config_reloaded")
    assert it.names() == ["config_file_missing", "config_reloaded"]


async def test_a_refused_file_is_refused_once_and_not_at_every_look(it: Desk) -> None:
    it.writes("services: 7")
    await until(it, "config_refused")
    it.path.with_suffix(".other").write_text("")
    it.writes(config(service("orders")))
    await until(it, "config_reloaded")
    assert it.names() == ["config_refused", "config_reloaded"]


async def test_what_a_refused_file_lacked_is_looked_for_again(it: Desk, tmp_path: Path) -> None:
    it.writes(config(service(legacy={"endpoints": ["https://a"], "tls": {"ca": "ca.pem"}})))
    await until(it, "config_refused")
    (tmp_path / "ca.pem").write_text(Authority(tmp_path).pem)
    it.now += RETRY_EVERY
    await until(it, "config_reloaded")
    assert it.names() == ["config_refused", "config_reloaded"]
    assert it.last("config_reloaded")["because"] == "retry"


async def test_looking_again_at_a_file_that_is_still_wrong_says_nothing(it: Desk) -> None:
    it.writes("services: 7")
    await it.reloader.try_to_reload(Cause.SIGNAL)
    await it.reloader.try_to_reload(Cause.RETRY)
    assert it.names() == ["config_refused"]
    await it.reloader.try_to_reload(Cause.FILE)
    assert it.names() == ["config_refused", "config_refused"]


async def test_a_share_that_was_in_the_way_does_not_let_a_file_in_when_it_goes(it: Desk) -> None:
    await it.conductor.carry_out(to(20))
    it.writes(config(service(split=SALTED)))
    await until(it, "config_refused")
    await it.conductor.carry_out(to(0))
    it.now += RETRY_EVERY
    it.path.unlink()
    await until(it, "config_file_missing")
    about_configs = [name for name in it.names() if name.startswith("config")]
    assert about_configs == ["config_refused", "config_file_missing"]


async def test_a_renewed_certificate_is_served_without_another_config(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = {"cert": "tls.crt", "key": "tls.key"}

    def install(name: str) -> str:
        made = authority.issue(f"DNS:{name}")
        for text, suffix in ((made.certificate, "crt"), (made.key, "key")):
            (tmp_path / f"new.{suffix}").write_text(text)
            (tmp_path / f"new.{suffix}").rename(tmp_path / f"tls.{suffix}")
        return made.certificate

    install("old")
    with desk(tmp_path, config(proxy={"tls": tls})) as it:
        renewed = install("new")
        await until(it, "certificates_reloaded")
        snapshot = it.workers.heard[-1]
        assert snapshot.tls is not None
        assert snapshot.tls.certificate.strip() == renewed.strip()
        told = it.last("certificates_reloaded")
        assert (told["place"], told["subject"]) == ("proxy.tls.cert", "CN=test")
        assert str(told["expires"]).endswith("Z")
