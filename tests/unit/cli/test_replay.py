import asyncio
import gzip
import json
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from router.cli.main import main
from router.compare.pair import Asked
from router.model import Variant
from router.store.opening import open_records
from router.store.records import Sealed
from router.vault import Vault
from router.wire.pairs import encode_pairs
from tests.house.house import ROOT
from tests.support.pairs_shown import answered, pair_of
from tests.support.stored import NOON

GET = "1 9320 1439818823587396305\nGET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"
POST = "1 9321 1439818823587396306\nPOST /{n} HTTP/1.1\r\nHost: a\r\n\r\n"
GOR = f"{GET}\n🐵🙈🙉\n{POST}\n🐵🙈🙉\n"


@contextmanager
def backend(label: str) -> Iterator[int]:
    """Answers `label`, and AI's in every second case another one."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            odd = int(self.path.rpartition("/")[2]) % 2
            said = label if odd else "refund"
            body = json.dumps({"label": said}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    with backend("refund") as legacy, backend("shipping") as ai:
        path = tmp_path / "c.yaml"
        path.write_text(
            "services:\n"
            "  - name: support\n"
            f'    legacy: {{endpoints: ["http://127.0.0.1:{legacy}"]}}\n'
            f'    ai: {{endpoints: ["http://127.0.0.1:{ai}"]}}\n'
            "    shadow: {send: to_ai, repeat: 50}\n"
            "    compare: {decision: /label}\n"
        )
        yield path


def recorded(folder: Path, count: int = 20) -> Path:
    file = folder / "requests.jsonl"
    lines = [json.dumps({"method": "GET", "target": f"/{number}"}) for number in range(count)]
    file.write_text("\n".join(lines))
    return file


def replay(config: Path, source: object, *more: str) -> int:
    return main(["replay", "-c", str(config), "--from", str(source), "--rate", "500", *more])


def test_json_lines_are_asked_of_both_and_compared(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.json"
    assert replay(config, recorded(tmp_path), "--out", str(out)) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("support: 20 of 20 eligible requests were compared (100 %)")
    report = json.loads(out.read_text())
    assert report["results"]["divergent"] == 10
    assert report["decision"]["counts"] == [
        {"legacy": "refund", "ai": "refund", "count": 10},
        {"legacy": "refund", "ai": "shipping", "count": 10},
    ]
    assert report["summary"]["beyond_noise"]["n"] == 10
    course = report["replay"]
    assert (course["source"], course["is_whole"]) == (str(tmp_path / "requests.jsonl"), True)
    assert (course["read"], course["sent"], course["lost"]) == (20, 20, {})
    places = course["differing"]["decision"]
    assert len(places) == 5
    assert set(places) < {f"line {number}" for number in range(2, 21, 2)}
    assert f"look at   decision: {', '.join(places)}" in shown
    assert "replayed  20 of 20 requests read" in shown


@pytest.mark.parametrize("name", ["r.gor", "r.gor.gz"])
def test_goreplay_is_read_and_what_may_do_harm_is_not_sent(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content = "".join(GOR.replace("{n}", str(number)) for number in range(4)).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("z") else content)
    assert replay(config, tmp_path / name, "--json") == 0
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert report["replay"]["sent"] == 4
    assert report["coverage"]["left_out"] == {"unsafe_method": 4}
    assert "take `side_effects: none` or a sandbox" in told.err


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("missing.jsonl", "No such file"),
        ("c.yaml", "not read: line 1: "),
        ("vault", "no records.key"),
        ("/dev/null", "nothing in the recording was a request"),
    ],
)
def test_what_cannot_be_replayed_is_said(
    config: Path, capsys: pytest.CaptureFixture[str], source: str, why: str
) -> None:
    path = source if source == "vault" else config.parent / source
    assert replay(config, path) == 1
    told = capsys.readouterr().err
    assert why in told
    assert "slower than asked for" not in told


def test_a_packed_file_that_is_cut_off_is_said_so(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.gor.gz").write_bytes(gzip.compress(GOR.encode())[:-20])
    assert replay(config, tmp_path / "r.gor.gz") == 1
    assert "cut off" in capsys.readouterr().err


def test_a_service_that_there_is_not_is_named_with_those_there_are(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(config, recorded(tmp_path), "--service", "x") == 2
    assert "--service is one of support" in capsys.readouterr().err


def test_a_report_is_not_written_over(config: Path, tmp_path: Path) -> None:
    assert replay(config, recorded(tmp_path), "--out", str(config)) == 2


def test_what_is_broken_is_said_and_the_rest_goes_on(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path, 4)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], '{"method": "GET"}', *lines[1:]]))
    assert replay(config, file) == 0
    told = capsys.readouterr()
    assert told.out.startswith("support: 4 of 4 eligible requests were compared")
    assert "not read: line 2: Object missing required field `target`" in told.err


def test_what_is_beyond_a_match_is_sent_where_it_is_wanted(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text() + '    match: {hosts: ["support.example.com"]}\n')
    assert replay(config, recorded(tmp_path)) == 0
    told = capsys.readouterr()
    assert "support: nothing was compared yet" in told.out
    assert "not sent: 20 of another service, by its name or by `match`" in told.err
    assert replay(config, recorded(tmp_path), "--any-match") == 0
    assert "20 of 20 eligible" in capsys.readouterr().out


def test_a_service_of_its_own_function_has_its_verdicts_with_their_interval(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "own_of_cli.py").write_text("def compare(a, b):\n    return a == b\n")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path}")
    text = config.read_text().replace("/label}", '/label, custom: "own_of_cli:compare"}')
    config.write_text(text)
    assert replay(config, recorded(tmp_path), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["custom"]["ratio"] == 0.5
    assert 0 < report["custom"]["low"] < 0.5 < report["custom"]["high"] < 1
    assert report["results"]["error"] == 0


def keep_sealed(folder: Path, key: bytes) -> None:
    """Put four requests into the vault of a router, as one does that seals with this key."""

    async def keep() -> None:
        records = open_records("sqlite:///./data/gray-router.db", folder)
        vault = Vault([key], secrets.token_bytes)
        for number in range(4):
            request = Asked(b"GET", b"/%d" % number, [], b"", 0)
            pair = pair_of(answered(Variant.LEGACY, b""), answered(Variant.AI, b""), request)
            name = f"{vault.names[0]}-{number}"
            text = vault.seal(encode_pairs([pair]), "support", name)
            await records.keep([], [Sealed(name, "support", NOON + number, NOON * 2, (), text)])
        await records.close()

    asyncio.run(keep())


def test_a_vault_is_replayed_across_a_rotation_of_its_key(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = bytes(range(32)), bytes(range(1, 33))
    keep_sealed(config.parent, old)
    keep_sealed(config.parent, new)
    records = 'records: {key: "${NEW}", former_keys: ["${OLD:-}"]}\n'
    config.write_text(records + config.read_text())
    monkeypatch.setenv("NEW", new.hex())
    assert replay(config, "vault") == 0
    told = capsys.readouterr()
    assert "support: 4 of 4 eligible" in told.out
    (line,) = [line for line in told.err.splitlines() if line.startswith("not read: ")]
    assert "is neither records.key nor in records.former_keys" in line
    assert "(4 times, here first)" in line
    monkeypatch.setenv("OLD", old.hex())
    assert replay(config, "vault") == 0
    told = capsys.readouterr()
    assert "support: 8 of 8 eligible" in told.out
    assert "not read" not in told.err


def test_a_backend_that_is_not_there_ends_it_with_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yaml"
    with backend("refund") as port:
        path.write_text(
            "services:\n  - name: support\n"
            f'    legacy: {{endpoints: ["http://127.0.0.1:{port}"]}}\n'
            '    ai: {endpoints: ["http://127.0.0.1:1"]}\n'
        )
        assert replay(path, recorded(tmp_path, 1000)) == 1
    told = capsys.readouterr()
    assert "replayed" in told.out
    assert "ai has answered none of" in told.err
    assert "127.0.0.1:1" in told.err


@pytest.mark.parametrize("cost", ["0", "-1", "x", "1e9"])
def test_a_cost_is_above_nothing(config: Path, cost: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "-c", str(config), "--from", "x.jsonl", "--max-cost", cost])
    assert ended.value.code == 2


def test_a_report_that_can_be_written_nowhere_is_said_before_anybody_is_asked(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "missing" / "report.json"
    assert replay(config, recorded(tmp_path), "--out", str(out)) == 2
    told = capsys.readouterr()
    assert told.err == f"{out}: No such file or directory\n"
    assert told.out == ""


def test_a_report_that_no_disk_takes_is_shown_all_the_same(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - the command closes it
    monkeypatch.setattr("router.cli.replay._made", lambda _: full)
    assert replay(config, recorded(tmp_path), "--out", "report.json") == 1
    told = capsys.readouterr()
    assert "20 of 20 eligible" in told.out
    assert "/dev/full: No space left on device" in told.err


def test_a_replay_that_cannot_begin_leaves_no_report(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    assert replay(config, "missing.jsonl", "--out", str(out)) == 1
    assert not out.exists()


@pytest.mark.parametrize("rate", ["0", "-1", "x", "1e9"])
def test_a_rate_is_above_nothing(config: Path, rate: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "-c", str(config), "--from", "x.jsonl", "--rate", rate])
    assert ended.value.code == 2


@pytest.mark.slow
def test_ctrl_c_gives_the_report_so_far(config: Path, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, threading\n"
        "from router.cli.main import main\n"
        "threading.Timer(4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["replay", "-c", str(config), "--from", str(recorded(tmp_path, 10_000)), "--json"]
    ran = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 130, ran.stderr
    report = json.loads(ran.stdout)
    assert report["replay"]["is_whole"] is False
    assert 0 < report["coverage"]["compared"] < 100
