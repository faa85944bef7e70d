from collections.abc import Iterator

import pytest

from router.cli import changing
from router.cli.main import main
from tests.support.admin_double import (
    RELEASE,
    SERVICE,
    AdminDouble,
    admin_double,
    plain,
    silent_url,
)

CHANGED = {**RELEASE, "acknowledged": True, "missing": [], "applied_ms": 1.7}
PENDING = {
    "command": "set",
    "percent": 50.0,
    "by": "ada.lovelace",
    "reason": "all is well",
    "expires_at": "2026-09-22T14:13:20.000Z",
    "approved_by": [],
}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        double.says_in_turn(plain(SERVICE), plain(CHANGED))
        yield double


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    steps: list[str] = []

    def agrees(step: str) -> bool:
        steps.append(step)
        return True

    monkeypatch.setattr(changing, "is_to_be_asked", lambda _: True)
    monkeypatch.setattr(changing, "agrees", agrees)
    return steps


def test_what_a_person_has_agreed_to_is_done_only_as_it_was_seen(
    admin: AdminDouble, asked: list[str]
) -> None:
    assert main(["set", "support", "50"]) == 0
    assert asked == ["support: 20 % -> 50 % of callers go to AI"]
    assert admin.asked_with[-1]["If-Match"] == '"4"'


def test_it_is_done_where_it_was_seen(admin: AdminDouble, asked: list[str]) -> None:
    assert main(["promote", "support", "--admin", f"{silent_url()},{admin.url}"]) == 0
    assert [method for method, _, _ in admin.heard] == ["GET", "POST"]
    assert len(asked) == 1


def test_a_no_changes_nothing(
    admin: AdminDouble,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(changing, "agrees", lambda _: False)
    assert main(["start", "support"]) == 1
    assert capsys.readouterr().out == "Nothing has changed.\n"
    assert [method for method, _, _ in admin.heard] == ["GET"]
    assert asked == []


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("words", [["set", "support", "5"], ["resume", "support"]], ids=" ".join)
def test_nobody_is_asked_where_ai_gets_no_more(asked: list[str], words: list[str]) -> None:
    assert main(words) == 0
    assert asked == []


@pytest.mark.parametrize("verb", ["pause", "reset"])
def test_nobody_is_ever_asked_before_a_pause_or_a_reset(
    admin: AdminDouble, asked: list[str], verb: str
) -> None:
    admin.says_in_turn(plain(CHANGED))
    assert main([verb, "support"]) == 0
    assert asked == []
    assert [method for method, _, _ in admin.heard] == ["POST"]


def test_without_a_terminal_nobody_is_asked(admin: AdminDouble) -> None:
    admin.says_in_turn(plain(CHANGED))
    assert main(["set", "support", "50"]) == 0
    assert "If-Match" not in admin.asked_with[-1]


def test_a_raise_that_waits_for_a_second_person_is_not_done_yet(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(plain({**CHANGED, "pending": {**PENDING, "approved_by": ["b.c"]}}, 202))
    assert main(["set", "support", "50"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "support: set to 50 % WAITS for the yes of another person (`gray-router approve support`) "
        "until 2026-09-22T14:13:20.000Z; asked for by ada.lovelace, approved by b.c. Until then it "
        "stays at 20 %.\n"
    )


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("paused", "support: paused, 20 % of callers go to AI (revision 4, "),
        ("complete", "support: complete, 20 % of callers go to AI (revision 4, "),
        ("rolling", "support: 20 % of callers go to AI (revision 4, "),
    ],
)
def test_a_status_that_the_share_does_not_tell_is_said(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], status: str, told: str
) -> None:
    admin.says_in_turn(plain({**CHANGED, "status": status}))
    assert main(["set", "support", "20"]) == 0
    assert capsys.readouterr().out.startswith(told)


def test_a_name_is_quoted_for_the_url() -> None:
    assert changing.path_of("a/b c", "rollback") == "/services/a%2Fb%20c/rollback"
