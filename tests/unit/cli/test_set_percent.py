from collections.abc import Iterator

import pytest

from router.cli.main import main
from tests.support.admin_double import RELEASE, AdminDouble, admin_double, silent_url

CHANGED = {**RELEASE, "acknowledged": True, "missing": [], "applied_ms": 1.7}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


def test_a_change_is_ordered_and_confirmed(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(CHANGED)
    assert main(["set", "support", "20", "--reason", "first users are content"]) == 0
    assert admin.heard == [
        (
            "PUT",
            "/api/v1/services/support/percent",
            {"percent": 20.0, "reason": "first users are content"},
        )
    ]
    assert capsys.readouterr().out == (
        "support: 20 % of callers go to AI (revision 4, everywhere after 1.7 ms)\n"
    )


def test_a_worker_that_has_not_confirmed_is_named_and_ends_with_1(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({**CHANGED, "acknowledged": False, "missing": ["worker-1"]}, status=202)
    assert main(["set", "support", "20"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "not everywhere yet: worker-1 has not confirmed" in told.err


@pytest.mark.parametrize(
    ("written", "sent"), [("0", 0), ("100", 100), ("12.34", 12.34), ("5%", 5), ("0.01", 0.01)]
)
def test_percentages_are_read_as_they_are_written(
    admin: AdminDouble, written: str, sent: float
) -> None:
    admin.says(CHANGED)
    assert main(["set", "support", written]) == 0
    assert admin.heard[0][2]["percent"] == sent


@pytest.mark.parametrize(
    "written",
    [
        "-1",
        "100.01",
        "1.234",
        "five",
        "",
        "nan",
        "inf",
        "1e400",
        "%",
        "5_0",
        "1e1",
        "+5",
        "\u0665",
        " 5",
        "5 %",
        "5.",
        ".5",
        "5%%",
        "0100",
        "5\n",
    ],
)
def test_what_is_no_percentage_is_wrong_usage_and_nothing_is_sent(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["set", "support", written])
    assert ended.value.code == 2
    assert "0 to 100, with at most two decimals" in capsys.readouterr().err
    assert admin.heard == []


def test_of_several_routers_the_one_that_changed_is_named(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(CHANGED)
    assert main(["set", "support", "20", "--admin", f"{silent_url()},{admin.url}"]) == 0
    assert capsys.readouterr().out.startswith(f"support at {admin.url}: 20 % of callers go to AI")


def test_a_lost_answer_does_not_claim_that_nothing_happened(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.status = 0
    assert main(["set", "support", "20"]) == 1
    assert "Whether it was carried out is not known" in capsys.readouterr().err
    assert len(admin.heard) == 1
