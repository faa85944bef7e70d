import json
import threading
from collections.abc import Iterator

import pytest

from router.cli import rollback, rollback_call
from router.cli.main import main
from router.cli.rollback_screen import Screen
from tests.support.admin_double import (
    RELEASE,
    REPORT,
    ROLLED_BACK,
    AdminDouble,
    admin_double,
    plain,
    published,
    silent_url,
    stream,
)

DONE = stream(published(), ("report", REPORT))
LATE = {**REPORT, "complete": False, "bound_s": 15.0, "missing": ["worker-3"]}
ONE = plain({"services": [RELEASE]})
TWO = plain({"services": [RELEASE, {**RELEASE, "service": "orders"}]})
NO = plain({"code": "forbidden", "detail": "your role is viewer"}, 403)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        double.says_in_turn(DONE)
        yield double


@pytest.fixture
def second() -> Iterator[AdminDouble]:
    with admin_double() as double:
        double.says_in_turn(DONE)
        yield double


def test_done_everywhere_ends_with_0(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "support"]) == 0
    assert capsys.readouterr().out.startswith("support: everyone is on legacy, 3 of 3 workers")
    assert len(admin.heard) == 1


def test_the_one_service_there_is_need_not_be_named(admin: AdminDouble) -> None:
    admin.says_in_turn(ONE, DONE)
    assert main(["rollback"]) == 0
    assert [path for _, path, _ in admin.heard] == [
        "/api/v1/services",
        "/api/v1/services/support/rollback",
    ]


def test_of_several_one_has_to_be_named_or_all(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(TWO)
    assert main(["rollback"]) == 2
    assert capsys.readouterr().err == (
        "NOTHING WAS ROLLED BACK: which service? There are orders, support.\n"
        "`gray-router rollback --all` rolls all of them back.\n"
    )
    assert len(admin.heard) == 1


def test_a_service_and_all_of_them_is_wrong_usage(admin: AdminDouble) -> None:
    assert main(["rollback", "support", "--all"]) == 2
    assert admin.heard == []


def test_all_goes_without_names(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says_in_turn(plain({"reports": [REPORT, {**REPORT, "service": "orders"}]}))
    assert main(["rollback", "--all"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "EVERYONE IS ON LEGACY: orders, support at 1 router, 41 ms after the call."
    )


def test_it_goes_to_all_routers_at_the_same_time(
    admin: AdminDouble, second: AdminDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=5)
    finish = rollback_call.RollbackCall.finish

    def together(call: rollback_call.RollbackCall) -> rollback_call.Outcome:
        both.wait()
        return finish(call)

    monkeypatch.setattr(rollback_call.RollbackCall, "finish", together)
    assert main(["rollback", "support", "--admin", f"{admin.url},{second.url}"]) == 0
    assert (len(admin.heard), len(second.heard)) == (1, 1)


def test_who_is_safe_by_a_time_ends_with_4(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(plain(LATE))
    assert main(["rollback", "support"]) == 4
    assert "not confirmed by worker-3. It is safe by " in capsys.readouterr().out


def test_nobody_reached_ends_with_3_and_says_what_helps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = [silent_url(), silent_url()]
    assert main(["rollback", "support", "--admin", ",".join(urls)]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert all(f"{url}: Connection refused" in told.err for url in urls)
    assert "gray-router rollback support --store sqlite:////PATH/gray-router.db\n" in told.err
    assert "(a Redis: once for all that share it)" in told.err
    assert main(["rollback", "--admin", urls[0]]) == 3
    assert "gray-router rollback --all --store" in capsys.readouterr().err


def test_one_that_is_not_reached_holds_up_no_other_and_ends_with_1(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = silent_url()
    assert main(["rollback", "support", "--admin", f"{silent},{admin.url}"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith(f"support at {admin.url}: everyone is on legacy")
    assert told.err.startswith(f"{silent}: Connection refused\n")
    assert told.err.endswith(f"NOT EVERYWHERE: not known to be done at {silent}.\n")


def test_one_that_does_not_know_the_service_list_is_rolled_back_all_the_same(
    admin: AdminDouble, second: AdminDouble
) -> None:
    admin.says_in_turn(ONE, DONE)
    second.says_in_turn(NO, DONE)
    assert main(["rollback", "--admin", f"{admin.url},{second.url}"]) == 0
    assert second.heard[-1][1] == "/api/v1/services/support/rollback"


@pytest.mark.parametrize("words", [["rollback"], ["rollback", "support"]], ids=" ".join)
def test_a_no_ends_with_1_and_says_that_nothing_is_done(
    admin: AdminDouble, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(NO)
    assert main(words) == 1
    told = capsys.readouterr().err
    assert "your role is viewer" in told
    assert "NOTHING WAS ROLLED BACK." in told


def test_one_that_hangs_for_good_is_given_up(
    admin: AdminDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    never = threading.Event()
    monkeypatch.setattr(rollback, "LIMIT", 0.05)
    monkeypatch.setattr(rollback, "SLACK", 0.0)
    monkeypatch.setattr(rollback_call.RollbackCall, "finish", lambda _: never.wait(30))
    assert main(["rollback", "support"]) == 1
    assert f"{admin.url}: no answer within 0.05 s" in capsys.readouterr().err
    never.set()


def test_one_that_is_slow_is_told_of_while_it_is_waited_for(
    admin: AdminDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = threading.Event()
    finish = rollback_call.RollbackCall.finish

    def slow(call: rollback_call.RollbackCall) -> rollback_call.Outcome:
        assert told.wait(10)
        return finish(call)

    monkeypatch.setattr(rollback, "SLOW", 0.01)
    monkeypatch.setattr(rollback_call.RollbackCall, "finish", slow)
    monkeypatch.setattr(Screen, "waiting", lambda _: told.set())
    assert main(["rollback", "support", "--admin", admin.url]) == 0
    assert capsys.readouterr().err == ""


def test_nobody_is_asked_at_a_terminal(admin: AdminDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert main(["rollback", "support"]) == 0
    assert len(admin.heard) == 1


# JSON...


def test_json_of_one_router_is_what_the_api_said(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "support", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == REPORT
    admin.says_in_turn(plain({"reports": [REPORT]}))
    assert main(["rollback", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"reports": [REPORT]}


def test_json_of_several_says_what_each_of_them_said(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = silent_url()
    assert main(["rollback", "support", "--json", "--admin", f"{admin.url},{silent}"]) == 1
    done, failed = json.loads(capsys.readouterr().out)["admins"]
    assert done == {"admin": admin.url, "reports": [REPORT], "services": [], "problem": None}
    assert (failed["admin"], failed["reports"]) == (silent, [])
    assert "Connection refused" in failed["problem"]


def test_json_of_what_was_only_seen_is_the_release(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(stream(published()), plain({"services": [ROLLED_BACK]}))
    assert main(["rollback", "support", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"services": [ROLLED_BACK]}


def test_whoever_breaks_it_off_is_told_that_it_goes_on(
    admin: AdminDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rollback, "at_once", interrupted)
    assert main(["rollback", "support", "--admin", admin.url]) == 130
    assert "Whoever was told by now goes on" in capsys.readouterr().err
