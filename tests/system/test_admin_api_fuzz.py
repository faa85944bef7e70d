"""schemathesis reads what the admin API says of itself, and tries to find that it is not so.

It sends what the description allows and what it does not: every answer has to be one that is
described, what is right has to be taken, what is wrong refused, and nothing may be a bug (5xx).
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from router.control.api.table import CALLS
from tests.support.serving import RunningRouter, service
from tests.support.tokens import token

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
RULES: Final = Path(__file__).with_name("admin_api_fuzz.toml")
EXAMPLES: Final = 10
"""How often each call is tried by chance, after the corners of each value. So the work is bounded,
and not the time, in which a busy machine might not get around."""

NAME: Final = "fuzzer"


@pytest.fixture
def router() -> Iterator[RunningRouter]:
    digest = hashlib.sha256(token(NAME).encode()).hexdigest()
    config = {
        "proxy": {"workers": 1},
        "admin": {"tokens": [{"name": NAME, "role": "admin", "sha256": digest}]},
        "services": [service(legacy=9, ai=9)],
    }
    with RunningRouter(config) as router:
        yield router


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_admin_api_is_as_it_is_described(router: RunningRouter, tmp_path: Path) -> None:
    url = router.admin_url
    options = ["--url", url, "--header", f"Authorization: Bearer {token(NAME)}"]
    limits = ["--max-examples", str(EXAMPLES), "--request-timeout", "30"]
    command = [str(SCHEMATHESIS), "--config-file", str(RULES), "run", f"{url}/api/v1/openapi.json"]
    found = subprocess.run(
        [*command, *options, *limits, "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr
    described = len(CALLS) - 1  # whoever answers with the description is not tried by it
    assert f"Tested: {described}" in found.stdout
    assert [event for event in router.events if event["event"] == "admin_failed"] == []
