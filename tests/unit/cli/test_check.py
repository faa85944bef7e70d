from pathlib import Path

import orjson
import pytest

from router.cli.main import main
from router.settings.editor_schema import schema_file
from tests.support.certificates import Authority
from tests.support.shipped import with_files

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "config").rglob("*.yaml"))
BROKEN = ROOT / "tests" / "unit" / "settings" / "broken" / "falling-stages.yaml"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_the_shipped_configs_are_fine(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-c", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"{file} is fine\n")


def test_check_says_what_it_understood(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "-c", str(ROOT / "config" / "examples" / "two-services.yaml")])
    spoken = capsys.readouterr().out
    for part in (
        "clients at 127.0.0.1:8080; admin API at 127.0.0.1:9900",
        f"workers auto; state in {ROOT}/config/examples/data",
        "service search: /search or /search/*",
        "service checkout: GET or POST, /checkout/*",
        "legacy 127.0.0.1:9011, 127.0.0.1:9012; ai 127.0.0.1:9021",
        "stages 0.5, 1, 5, 25, 50, 100 %",
        "sticky by header:x-customer-id, else the router's own cookie gray_id",
    ):
        assert part in spoken


def test_check_says_what_is_copied_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "-c", str(ROOT / "config" / "examples" / "shadow.yaml")])
    spoken = capsys.readouterr().out
    assert "copies 5 % of GET, POST to ai and legacy; keeps metadata of what differs" in spoken
    assert spoken.endswith("1 warning\n")  # that AI's mask sends some requests to legacy


def test_check_names_what_is_reached_by_tls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = Authority(tmp_path).issue("DNS:localhost")
    (tmp_path / "tls.crt").write_text(certificate.certificate)
    (tmp_path / "tls.key").write_text(certificate.key)
    (tmp_path / "ca.pem").write_text(certificate.certificate)
    example = ROOT / "config" / "examples" / "tls.yaml"
    (tmp_path / "tls.yaml").write_bytes(with_files(example.read_bytes()))
    assert main(["check", "-c", str(tmp_path / "tls.yaml")]) == 0
    spoken = capsys.readouterr().out
    assert "clients at 127.0.0.1:8443, TLS;" in spoken
    assert "legacy https://legacy.example.com:443; ai https://10.0.1.5:9443" in spoken
    assert f"{tmp_path}/tls.yaml:13: proxy.tls.cert: expires at " in spoken


def test_check_compares_with_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.yaml"
    minimal = (ROOT / "config" / "minimal.yaml").read_text()
    file.write_text(f"{minimal}proxy: {{limits: {{connections: 1000000}}}}\n")
    assert main(["check", "-c", str(file)]) == 0
    assert "proxy.limits.connections: only " in capsys.readouterr().out


def test_check_prints_advice_and_refuses_nothing_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = ROOT / "config" / "minimal.yaml"
    assert main(["check", "-c", str(file)]) == 0
    spoken = capsys.readouterr().out
    assert f"{file}:5: services[0].split: not sticky" in spoken
    assert spoken.endswith("2 warnings\n")


def test_check_prints_every_problem_and_then_their_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "-c", str(BROKEN)]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "6 problems"
    assert [line.split(":")[1] for line in lines[:-1]] == ["7", "9", "11", "12", "13", "14"]


def test_one_problem_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "none.yaml"
    assert main(["check", "-c", str(file)]) == 2
    assert capsys.readouterr().out == (
        f"{file}: cannot be read: No such file or directory\n1 problem\n"
    )


def test_check_speaks_json_of_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "-c", str(BROKEN)]) == 2
    answer = orjson.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["services"], answer["warnings"]) == (False, [], [])
    assert len(answer["problems"]) == 6
    assert answer["config_hash"] is None
    assert answer["problems"][1] == {
        "line": 9,
        "path": "services[0].release.stages[2]",
        "message": "saw 5, allowed is a stage above the one before (20)",
        "seen": "5",
        "allowed": "a stage above the one before (20)",
        "suggestion": None,
    }


def test_check_speaks_json_of_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "-c", str(ROOT / "config" / "minimal.yaml")]) == 0
    answer = orjson.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["services"], answer["problems"]) == (True, ["support"], [])
    assert len(answer["config_hash"]) == 12
    assert [warning["path"] for warning in answer["warnings"]] == [
        "services[0].split",
        "services[0].split.cache",
    ]


def test_schema_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema_file()
