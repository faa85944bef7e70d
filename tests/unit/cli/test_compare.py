from pathlib import Path

import pytest

from router.cli.main import main
from router.model import Address


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ((), Address("127.0.0.1", 9910)),
        (("--listen", "[::1]:80"), Address("::1", 80)),
        (("--listen", "unix:/run/compare.sock"), Address("/run/compare.sock", 0)),
    ],
)
def test_compare_runs_the_config_with_a_listener_of_its_own(
    options: tuple[str, ...], address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[Path, Address]] = []

    def serve(config: Path, mirrored_at: Address) -> int:
        served.append((config, mirrored_at))
        return 1

    monkeypatch.setattr("router.processes.supervisor.serve", serve)
    assert main(["compare", "-c", "a.yaml", *options]) == 1
    assert served == [(Path("a.yaml"), address)]


def test_an_address_that_is_none_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "-c", "a.yaml", "--listen", "http://here"]) == 2
    assert "--listen 'http://here' is no address: 127.0.0.1:9910" in capsys.readouterr().err
