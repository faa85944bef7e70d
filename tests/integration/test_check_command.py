"""`check` and `schema` as operators run them: a process, its output, its exit code."""

import os
import subprocess
import sys
from pathlib import Path

import orjson

from tests.support.certificates import Authority

ROOT = Path(__file__).resolve().parents[2]
ALLOWED_URLS = (
    "allowed is http://host:port, https://host:port or unix:/path "
    "(without a path: the request's own is passed on)"
)
ALLOWED_PERCENT = (
    "allowed is a percent from 0 to 100 "
    "(two decimals; write 0.2% for less than one percent); did you mean 20?"
)


def gray_router(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "router", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        check=False,
        text=True,
    )


def test_check_ends_with_zero_for_a_config_that_is_fine() -> None:
    done = gray_router("check", "-c", "config/gray-router.yaml", GRAY_ROUTER_PORT="8123")
    assert (done.returncode, done.stderr) == (0, "")
    assert "clients at 0.0.0.0:8123" in done.stdout


def test_check_ends_with_two_and_names_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "gray-router.yaml"
    file.write_text(
        "proxy: {lisen: 8080}\n"
        "services:\n"
        "  - name: support\n"
        "    legacy: {endpoints: ['http://127.0.0.1:9001']}\n"
        "    ai: {endpoints: ['http://127.0.0.1:9002/v1']}\n"
        "    release: {stages: [5, 0.2]}\n"
    )
    done = gray_router("check", "-c", str(file))
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.splitlines() == [
        f"{file}:1: proxy.lisen: unknown key; did you mean listen?",
        f"{file}:5: services[0].ai.endpoints[0]: saw 'http://127.0.0.1:9002/v1', {ALLOWED_URLS}",
        f"{file}:6: services[0].release.stages[1]: saw 0.2, {ALLOWED_PERCENT}",
        "3 problems",
    ]


def test_check_prints_what_no_terminal_can_show(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text('services: [{name: "\\ud800é\\e[31m"}]\n')
    done = gray_router("check", "-c", str(file), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert "\x1b" not in done.stdout
    assert "Traceback" not in done.stderr


def test_check_without_a_file_is_wrong_usage() -> None:
    done = gray_router("check")
    assert done.returncode == 2
    assert "--config" in done.stderr


def test_serve_refuses_a_key_that_does_not_fit_without_a_byte_of_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    one, other = authority.issue("DNS:a"), authority.issue("DNS:b")
    file = tmp_path / "x.yaml"
    file.write_text(
        (ROOT / "config" / "minimal.yaml").read_text()
        + f"proxy:\n  tls:\n    cert: {one.certificate_path.name}\n"
        f"    key: {other.key_path.name}\n"
    )
    done = gray_router("serve", "-c", str(file))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{file}:11: proxy.tls.key: the file does not belong to the certificate"
    ]


def test_serve_refuses_a_broken_config_with_all_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("services: []\nbanana: 1\n")
    done = gray_router("serve", "-c", str(file))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{file}:1: services: saw a list, allowed is at least one",
        (
            f"{file}:2: banana: unknown key, allowed is proxy, admin, store, state_dir, replica, "
            "lease, records, comparer, services"
        ),
    ]


def test_schema_prints_json_that_is_also_shipped() -> None:
    done = gray_router("schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert orjson.loads(done.stdout)["$schema"]
    assert done.stdout == (ROOT / "config" / "schema.json").read_text()
