import json
from collections.abc import Iterator

import pytest

from router.cli.main import main
from tests.support.admin_double import AdminDouble, admin_double


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["--key", "user 4711&x"], "/api/v1/records?key=user+4711%26x"),
        (["--key", "ä", "--service", "support"], "/api/v1/records?key=%C3%A4&service=support"),
    ],
)
def test_a_caller_is_forgotten(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], arguments: list[str], path: str
) -> None:
    admin.says({"samples": 3, "sealed": 1})
    assert main(["forget", *arguments]) == 0
    assert admin.heard == [("DELETE", path, None)]
    assert capsys.readouterr().out == "forgotten: 3 samples, 1 original in the vault\n"


def test_that_there_was_nothing_is_told(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({"samples": 0, "sealed": 0})
    assert main(["forget", "--key", "x"]) == 0
    assert capsys.readouterr().out == "there was nothing to forget\n"


def test_programs_get_the_apis_json(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says({"samples": 3, "sealed": 1})
    assert main(["forget", "--key", "x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"samples": 3, "sealed": 1}


def test_a_key_that_no_url_holds_is_refused_before_anybody_is_asked(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "--key", "x" * 100_000]) == 2
    assert admin.heard == []
    assert "an admin API takes 8,000" in capsys.readouterr().err
    admin.says({"samples": 0, "sealed": 0})
    assert main(["forget", "--key", "x" * 7_900]) == 0


def test_a_key_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["forget"])
    assert ended.value.code == 2
    assert "--key" in capsys.readouterr().err
