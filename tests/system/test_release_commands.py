"""A release from its start to its way back, by the command line, at a router that really runs."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.serving import ROOT, RunningRouter, service

NOBODY = 9
"""The port of the discard service; nothing is ever asked there."""

PATIENCE = 20

NAMES = [f"service-{number}" for number in range(12)]
"""Each test has one of its own."""

ONE_SERVICE = [service(legacy=NOBODY, ai=NOBODY)]


@pytest.fixture(scope="module")
def router() -> Iterator[RunningRouter]:
    services = [
        service(name, legacy=NOBODY, ai=NOBODY, match={"paths": [f"/{name}/*"]}) for name in NAMES
    ]
    with RunningRouter({"services": services}) as running:
        yield running


@pytest.fixture(scope="module")
def names() -> list[str]:
    return [*NAMES]


@pytest.fixture
def name(names: list[str]) -> str:
    return names.pop()


def gray_router(
    router: RunningRouter, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "router", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, "GRAY_ROUTER_ADMIN": router.admin_url, **(environment or {})},
    )


def standing(router: RunningRouter, name: str) -> tuple[str, float, int]:
    """Return a service's status, share and epoch."""
    release = json.loads(gray_router(router, "status", name, "--json").stdout)
    return release["status"], release["percent"], release["epoch"]


def store_of(router: RunningRouter) -> str:
    return f"sqlite:///{router.config.parent}/data/gray-router.db"


def test_a_release_walks_through_its_states(router: RunningRouter, name: str) -> None:
    for words, told in (
        (["start"], "5 % of callers go to AI (revision 1, everywhere after "),
        (["promote"], "20 % of callers go to AI (revision 2, "),
        (["pause"], "paused, 20 % of callers go to AI (revision 3, "),
        (["resume"], "20 % of callers go to AI (revision 4, "),
        (["complete", "--force"], "complete, 20 % of callers go to AI (revision 5, "),
        (["reset"], "0 % of callers go to AI (revision 6, "),
    ):
        done = gray_router(router, words[0], name, *words[1:], "--reason", "as planned")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"{name}: {told}")
    assert standing(router, name) == ("idle", 0, 0)


def test_what_is_not_possible_is_refused_with_what_is(router: RunningRouter, name: str) -> None:
    refused = gray_router(router, "promote", name)
    assert refused.returncode == 1
    assert "promote is not possible while idle" in refused.stderr
    assert standing(router, name) == ("idle", 0, 0)


def test_a_rollback_is_acknowledged_by_every_worker_and_kept(
    router: RunningRouter, name: str
) -> None:
    gray_router(router, "set", name, "50")
    done = gray_router(router, "rollback", name, "--reason", "errors")
    assert (done.returncode, done.stderr) == (0, "")
    *acknowledgements, last = done.stdout.splitlines()
    workers = len(router.worker_pids)
    assert len(acknowledgements) == workers
    assert re.fullmatch(
        rf"{name}: everyone is on legacy, {workers} of {workers} workers, [\d.]+ ms after the "
        r"call, kept in the store \(epoch 1\)\. No request to AI was ever begun\.",
        last,
    )
    assert standing(router, name) == ("rolled_back", 0, 1)


def test_all_services_go_back_at_once() -> None:
    two = [
        service(name, legacy=NOBODY, ai=NOBODY, match={"paths": [f"/{name}/*"]})
        for name in ("support", "orders")
    ]
    with RunningRouter({"services": two}) as router:
        for name in ("support", "orders"):
            gray_router(router, "set", name, "50")
        unclear = gray_router(router, "rollback")
        assert unclear.returncode == 2
        assert "There are orders, support.\n`gray-router rollback --all`" in unclear.stderr
        done = gray_router(router, "rollback", "--all")
        assert done.returncode == 0
        assert done.stdout.splitlines()[-1].startswith(
            "EVERYONE IS ON LEGACY: orders, support at 1 "
        )
        assert standing(router, "support") == standing(router, "orders") == ("rolled_back", 0, 1)


def test_the_log_tells_it_and_is_whole(router: RunningRouter, name: str) -> None:
    gray_router(router, "promote", name)
    gray_router(router, "set", name, "50", "--reason", "a try")
    gray_router(router, "rollback", name)
    rollback, raised, refused = gray_router(router, "events", name).stdout.splitlines()[1:]
    assert re.search(r" rollback +50 % -> 0 %, rolled_back +-$", rollback)
    assert re.search(r" set 50 +0 % -> 50 %, rolling +a try$", raised)
    assert re.search(r" promote +REFUSED +promote is not possible while idle", refused)
    checked = gray_router(router, "events", "--verify")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith("the audit log is whole: ")
    noted = checked.stdout.split()[-1]
    gray_router(router, "set", name, "5")
    count = int(noted.partition(":")[0]) + 1
    for where in ([], ["--store", store_of(router)]):
        again = gray_router(router, "events", "--verify", "--noted", noted, *where)
        assert again.stdout.startswith(f"the audit log is whole: {count} events, from ")


def test_a_plan_says_what_would_come_of_it_and_does_nothing(
    router: RunningRouter, name: str
) -> None:
    planned = gray_router(router, "plan", name, "5")
    assert planned.stdout.startswith(
        f"{name}: 0 % -> 5 % of callers go to AI (stage 1 of its plan); idle -> rolling\n"
    )
    assert standing(router, name) == ("idle", 0, 0)


# Without a router that answers...


def test_a_router_notices_what_was_written_into_its_store(router: RunningRouter, name: str) -> None:
    gray_router(router, "set", name, "50")
    done = gray_router(router, "rollback", name, "--store", store_of(router))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        f"{name}: rolled back in the store (epoch 1); it stood at 50 %, rolling.\n"
    )
    router.wait_for("release_followed")
    assert standing(router, name) == ("rolled_back", 0, 1)


def test_with_nobody_there_it_says_what_helps_and_that_helps(tmp_path: Path) -> None:
    with RunningRouter({"services": ONE_SERVICE}, tmp_path) as router:
        gray_router(router, "set", "support", "50")
        router.process.kill()
        router.exit_code()
        nobody = gray_router(router, "rollback", "support")
        assert (nobody.returncode, nobody.stdout) == (3, "")
        assert f"{router.admin_url}: Connection refused\nNOTHING WAS ROLLED BACK." in nobody.stderr
        assert "gray-router rollback support --store sqlite:////PATH" in nobody.stderr
        assert gray_router(router, "rollback", "--store", store_of(router)).returncode == 0
        with router.followed() as following:
            assert standing(following, "support") == ("rolled_back", 0, 1)


# Who may...


def test_a_token_opens_what_its_role_may_and_is_shown_nowhere(tmp_path: Path) -> None:
    made = {role: _token(role) for role in ("viewer", "operator")}
    config = {"tokens": [entry for _, entry in made.values()]}
    with RunningRouter({"services": ONE_SERVICE, "admin": config}, tmp_path) as router:
        nobody = gray_router(router, "status")
        assert nobody.returncode == 1
        assert "give a token by GRAY_ROUTER_TOKEN or --token-file" in nobody.stderr
        viewer = {"GRAY_ROUTER_TOKEN": made["viewer"][0]}
        assert gray_router(router, "status", environment=viewer).returncode == 0
        refused = gray_router(router, "rollback", environment=viewer)
        assert refused.returncode == 1
        assert refused.stderr.endswith("NOTHING WAS ROLLED BACK.\n")
        file = tmp_path / "token"
        file.write_text(f"{made['operator'][0]}\n")
        file.chmod(0o600)
        done = gray_router(router, "rollback", "--token-file", str(file))
        assert done.returncode == 0
        shown = [nobody, refused, done, gray_router(router, "events", environment=viewer)]
        told = "".join(each.stdout + each.stderr for each in shown) + router.said
    assert "local.operator" in told
    assert not any(token in told for token, _ in made.values())


def test_a_raise_of_two_waits_for_the_second(tmp_path: Path) -> None:
    tokens = {name: _token("operator", name) for name in ("ada", "grace")}
    ada, grace = ({"GRAY_ROUTER_TOKEN": token} for token, _ in tokens.values())
    config = {
        "admin": {"tokens": [entry for _, entry in tokens.values()]},
        "services": [service(legacy=NOBODY, ai=NOBODY, release={"approvals": 2})],
    }
    with RunningRouter(config, tmp_path) as router:
        waits = gray_router(router, "set", "support", "50", environment=ada)
        assert (waits.returncode, waits.stdout) == (1, "")
        assert "support: set to 50 % WAITS for the yes of another person" in waits.stderr
        assert "50 % WAITS" in gray_router(router, "status", environment=ada).stdout
        again = gray_router(router, "approve", "support", environment=ada)
        assert again.returncode == 1
        done = gray_router(router, "approve", "support", environment=grace)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("support: 50 % of callers go to AI (revision 2, ")


def _token(role: str, name: str | None = None) -> tuple[str, dict[str, str]]:
    command = [sys.executable, "-m", "router", "token", name or f"local.{role}", role, "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    return told["token"], told["config"]


# At a terminal...


@pytest.mark.parametrize(
    ("typed", "share", "said"),
    [("y\n", 50, "50 % of callers go to AI"), ("\n", 0, "Nothing has changed.")],
)
def test_a_person_is_asked_before_ai_gets_more(
    router: RunningRouter, name: str, typed: str, share: int, said: str
) -> None:
    shown = _at_a_terminal(router, typed, "set", name, "50")
    assert f"{name}: 0 % -> 50 % of callers go to AI. Go on? [y/N] " in shown
    assert said in shown
    assert standing(router, name)[1] == share


def test_a_person_is_never_asked_on_the_way_back(router: RunningRouter, name: str) -> None:
    gray_router(router, "set", name, "50")
    assert "everyone is on legacy" in _at_a_terminal(router, "", "rollback", name)


def _at_a_terminal(router: RunningRouter, typed: str, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "router", *arguments],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "GRAY_ROUTER_ADMIN": router.admin_url},
    ) as command:
        os.close(theirs)
        os.write(ours, typed.encode())
        command.wait(PATIENCE)
        shown = os.read(ours, 65536).decode()
    os.close(ours)
    return shown
