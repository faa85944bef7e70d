import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.cli.main import main
from tests.support.admin_double import AdminDouble, admin_double, plain
from tests.support.compared import ANSWERS, BARE, METRICS, PAIR


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        double.says(ANSWERS)
        yield double


def paths(admin: AdminDouble) -> list[str]:
    return [path.removeprefix("/api/v1") for _, path, _ in admin.heard]


def test_what_was_compared_is_shown(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["divergences", "support"]) == 0
    assert paths(admin) == ["/services/support/divergences?kind=answer&limit=20"]
    assert capsys.readouterr().out.startswith("support: 1,000 of 1,200 eligible")


def test_options_are_passed_on_as_they_are(admin: AdminDouble) -> None:
    wanted = ["--field", "/a b", "--change", "value", "--phase", "7/gpt-x", "--since", "2h"]
    assert main(["divergences", "support", *wanted, "--limit", "7"]) == 0
    assert paths(admin) == [
        (
            "/services/support/divergences?kind=answer&field=%2Fa+b&change=value&phase=7%2Fgpt-x"
            "&since=2h&limit=7"
        )
    ]


def test_what_is_no_text_is_passed_on_as_it_is(admin: AdminDouble) -> None:
    assert main(["divergences", "a\udcff", "--field", "\udcfe"]) == 0
    admin.says(PAIR)
    main(["divergences", "support", "\udcfd"])
    assert paths(admin) == [
        "/services/a%FF/divergences?kind=answer&field=%FE&limit=20",
        "/divergences/%FD",
    ]


def test_metrics_are_another_kind(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says(METRICS)
    assert main(["divergences", "support", "--kind", "metric"]) == 0
    assert "kind=metric" in paths(admin)[0]
    assert "latency_p50" in capsys.readouterr().out


@pytest.mark.parametrize("said", [ANSWERS, METRICS])
def test_json_is_what_the_api_said(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], said: dict[str, Any]
) -> None:
    admin.says(said)
    assert main(["divergences", "support", "--json", "--kind", said["kind"]]) == 0
    assert json.loads(capsys.readouterr().out) == said


def test_one_pair_is_shown_without_colour_where_there_is_no_terminal(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(PAIR)
    assert main(["divergences", "support", "01JD7"]) == 0
    assert paths(admin) == ["/divergences/01JD7"]
    out = capsys.readouterr().out
    assert '  - "refund"\n  + "shipping"' in out
    assert "\x1b" not in out


def test_one_pair_is_shown_in_colour_on_a_terminal(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.says(PAIR)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["divergences", "support", "01JD7"]) == 0
    assert "\x1b[" in capsys.readouterr().out


def test_why_contents_are_missing_is_said_beside_the_output(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(BARE)
    assert main(["divergences", "support", "01JD7"]) == 0
    told = capsys.readouterr()
    assert "differs in   /label (value)" in told.out
    assert told.err == "`compare.record: metadata` keeps no content\n"


def test_the_command_that_asks_it_again_is_printed(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(PAIR)
    assert main(["divergences", "support", "01JD7", "--curl", "--to", "http://10.0.0.1"]) == 0
    assert "curl -X POST http://10.0.0.1/v1/classify" in capsys.readouterr().out


def test_what_was_not_recorded_cannot_be_asked_again(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(BARE)
    assert main(["divergences", "support", "01JD7", "--curl"]) == 1
    assert "keeps no content" in capsys.readouterr().err


def test_a_pair_of_another_service_is_none_of_this_one(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({**PAIR, "service": "orders"})
    assert main(["divergences", "support", "01JD7"]) == 2
    assert "is a pair of orders" in capsys.readouterr().err


def test_all_samples_are_written_to_a_file_that_nobody_else_reads(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "pairs.jsonl"
    admin.says_in_turn(
        plain({**ANSWERS, "next": "9.5:a"}), plain(PAIR), plain(ANSWERS), plain(BARE)
    )
    assert main(["divergences", "support", "--field", "/label", "--export", str(file)]) == 0
    assert [json.loads(line) for line in file.read_text().splitlines()] == [PAIR, BARE]
    assert file.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out == f"2 pairs in {file}\n"
    first, one, following, _ = paths(admin)
    assert one == "/divergences/01JD7"
    assert "page" not in first
    assert following == f"{first}&page=9.5%3Aa"


def test_a_pair_that_was_forgotten_meanwhile_is_left_out_of_the_file(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "pairs.jsonl"
    two = {**ANSWERS, "samples": ANSWERS["samples"] * 2}
    gone = {"code": "no_divergence", "status": 404, "detail": "there is no such pair any more"}
    admin.says_in_turn(plain(two), plain(gone, 404), plain(PAIR))
    assert main(["divergences", "support", "--export", str(file)]) == 0
    assert [json.loads(line) for line in file.read_text().splitlines()] == [PAIR]
    assert capsys.readouterr().out == f"1 pair in {file}\n"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["--field", "/no\x1b"], "no compared pair differs in /no\\x1b; what `compare.decision`"),
        (["--change", "type"], "no compared pair differs by type"),
    ],
)
def test_where_nothing_differs_as_it_was_asked_for_that_is_said(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], wanted: list[str], said: str
) -> None:
    admin.says({**ANSWERS, "fields": []})
    assert main(["divergences", "support", *wanted]) == 0
    assert said in capsys.readouterr().err
    admin.says(ANSWERS)
    assert main(["divergences", "support", *wanted]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("admin")
def test_a_file_that_is_there_is_not_written_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text("kept")
    assert main(["divergences", "support", "--export", str(file)]) == 1
    assert "File exists" in capsys.readouterr().err
    assert file.read_text() == "kept"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--curl"],
        ["--kind", "metric", "--export", "x.jsonl"],
        ["--json", "--export", "x.jsonl"],
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(admin: AdminDouble, wrong: list[str]) -> None:
    assert main(["divergences", "support", *wrong]) == 2
    assert admin.heard == []


@pytest.mark.parametrize("number", ["0", "501", "-1", "x"])
def test_a_number_of_samples_is_a_small_one(number: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["divergences", "support", "--limit", number])
    assert ended.value.code == 2


def test_what_answers_like_something_else_is_not_shown(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({"kind": "answer", "service": "support"})
    assert main(["divergences", "support"]) == 3
    assert "no admin API" in capsys.readouterr().err


def test_rules_for_noise_are_printed_as_they_go_into_a_config(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suggest-ignores", "support", "--since", "2h"]) == 0
    assert paths(admin) == ["/services/support/divergences?kind=answer&since=2h&limit=1"]
    assert capsys.readouterr().out == ANSWERS["suggested"]
    assert main(["suggest-ignores", "support", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["suggested"] == ANSWERS["suggested"]


def test_where_nothing_is_noise_no_rule_is_made_up(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({**ANSWERS, "suggested": ""})
    assert main(["suggest-ignores", "support"]) == 0
    assert capsys.readouterr().out.startswith("# support: no field is noise")
