"""What comparisons leave behind holds no secret, whatever a service has recorded."""

import contextlib
import http.client
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from router.store.record_file import place_beside
from router.vault import Vault
from tests.support.redis_servers import running
from tests.support.serving import OPERATED, PATIENCE, RunningRouter, service
from tests.support.telling_backends import (
    ADDRESS,
    CARD,
    DIFFERING,
    MARK,
    PLAIN,
    telling_backends,
)

pytestmark = pytest.mark.slow

KINDS = ("json", "text", "events", "lines", "error", "image", "trailers")
KEY = bytes(range(32))
CALLER = f"{MARK}-user"
COOKIE = f"{MARK}-c00kie"
BEARER = f"Bearer {MARK}-t0ken"
"""Copies bear neither of these two, and originals do not."""

REQUEST_ID = f"r3qu3st-{MARK}"
"""A client's own: it stands in the access log, which is what request ids are for."""

FILE = "sqlite:///./data/store.db"

NOWHERE = (MARK, str(CARD), "4111 1111", "ret.example", CALLER, "secret.example")
"""What no file may hold at any level."""


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    with telling_backends() as both:
        yield both


def recording(ports: dict[str, int], level: str, store: str = FILE) -> RunningRouter:
    compared = {
        "record": level,
        "mask": ["/masked", "/list/*/masked", "/*/masked", "/*/list/*/masked"],
        "headers": ["x-region", "set-cookie"],
    }
    config = {
        "admin": OPERATED,
        "proxy": {"access_log": "all", "workers": 1},
        "store": {"url": store},
        "records": {"key": KEY.hex()},
        "services": [
            service(
                legacy=ports["legacy"],
                ai=ports["ai"],
                split={
                    "key": ["header:x-user-id", "cookie:session", "header:authorization"],
                    "cache": "private",
                },
                shadow={"send": "both", "methods": ["POST"], "side_effects": "none"},
                compare=compared,
            )
        ],
    }
    return RunningRouter(config)


def ask(router: RunningRouter) -> None:
    body = {"text": f"{PLAIN} {ADDRESS}", ADDRESS: 1, "card": CARD, "masked": MARK}
    for kind in KINDS:
        connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=PATIENCE)
        path = f"/v1/{kind}/{ADDRESS}?token={MARK}&q={ADDRESS}&word={PLAIN}"
        headers = {
            "Content-Type": "application/json",
            "Authorization": BEARER,
            "Cookie": f"session={COOKIE}",
            "x-user-id": CALLER,
            "x-api-key": MARK,
            "x-note": MARK,
            "x-request-id": f"{REQUEST_ID}-{kind}",
        }
        connection.request("POST", path, json.dumps(body), headers)
        assert connection.getresponse().read()
        connection.close()


def rows(router: RunningRouter, query: str) -> list[tuple[Any, ...]]:
    """Look into the router's file; there is nothing while that is not made yet."""
    place = place_beside(router.config.parent / "data" / "store.db")
    with contextlib.suppress(sqlite3.OperationalError):
        connection = sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)
        with contextlib.closing(connection):
            return connection.execute(query).fetchall()
    return []


def wait_for(router: RunningRouter, query: str, count: int) -> list[tuple[Any, ...]]:
    until = time.monotonic() + PATIENCE
    while len(found := rows(router, query)) != count and time.monotonic() < until:
        time.sleep(0.05)
    assert len(found) == count, (router.said, router.admin("GET", "/metrics").body.decode())
    return found


def written(folder: Path) -> dict[str, bytes]:
    """Return all that the router has written, but for its access log; the config is ours."""
    files = (each for each in folder.rglob("*") if each.is_file() and not each.is_socket())
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in files
        if each.name not in ("gray-router.yaml", "access.log")
    }


def places_of(word: str, files: dict[str, bytes]) -> list[str]:
    return [name for name, content in files.items() if word.encode() in content.lower()]


def shown(router: RunningRouter) -> bytes:
    paths = ("/metrics", "/api/v1/services", "/api/v1/events")
    return b"".join(router.admin("GET", path).body for path in paths).lower()


@pytest.mark.parametrize("level", ["metadata", "diff", "full"])
def test_no_file_holds_a_secret_and_content_is_only_where_it_was_asked_for(
    ports: dict[str, int], level: str
) -> None:
    with recording(ports, level) as router:
        router.set_percent(50)
        ask(router)
        samples = wait_for(router, "SELECT text FROM sample", len(KINDS))
        assert all(json.loads(text)["differences"] for (text,) in samples)
        told = shown(router) + router.said.lower().encode()
        router.stop()
        files = written(router.config.parent)
        assert "data/store.db.records" in files
        for word in NOWHERE:
            assert places_of(word, files) == [], word
            assert word.encode() not in told, word
        records = [name for name in files if ".records" in name]
        may_differ = level in ("diff", "full")
        assert set(places_of(DIFFERING, files)) <= set(records if may_differ else [])
        assert bool(places_of(DIFFERING, files)) == may_differ
        assert bool(places_of(PLAIN, files)) == (level == "full")
        logged = router.access_log.read_text().lower().replace(REQUEST_ID, "")
        for word in (*NOWHERE, PLAIN, DIFFERING):
            assert word not in logged, word


def test_the_vault_holds_originals_for_those_who_have_its_key(ports: dict[str, int]) -> None:
    with recording(ports, "full") as router:
        ask(router)
        query = "SELECT id, service, text FROM sealed"
        for number, of, text in wait_for(router, query, len(KINDS)):
            assert MARK.encode() not in text
            original = Vault([KEY], bytes).open(text, of, number)
            assert MARK.encode() in original
            assert COOKIE.encode() not in original
            assert BEARER.encode() not in original


@pytest.mark.parametrize("key", [CALLER, COOKIE, BEARER])
def test_who_is_forgotten_is_in_no_file_any_more(ports: dict[str, int], key: str) -> None:
    with recording(ports, "full") as router:
        ask(router)
        wait_for(router, "SELECT id FROM sealed", len(KINDS))
        answer = router.admin("DELETE", f"/api/v1/records?key={quote(key)}")
        assert answer.data == {"samples": len(KINDS), "sealed": len(KINDS)}
        assert rows(router, "SELECT id FROM sample") == []
        events = router.admin("GET", "/api/v1/events").data["events"]
        assert [event["command"] for event in events] == ["forget"]
        assert MARK not in json.dumps(events)
        files = written(router.config.parent)
        for word in (PLAIN, DIFFERING, MARK):
            assert places_of(word, files) == []


def test_a_request_is_forgotten_by_its_id(ports: dict[str, int]) -> None:
    with recording(ports, "diff") as router:
        ask(router)
        wait_for(router, "SELECT id FROM sample", len(KINDS))
        answer = router.admin("DELETE", f"/api/v1/records?key={REQUEST_ID}-text")
        assert answer.data == {"samples": 1, "sealed": 0}


def test_a_shared_store_holds_no_secret_either(ports: dict[str, int], tmp_path: Path) -> None:
    with running(tmp_path) as redis, recording(ports, "full", redis.url) as router:
        ask(router)
        until = time.monotonic() + PATIENCE
        expected = b":%d\r\n" % len(KINDS)
        while redis.tell("HLEN", "{gray}:sealed") != expected and time.monotonic() < until:
            time.sleep(0.05)
        files = written(redis.home)
        assert places_of(DIFFERING, files)
        for word in NOWHERE:
            assert places_of(word, files) == [], word
        answer = router.admin("DELETE", f"/api/v1/records?key={COOKIE}")
        assert answer.data == {"samples": len(KINDS), "sealed": len(KINDS)}
        assert redis.tell("HLEN", "{gray}:samples") == b":0\r\n"
