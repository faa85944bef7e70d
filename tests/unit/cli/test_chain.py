import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from router.cli.main import main
from router.store.audit import Head, Link, forge, head_of
from router.store.opening import open_store
from tests.support.admin_double import AdminDouble, admin_double
from tests.support.stored import entry_of, release_at

EVENTS = 5


def links(count: int = EVENTS) -> list[Link]:
    made: list[Link] = []
    for revision in range(1, count + 1):
        head = head_of(made[-1]) if made else Head()
        made.append(forge(entry_of(release_at(0, revision), why="größer"), head)[1])
    return made


def served(double: AdminDouble, log: list[Link]) -> None:
    """Have it answer as a router with this log does, two links at once."""
    head = head_of(log[-1]) if log else Head()

    def answer() -> None:
        query = parse_qs(urlsplit(double.heard[-1][1]).query)
        after = int(query["after"][0])
        page = [link for link in log if link.sequence > after][:2]
        said: list[dict[str, Any]] = [
            {"sequence": link.sequence, "text": link.text.decode(), "hash": link.hash}
            for link in page
        ]
        double.says({"links": said, "head": {"sequence": head.sequence, "hash": head.hash}})

    double.answers = answer


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


def test_a_whole_log_says_how_long_it_is_and_what_to_note(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    log = links()
    served(admin, log)
    assert main(["events", "--verify"]) == 0
    assert capsys.readouterr().out == (
        "the audit log is whole: 5 events, from 2026-09-21T14:13:21Z to 2026-09-21T14:13:25Z\n"
        "note this where the router cannot write, for --noted the next time:\n"
        f"  5:{log[-1].hash}\n"
    )
    assert [path for _, path, _ in admin.heard][1:] == [
        f"/api/v1/events/chain?after={after}&limit=1000" for after in (0, 2, 4)
    ]


def test_an_empty_log_is_whole(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    served(admin, [])
    assert main(["events", "--verify"]) == 0
    assert capsys.readouterr().out == "the audit log is whole: it has no events yet\n"


@pytest.mark.parametrize("number", [1, 3, 5])
def test_the_first_event_that_is_wrong_is_named(
    admin: AdminDouble, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    log = links()
    wrong = log[number - 1]
    text = wrong.text.replace(b"ada.lovelace", b"nobody")
    log[number - 1] = Link(wrong.sequence, wrong.service, text, wrong.hash)
    served(admin, log)
    assert main(["events", "--verify"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"THE AUDIT LOG IS BROKEN AT EVENT {number}: it was changed. The {number - 1} before it "
        "are as they were written.\n"
    )


@pytest.mark.parametrize("text", ["no json", "[]", '"\ud800"'])
def test_what_is_no_event_is_wrong(admin: AdminDouble, text: str) -> None:
    log = links(1)
    served(admin, [Link(1, "support", text.encode("utf-8", "replace"), log[0].hash)])
    assert main(["events", "--verify"]) == 1


def test_what_was_noted_has_to_be_there_still(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    log = links()
    served(admin, log)
    noted = ["events", "--verify", "--noted"]
    assert main([*noted, f"3:{log[2].hash}"]) == 0
    assert main([*noted, f"3:{log[3].hash}"]) == 1
    assert "BROKEN AT EVENT 3: it is not the event that was noted" in capsys.readouterr().err
    assert main([*noted, f"9:{log[3].hash}"]) == 1
    assert "it was noted, and the log ends with event 5 now" in capsys.readouterr().err


def test_json_says_the_same(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    log = links()
    served(admin, log)
    assert main(["events", "--verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "whole": True,
        "events": 5,
        "first_at": "2026-09-21T14:13:21Z",
        "last_at": "2026-09-21T14:13:25Z",
        "head": {"event": 5, "hash": log[-1].hash},
        "broken": None,
    }
    served(admin, [*log[:2], *log[3:]])
    assert main(["events", "--verify", "--json"]) == 1
    broken = json.loads(capsys.readouterr().out)
    assert (broken["whole"], broken["broken"]) == (
        False,
        {"event": 3, "because": "it is missing"},
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = open_store("sqlite:///router.db", tmp_path)
        for revision in (1, 2):
            release = release_at(0, revision)
            await store.put_newer(release, entry=entry_of(release))
        await store.close()

    asyncio.run(fill())
    return tmp_path / "router.db"


def test_a_store_can_be_checked_without_a_router(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{file}"
    assert main(["events", "--verify", "--store", url]) == 0
    assert capsys.readouterr().out.startswith("the audit log is whole: 2 events, from 2026-09-21")
    connection = sqlite3.connect(file)
    connection.execute("UPDATE event SET text = replace(text, 'ada', 'bob') WHERE sequence = 1")
    connection.commit()
    connection.close()
    assert main(["events", "--verify", "--store", url]) == 1
    assert "BROKEN AT EVENT 1: it was changed" in capsys.readouterr().err
