import json
import re
from collections.abc import Iterator

import pytest

from router.cli.main import main
from tests.support.admin_double import (
    RELEASE,
    REPLICA,
    SERVICE,
    AdminDouble,
    admin_double,
    silent_url,
)

REPLICAS = ("GET", "/api/v1/replicas", None)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


def test_all_services_are_shown_in_columns(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = {**RELEASE, "service": "orders", "percent": 0, "effective_percent": None, "reason": ""}
    admin.says({"services": [RELEASE, fresh]})
    assert main(["status"]) == 0
    headings, support, orders, _ = capsys.readouterr().out.splitlines()
    assert headings.split()[:3] == ["SERVICE", "TO", "AI"]
    assert support.startswith("support  20 %   19.87 %  rolling  4")
    assert support.endswith("first users are content")
    assert orders.startswith("orders   0 %    -        rolling  4")
    assert admin.heard == [("GET", "/api/v1/services", None), REPLICAS]


def test_a_service_whose_ai_was_not_there_is_pointed_out(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({"services": [{**RELEASE, "fallbacks": {"no_endpoint": 7}}, RELEASE]})
    assert main(["status"]) == 0
    assert capsys.readouterr().out.splitlines()[3:-1] == [
        "support: 7 since the share was set, answered by legacy in AI's place: no_endpoint 7"
    ]


def test_one_service_is_shown_with_all_that_is_known(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(SERVICE)
    assert main(["status", "support"]) == 0
    shown = capsys.readouterr().out
    for fact in ("20 % of callers", "19.87 % of answers", "5 %, 20 %, 50 %, 100 %", "4 (epoch 0)"):
        assert fact in shown
    for fact in ("fallbacks none", "10.0.0.5:9001 is up", "10.0.0.6:9002 is DOWN: refused"):
        assert fact in shown
    assert admin.heard == [("GET", "/api/v1/services/support", None), REPLICAS]


@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_json_is_what_the_api_said(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    said = SERVICE if len(arguments) > 1 else {"services": [RELEASE]}
    admin.says(said)
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**said, "routers": [REPLICA]}


def test_a_name_is_quoted_for_the_url(admin: AdminDouble) -> None:
    admin.says(SERVICE)
    main(["status", "a/b c"])
    assert admin.heard == [("GET", "/api/v1/services/a%2Fb%20c", None), REPLICAS]


def test_a_refusal_ends_with_1_and_the_reason(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(
        {"code": "unknown_service", "detail": "there is no service 'suport'; there are: support"},
        status=404,
    )
    assert main(["status", "suport"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"Refused by {admin.url}: there is no service 'suport'; there are: support" in told.err


def test_a_service_that_is_divided_by_chance_is_pointed_out(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = {**RELEASE, "service": "orders", "sticky": False}
    admin.says({"services": [RELEASE, chance]})
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "\norders is not sticky: every request is divided by chance\n" in shown
    assert shown.count("sticky") == 1
    admin.says({**SERVICE, **chance})
    assert main(["status", "orders"]) == 0
    assert "not sticky: every request is divided by chance" in capsys.readouterr().out


def test_a_sticky_service_says_so(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says(SERVICE)
    assert main(["status", "support"]) == 0
    assert "split     sticky by key or cookie\n" in capsys.readouterr().out


def test_of_several_routers_the_one_that_answers_is_named_beside_the_json(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(SERVICE)
    urls = f"{silent_url()},{admin.url}"
    assert main(["status", "support", "--json", "--admin", urls]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {**SERVICE, "routers": [REPLICA]}
    assert told.err == f"{admin.url} answers:\n"


@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_the_router_is_shown_in_one_line_while_all_is_well(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    admin.says(SERVICE if len(arguments) > 1 else {"services": [RELEASE]})
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith(
        "\nrouter r1: config 0123456789ab since 2026-09-21T14:13:20.000Z; workers: 2 ready\n"
    )


@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_workers_that_serve_by_an_older_revision_stand_out(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    late = {**SERVICE, "unconfirmed": ["worker-1", "worker-3"]}
    admin.says(late if len(arguments) > 1 else {"services": [late, RELEASE]})
    assert main(arguments) == 0
    assert (
        "\nsupport IS NOT EVERYWHERE at revision 4: not confirmed yet by worker-1, worker-3\n"
    ) in capsys.readouterr().out


def test_a_refused_config_stands_out_with_its_problems(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.replica |= {
        "refused_since": "2026-09-21T14:14:20.000Z",
        "problems": ["a.yaml:3: one", "a.yaml:4: two \x1b"],
        "needs_restart": ["proxy.listen", "lease"],
        "draining": True,
    }
    admin.says({"services": [RELEASE]})
    assert main(["status"]) == 0
    *_, stopping, refused, one, two, restart = capsys.readouterr().out.splitlines()
    assert stopping.startswith("  IT IS STOPPING")
    assert refused == (
        "  THE CONFIG ON DISK IS REFUSED since 2026-09-21T14:14:20.000Z; the one above serves on:"
    )
    assert (one, two) == ("    a.yaml:3: one", r"    a.yaml:4: two \x1b")
    assert restart == "  changed on disk, needs a restart: proxy.listen, lease"


PENDING = {
    "command": "promote",
    "percent": 50.0,
    "by": "ada.lovelace",
    "reason": "all is well",
    "expires_at": "2026-09-22T14:13:20.000Z",
    "approved_by": [],
}


@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_what_waits_for_somebodys_yes_stands_out(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    waits = {**SERVICE, "pending": PENDING}
    admin.says(waits if len(arguments) > 1 else {"services": [waits]})
    assert main(arguments) == 0
    assert (
        "\nsupport: promote to 50 % WAITS for the yes of another person (`gray-router approve "
        "support`) until 2026-09-22T14:13:20.000Z; asked for by ada.lovelace. Until then it stays "
        "at 20 %.\n"
    ) in capsys.readouterr().out


def test_a_lost_state_stands_out_with_both_ways_out(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = {**RELEASE, "status": "paused", "percent": 0.0, "held_for": "lost_state"}
    admin.says({"services": [lost]})
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "support: THE STORE HAS LOST ITS STATE" in shown
    assert "`gray-router resume support --confirm-lost-state`" in shown
    assert "`gray-router set support 0`" in shown


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (1, "5 %, 20 %, 50 %, 100 %; now at stage 2 of 4\n"),
        (None, "5 %, 20 %, 50 %, 100 %\n"),
        (9, "5 %, 20 %, 50 %, 100 %\n"),
    ],
)
def test_the_stage_is_shown_where_the_share_is_one(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], stage: int | None, told: str
) -> None:
    admin.says({**SERVICE, "stage": stage})
    assert main(["status", "support"]) == 0
    assert f"stages    {told}" in capsys.readouterr().out


# Watch...


@pytest.fixture
def ended_after_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("router.cli.watching.time.sleep", sleep)


@pytest.mark.usefixtures("ended_after_one_look")
@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_without_a_terminal_a_watch_is_a_line_for_each_service(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    admin.says(SERVICE if len(arguments) > 1 else {"services": [SERVICE, SERVICE]})
    assert main([*arguments, "--watch"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 3 - len(arguments)
    assert all(re.match(r"\d\d:\d\d:\d\d  support  20 %  19.87 %  rolling", line) for line in told)


@pytest.mark.usefixtures("ended_after_one_look")
def test_on_a_terminal_a_watch_shows_the_whole_page(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    admin.says({"services": [RELEASE]})
    assert main(["status", "--watch"]) == 0
    told = capsys.readouterr().out
    assert "SERVICE" in told
    assert f"{admin.url} at " in told


def test_a_watch_is_for_people(admin: AdminDouble) -> None:
    assert main(["status", "--watch", "--json"]) == 2
    assert admin.heard == []


def test_a_releases_own_replicas_are_not_the_routers(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    stands = [{"replica": "r1", "workers": 3, "acked": 3}]
    admin.says({**SERVICE, "replicas": stands})
    assert main(["status", "support", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["replicas"], told["routers"]) == (stands, [REPLICA])


@pytest.mark.parametrize(
    ("ready", "because", "told"),
    [
        (True, "compared", "rollback  legacy is ready for everybody: compared\n"),
        (False, "it errs", "rollback  LEGACY IS NOT READY FOR EVERYBODY: it errs\n"),
        (None, "unproven", "rollback  always possible; whether legacy is ready: unproven\n"),
    ],
)
def test_whether_legacy_could_take_everybody_is_said(
    admin: AdminDouble,
    capsys: pytest.CaptureFixture[str],
    ready: bool | None,
    because: str,
    told: str,
) -> None:
    admin.says({**SERVICE, "rollback_ready": ready, "rollback_ready_because": because})
    assert main(["status", "support"]) == 0
    assert told in capsys.readouterr().out


def test_a_rollback_without_a_bound_is_loud(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    held = {"on_partition": "hold", "unbounded_because": "whoever is not reached goes on"}
    loud = "support: ROLLBACK IS UNBOUNDED, whoever is not reached goes on\n"
    admin.says({"services": [{**RELEASE, **held}]})
    assert main(["status"]) == 0
    assert loud in capsys.readouterr().out
    admin.says({**SERVICE, **held})
    assert main(["status", "support"]) == 0
    shown = capsys.readouterr().out
    assert loud in shown
    assert "\npartition hold: once complete, a router without its store goes on with AI\n" in shown
    admin.says({**SERVICE, **held, "unbounded_because": None})
    assert main(["status", "support"]) == 0
    shown = capsys.readouterr().out
    assert "UNBOUNDED" not in shown
    assert "\npartition hold: " in shown


# Several routers...

OTHER = {
    **REPLICA,
    "replica": "r2",
    "instance": "i2",
    "is_asked": False,
    "heard_s": 0.4,
    "silent": False,
    "running": 3,
    "config_loaded_at": None,
    "lease": None,
    "draining": None,
    "workers": [],
}
STAND = {"replica": "r1", "instance": "i1", "epoch": 0, "revision": 4, "workers": 2, "acked": 2}


def test_other_routers_are_shown_by_what_they_say(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.others += [OTHER, {**OTHER, "replica": "r3", "heard_s": None, "silent": True}]
    admin.says({"services": [RELEASE]})
    assert main(["status"]) == 0
    *_, second, third, silent = capsys.readouterr().out.splitlines()
    assert second == "router r2: config 0123456789ab, version 0.1.0; workers: 3; heard 0.4 s ago"
    assert third.startswith("router r3: ")
    assert third.endswith("; not heard yet")
    assert silent == "  IT SAYS NOTHING ANY MORE, and has not said that it leaves"


@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_what_is_not_as_it_should_be_is_warned_of(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    admin.beside = {"leader": "i1", "warnings": ["their configs differ: r1: abc; r2: def \x1b"]}
    said = SERVICE if len(arguments) > 1 else {"services": [RELEASE]}
    admin.says(said)
    assert main(arguments) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == r"WARNING: their configs differ: r1: abc; r2: def \x1b"
    admin.says(said)
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**said, "routers": [REPLICA], **admin.beside}


@pytest.mark.parametrize("arguments", [["status"], ["status", "support"]], ids=" ".join)
def test_routers_that_serve_by_another_revision_stand_out(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    stands = [
        STAND,
        {**STAND, "replica": "r2", "revision": 3, "acked": 0},
        {**STAND, "replica": "r3", "epoch": None, "revision": None, "acked": 0},
    ]
    behind = {**SERVICE, "replicas": stands, "replicas_counted": 2, "unconfirmed": ["r2"]}
    admin.says(behind if len(arguments) > 1 else {"services": [behind]})
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "\nsupport IS NOT EVERYWHERE at revision 4: not confirmed yet by r2\n" in shown
    assert "\nsupport: its figures are those of 2 of 3 replicas\n" in shown
    spread = "workers of r1 2 of 2, r2 0 of 2 (revision 3), r3 0 of 2 (not known there)\n"
    assert (spread in shown) == (len(arguments) > 1)
