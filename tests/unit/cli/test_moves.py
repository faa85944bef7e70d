from collections.abc import Iterator

import pytest

from router.cli.main import main
from tests.support.admin_double import RELEASE, AdminDouble, admin_double

CHANGED = {**RELEASE, "acknowledged": True, "missing": [], "applied_ms": 1.7}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        double.says(CHANGED)
        yield double


@pytest.mark.parametrize(
    "verb", ["start", "promote", "pause", "resume", "complete", "reset", "approve"]
)
def test_each_move_is_ordered_with_its_reason(admin: AdminDouble, verb: str) -> None:
    assert main([verb, "a b", "--reason", "why not"]) == 0
    method, path, body = admin.heard[0]
    assert (method, path) == ("POST", f"/api/v1/services/a%20b/{verb}")
    assert body["reason"] == "why not"


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["complete", "support"], {"reason": "", "force": False}),
        (["complete", "support", "--force"], {"reason": "", "force": True}),
        (["resume", "support"], {"reason": "", "confirm_lost_state": False}),
        (
            ["resume", "support", "--confirm-lost-state"],
            {"reason": "", "confirm_lost_state": True},
        ),
        (["pause", "support"], {"reason": ""}),
    ],
    ids=str,
)
def test_what_needs_an_explicit_word_gets_it_only_then(
    admin: AdminDouble, words: list[str], body: dict[str, object]
) -> None:
    assert main(words) == 0
    assert admin.heard[0][2] == body


def test_a_refusal_ends_with_1_and_the_reason(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(
        {"code": "refused", "refusal": "not_possible", "detail": "promote is not possible: idle"},
        status=409,
    )
    assert main(["promote", "support"]) == 1
    assert "promote is not possible: idle" in capsys.readouterr().err
