import json
from collections.abc import Iterator

import pytest

from router.cli.main import main
from tests.support.admin_double import RELOADED, AdminDouble, admin_double, silent_url

REFUSED = {
    "code": "config_refused",
    "detail": "the config file is wrong; the running config serves on",
    "problems": ["a.yaml:3: one", "a.yaml:4: two"],
}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


@pytest.mark.parametrize("reshuffle", [False, True])
def test_a_reload_is_ordered(admin: AdminDouble, reshuffle: bool) -> None:
    admin.says(RELOADED)
    assert main(["reload", *(["--reshuffle"] if reshuffle else [])]) == 0
    assert admin.heard == [("POST", "/api/v1/reload", {"reshuffle": reshuffle})]


def test_what_changed_and_what_did_not_is_told(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    renewed = {"place": "proxy.tls.cert", "subject": "CN=a", "expires": "2026-12-01T00:00:00.000Z"}
    admin.says(
        {
            **RELOADED,
            "added": ["orders", "search"],
            "removed": ["old"],
            "certificates": [
                renewed,
                {"place": "support.ai.tls.ca", "subject": "", "expires": None},
            ],
            "needs_restart": ["proxy.listen", "lease"],
            "warnings": ["a.yaml:7: beware"],
        }
    )
    assert main(["reload"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "config 0123456789ab runs, everywhere after 3.5 ms",
        "  added: orders, search",
        "  changed: support",
        "  removed: old",
        "  certificate proxy.tls.cert: CN=a, valid until 2026-12-01T00:00:00.000Z",
        "  certificate support.ai.tls.ca: another one",
        "  needs a restart, and keeps its running value until then: proxy.listen, lease",
        "  warning: a.yaml:7: beware",
    ]


def test_nothing_to_do_is_told(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says({**RELOADED, "is_changed": False, "changed": []})
    assert main(["reload"]) == 0
    assert capsys.readouterr().out == "nothing to do: config 0123456789ab runs already\n"


def test_a_refusal_ends_with_1_and_all_problems(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(REFUSED, status=422)
    assert main(["reload"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        f"Refused by {admin.url}: the config file is wrong; the running config serves on",
        "  a.yaml:3: one",
        "  a.yaml:4: two",
    ]


@pytest.mark.parametrize(("said", "status", "code"), [(RELOADED, 200, 0), (REFUSED, 422, 1)])
def test_json_is_what_the_api_said(
    admin: AdminDouble,
    capsys: pytest.CaptureFixture[str],
    said: dict[str, object],
    status: int,
    code: int,
) -> None:
    admin.says(said, status=status)
    assert main(["reload", "--json"]) == code
    assert json.loads(capsys.readouterr().out) == said


def test_a_worker_that_has_not_confirmed_is_named_and_ends_with_1(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says({**RELOADED, "missing": ["worker-1"]}, status=202)
    assert main(["reload"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("config 0123456789ab runs, but not everywhere yet\n")
    assert "worker-1 has not confirmed" in told.err


def test_of_several_routers_the_one_that_answers_is_named(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says(RELOADED)
    assert main(["reload", "--admin", f"{silent_url()},{admin.url}"]) == 0
    assert capsys.readouterr().out.startswith(f"{admin.url}: config 0123456789ab runs")
