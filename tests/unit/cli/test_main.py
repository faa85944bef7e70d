import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from router import __version__
from router.cli import main as main_module
from router.cli.main import main
from router.cli.subcommands import Subparsers
from router.errors import GrayRouterError, SettingsError
from tests.support.admin_double import RELEASE, admin_double, silent_url

HEAVY = {
    "aiohttp",
    "asyncio",
    "concurrent",
    "cryptography",
    "logging",
    "httptools",
    "msgspec",
    "orjson",
    "prometheus_client",
    "pydantic",
    "rich",
    "ruamel",
    "sqlite3",
    "uvloop",
}
LISTING = (
    "import sys; from router.cli.main import main; code = main(sys.argv[1:]); print(*sys.modules)"
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["status", "support"],
        ["status", "--json"],
        ["set", "support", "20"],
        ["reload"],
        ["rollback"],
        ["rollback", "support", "--reason", "errors"],
        ["rollback", "--all"],
        ["promote", "support"],
        ["events", "support"],
        ["plan", "support", "5"],
        ["divergences", "support"],
        ["suggest-ignores", "support"],
        ["divergences", "support", "01JD7", "--curl"],
    ],
    ids=" ".join,
)
def test_client_commands_load_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-c", LISTING, *arguments, "--admin", silent_url()]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "No admin API" in ran.stderr
    loaded = {module.partition(".")[0] for module in ran.stdout.split()}
    assert "argparse" in loaded
    assert loaded & HEAVY == set()


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"gray-router {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["stauts"], ["set", "support"], ["serve"]], ids=" ".join)
def test_wrong_usage_ends_with_2_and_says_what_is_right(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: gray-router" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (SettingsError(("a.yaml:3: services: wrong",)), 2),
        (GrayRouterError("failed"), 1),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_has_its_exit_code(
    raised: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise raised

    def register(subparsers: Subparsers) -> None:
        subparsers.add_parser("fail").set_defaults(run=fail)

    monkeypatch.setattr(main_module, "COMMANDS", (SimpleNamespace(register=register),))
    assert main(["fail"]) == code


def test_whoever_closes_the_pipe_early_sees_no_traceback() -> None:
    with admin_double() as admin:
        admin.says({"services": []})
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "router", "status", "--json", "--admin", admin.url]
        ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
        os.close(writing)
    assert ran.returncode == 1
    assert ran.stderr == b""


@pytest.mark.parametrize("out", [">&-", ">/dev/full", ">&- 2>&-", ">&- <&-"])
@pytest.mark.parametrize(
    "arguments", [["status"], ["set", "support", "20"], ["schema"]], ids=lambda each: each[0]
)
def test_what_cannot_be_printed_ends_with_1_and_one_plain_line(
    arguments: list[str], out: str
) -> None:
    with admin_double() as admin:
        if arguments[0] == "set":
            admin.says({**RELEASE, "acknowledged": True, "missing": [], "applied_ms": 1.7})
        else:
            admin.says({"services": []})
        command = ["bash", "-c", f'exec "$@" {out}', "-", sys.executable, "-m", "router"]
        environment = {**os.environ, "GRAY_ROUTER_ADMIN": admin.url}
        ran = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, env=environment
        )
    assert ran.returncode == 1
    if "2>" not in out:
        assert ran.stderr.startswith("stdout cannot be written (")
        assert ran.stderr.count("\n") == 1
        assert ("20 % of callers go to AI" in ran.stderr) is (arguments[0] == "set")
