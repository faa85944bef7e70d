from collections.abc import Iterator
from typing import Any

import pytest

from router.cli.main import main
from tests.support.admin_double import RELEASE, AdminDouble, admin_double

CHANGED: dict[str, Any] = {
    **RELEASE,
    "acknowledged": True,
    "missing": [],
    "applied_ms": 1.7,
    "shadow_percent": 10.0,
    "shadow_from": "command",
}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


@pytest.mark.parametrize(
    ("written", "sent"), [("on", None), ("off", 0), ("10", 10), ("0.5%", 0.5), ("100", 100)]
)
def test_copies_are_switched_on_and_off_or_to_a_percentage(
    admin: AdminDouble, written: str, sent: float | None
) -> None:
    admin.says(CHANGED)
    assert main(["shadow", "support", written, "--reason", "night"]) == 0
    assert admin.heard == [
        ("PUT", "/api/v1/services/support/shadow", {"percent": sent, "reason": "night"})
    ]


@pytest.mark.parametrize(
    ("percent", "by", "told"),
    [
        (10.0, "command", "10 % of its requests are copied, by `shadow`"),
        (0.0, "command", "no request is copied, by `shadow`"),
        (100.0, "config", "100 % of its requests are copied, as the config says"),
        (0.0, "config", "no request is copied, as the config says"),
    ],
)
def test_it_says_what_is_copied_now_and_who_says_so(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], percent: float, by: str, told: str
) -> None:
    admin.says({**CHANGED, "shadow_percent": percent, "shadow_from": by})
    assert main(["shadow", "support", "on"]) == 0
    assert capsys.readouterr().out == (f"support: {told} (revision 4, everywhere after 1.7 ms)\n")


def test_a_worker_that_has_not_confirmed_is_named_and_ends_with_1(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({**CHANGED, "acknowledged": False, "missing": ["worker-1"]}, status=202)
    assert main(["shadow", "support", "off"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "10 % of its requests are copied" in told.err
    assert "not everywhere yet: worker-1 has not confirmed" in told.err


def test_a_refusal_says_what_is_missing(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({"code": "refused", "detail": "support has no `shadow` in the config"}, status=409)
    assert main(["shadow", "support", "on"]) == 1
    assert "support has no `shadow` in the config" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["ON", "yes", "101", "-1", "", "10.005"])
def test_anything_else_is_wrong_usage_and_nothing_is_sent(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["shadow", "support", written])
    assert ended.value.code == 2
    assert "neither on nor off nor a percentage" in capsys.readouterr().err
    assert admin.heard == []
