import shutil
import subprocess
from pathlib import Path

import pytest

from router.cli.main import main

BASH = shutil.which("bash") or "bash"


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out)
    return script


def completed(script: Path, *words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    asking = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gray_router; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = [BASH, "-eu", "-c", asking, "-", str(script), "gray-router", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ro"], ["rollback"]),
        (["st"], ["status", "start", "store"]),
        (["rollback", "--a"], ["--all", "--admin"]),
        (["rollback", "support", "--rea"], ["--reason"]),
        (["token", "ada.lovelace", "op"], ["operator"]),
        (["store", "c"], ["copy"]),
        (["completion", ""], ["--help", "-h", "bash", "zsh", "fish"]),
        (["nothing", ""], []),
        (["schema", "x"], []),
    ],
    ids=str,
)
def test_bash_offers_what_may_follow(script: Path, words: list[str], offered: list[str]) -> None:
    assert set(completed(script, *words)) == set(offered)


def test_zsh_is_told_of_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("#compdef gray-router\n")
    assert "'rollback:send everybody to legacy, now'" in told
    assert "'--all[every service]'" in told
    assert "'--reason[why; kept with the release]:TEXT:_files'" in told
    assert "'*: :(viewer writer reviewer operator admin)'" in told


def test_fish_is_told_of_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert (
        "complete -c gray-router -n '__fish_use_subcommand' -f -a rollback "
        "-d 'send everybody to legacy, now'"
    ) in told
    seen = "complete -c gray-router -n '__fish_seen_subcommand_from rollback'"
    assert f"{seen} -l all -d 'every service'" in told
    assert f"{seen} -l reason -r -d 'why; kept with the release'" in told
    assert r"service\'s" in "".join(told)


def test_another_shell_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "tcsh"])
    assert ended.value.code == 2
