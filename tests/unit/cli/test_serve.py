from pathlib import Path

import pytest

from router.cli.main import main


def test_serve_runs_the_config_and_ends_with_the_supervisors_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served: list[Path] = []

    def serve(config: Path) -> int:
        served.append(config)
        return 1

    monkeypatch.setattr("router.processes.supervisor.serve", serve)
    assert main(["serve", "-c", "a.yaml"]) == 1
    assert served == [Path("a.yaml")]


def test_a_config_that_is_not_there_is_a_bad_config(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "-c", "/nothing/here.yaml"]) == 2
    assert "/nothing/here.yaml: cannot be read: No such file" in capsys.readouterr().err
