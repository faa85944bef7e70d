"""The page on reading a comparison, typed in while copies come in: each command does as it says."""

import base64
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desks import Desk, desks
from tests.support.serving import OPERATED, PATIENCE, ROOT, RunningRouter, service
from tests.support.typed_page import shown, typed

PAGE = ROOT / "docs" / "howto" / "compare.md"
PAIR = "545a1275f956a532"
"""The pair that the page looks at."""

PATHS = ["/same", "/differs"] * 40
NOTED = {
    "method": "POST",
    "target": "/differs",
    "headers": {"content-type": "text/plain"},
    "body": base64.b64encode(b"ticket").decode(),
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


@pytest.fixture
def router() -> Iterator[RunningRouter]:
    with desks() as (legacy, ai), RunningRouter(_config(legacy, ai)) as running:
        _ask(running)
        yield running


def _config(legacy: Desk, ai: Desk) -> dict[str, object]:
    copied = {"send": "both", "methods": ["POST"], "side_effects": "none", "repeat": 100}
    compared = {"record": "full", "decision": {"legacy": "/label", "ai": "/label"}}
    legacy_port, ai_port = legacy.server_port, ai.server_port
    its = service(legacy=legacy_port, ai=ai_port, shadow=copied, compare=compared)
    key = {"key": bytes(range(32)).hex()}
    return {"admin": OPERATED, "proxy": {"workers": 1}, "records": key, "services": [its]}


def _ask(router: RunningRouter) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=PATIENCE)
    for number, path in enumerate(PATHS):
        connection.request("POST", path, b"ticket %d" % number, {"content-type": "text/plain"})
        assert connection.getresponse().read()
    connection.close()
    end = time.monotonic() + PATIENCE
    while not _is_known(router) and time.monotonic() < end:
        time.sleep(0.05)
    assert _is_known(router)


def _is_known(router: RunningRouter) -> bool:
    """Say whether the store has every pair by now."""
    told = router.admin("GET", "/api/v1/services/support/divergences").data
    return bool(told["coverage"]["compared"] == len(PATHS) and told["samples"])


def differing(router: RunningRouter) -> str:
    """Return a pair that differs."""
    path = "/api/v1/services/support/divergences?field=decision"
    return str(router.admin("GET", path).data["samples"][0]["id"])


def squeezed(text: str) -> list[str]:
    """Return the lines that are not empty, without the columns' spaces."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_each_command_of_the_page_says_what_the_page_says_of_it(
    router: RunningRouter, tmp_path: Path
) -> None:
    (look, example), (where, _), (slower, _), (ignores, _), (replay, _) = shown(PAGE)
    assert PAIR in where
    _check_first_look(typed(router, look), example)
    field, pair = where.splitlines()
    assert "decision (value)" in typed(router, field)
    marked = [
        line
        for line in squeezed(typed(router, pair.replace(PAIR, differing(router))))
        if line.startswith(("- ", "+ ")) and "label" in line
    ]
    assert marked == ['- "label": "refund",', '+ "label": "complaint",']
    minutes = typed(router, slower)
    for metric in ("error_rate", "latency_p50", "latency_p95", "latency_p99"):
        assert metric in minutes
    assert "no field is noise" in typed(router, ignores)
    assert "legacy is ready" in typed(router, "gray-router status support")
    _check_replay(router, replay, tmp_path)


def _check_first_look(said: str, example: str) -> None:
    """Hold it against the page: other figures, the same lines in the same order."""
    lines, expected = squeezed(said), squeezed(example)
    heads = [line.split()[0] for line in expected[:-1]]
    assert heads == ["support:", "phase", "results", "differs", "noise", "beyond", "FIELD"]
    assert [line.split()[0] for line in lines[: len(heads)]] == heads
    assert lines[len(heads) - 1] == expected[-2]  # the names of the columns
    compared = f"{len(PATHS)} of {len(PATHS)} eligible requests were compared (100 %)"
    assert lines[0] == f"support: {compared}; left out: none"
    assert lines[5].endswith(": AI DIVERGES")
    assert lines[7].startswith("decision 50 % (")
    assert " CLAIMED " in lines[7]


def _check_replay(router: RunningRouter, command: str, folder: Path) -> None:
    """Replay one request: no answer of the replay is a user's, and its report is a file."""
    (folder / "requests.jsonl").write_text(json.dumps(NOTED) + "\n")
    for name in ("requests.jsonl", "report.json"):
        command = command.replace(name, str(folder / name))
    said = typed(router, command.replace("gray-router.yaml", str(router.config)))
    assert "1 of 1 eligible requests were compared" in said
    report = json.loads((folder / "report.json").read_text())
    assert report["results"]["divergent"] == 1
