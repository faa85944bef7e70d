import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from router.cli import rollback_call
from router.cli.access import Access
from router.cli.address import Address, addresses
from router.cli.rollback_call import Outcome, RollbackCall, Wish
from tests.support.admin_double import (
    RELEASE,
    REPORT,
    ROLLED_BACK,
    AdminDouble,
    Said,
    acknowledged,
    admin_double,
    plain,
    published,
    silent_url,
    stream,
)

HANGS_UP: Said = (0, b"", {})
WHOLE = stream(published(), acknowledged("worker-1", 2.5), ("report", REPORT))
STATUS = ("GET", "/api/v1/services", None)
ORDER = ("POST", "/api/v1/services/support/rollback", None)


class Ear:
    """Hears what a call tells while it goes on."""

    def __init__(self) -> None:
        self.workers: list[str] = []
        self.losses = 0

    def heard(self, admin: Address, ack: Mapping[str, Any]) -> None:
        self.workers.append(ack["worker"])

    def lost(self, admin: Address, why: Exception) -> None:
        self.losses += 1


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    monkeypatch.setattr(rollback_call, "ASK_AGAIN", 0.01)
    with admin_double() as double:
        yield double


def outcome_of(url: str, *, service: str | None = "support", ear: Ear | None = None) -> Outcome:
    access = Access(addresses(url))
    return RollbackCall(access, access.admins[0], Wish(service), ear or Ear()).finish()


def test_acknowledgements_are_told_as_they_come_and_the_report_at_the_end(
    admin: AdminDouble,
) -> None:
    ear = Ear()
    admin.says_in_turn(WHOLE)
    assert outcome_of(admin.url, ear=ear).reports == (REPORT,)
    assert ear.workers == ["worker-1"]
    assert admin.heard == [ORDER]
    assert admin.asked_with[0]["Accept"] == "text/event-stream, application/json"


def test_a_server_that_knows_no_stream_is_understood_too(admin: AdminDouble) -> None:
    admin.says_in_turn(plain(REPORT))
    assert outcome_of(admin.url).reports == (REPORT,)
    admin.says_in_turn(plain({"reports": [REPORT, REPORT]}))
    assert outcome_of(admin.url, service=None).reports == (REPORT, REPORT)
    assert admin.heard[-1][1] == "/api/v1/rollback"


def test_all_services_are_reported_one_after_the_other(admin: AdminDouble) -> None:
    orders = {**REPORT, "service": "orders"}
    admin.says_in_turn(
        stream(published(), published("orders"), ("report", REPORT), ("report", orders))
    )
    assert outcome_of(admin.url, service=None).reports == (REPORT, orders)


def test_a_reason_is_sent_where_there_is_one(admin: AdminDouble) -> None:
    admin.says_in_turn(WHOLE)
    access = Access(addresses(admin.url))
    RollbackCall(access, access.admins[0], Wish("support", "errors"), Ear()).finish()
    assert admin.heard == [(*ORDER[:2], {"reason": "errors"})]


def test_whoever_hangs_up_is_asked_again(admin: AdminDouble) -> None:
    ear = Ear()
    admin.says_in_turn(HANGS_UP, HANGS_UP, WHOLE)
    assert outcome_of(admin.url, ear=ear).reports == (REPORT,)
    assert admin.heard == [ORDER] * 3
    assert ear.losses == 2


def test_a_stream_that_broke_once_it_was_published_is_followed_by_a_look(
    admin: AdminDouble,
) -> None:
    admin.says_in_turn(
        stream(published()), plain({"services": [ROLLED_BACK, {**RELEASE, "service": "orders"}]})
    )
    outcome = outcome_of(admin.url)
    assert (outcome.reports, outcome.problem) == ((), None)
    assert outcome.seen == (ROLLED_BACK,)
    assert admin.heard == [ORDER, STATUS]


def test_a_worker_that_has_not_confirmed_is_waited_for(admin: AdminDouble) -> None:
    late = {**ROLLED_BACK, "unconfirmed": ["worker-2"]}
    admin.says_in_turn(
        stream(published()), plain({"services": [late]}), plain({"services": [ROLLED_BACK]})
    )
    assert outcome_of(admin.url).seen == (ROLLED_BACK,)
    assert admin.heard == [ORDER, STATUS, STATUS]


@pytest.mark.parametrize(
    "found", [RELEASE, {**ROLLED_BACK, "epoch": 3}], ids=["as before", "older"]
)
def test_a_router_that_has_forgotten_it_is_told_again(
    admin: AdminDouble, found: Mapping[str, Any]
) -> None:
    admin.says_in_turn(stream(published()), plain({"services": [found]}), WHOLE)
    assert outcome_of(admin.url).reports == (REPORT,)
    assert admin.heard == [ORDER, STATUS, ORDER]


@pytest.mark.parametrize(
    ("said", "told"),
    [(HANGS_UP, "not known to be done"), (stream(published()), "began to roll back")],
    ids=["before", "after"],
)
def test_in_the_end_it_says_what_is_not_known(
    admin: AdminDouble, said: Said, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollback_call, "LIMIT", 0.1)
    admin.says_in_turn(said, HANGS_UP)
    outcome = outcome_of(admin.url)
    assert told in str(outcome.problem)
    assert (outcome.is_reached, outcome.is_refused) == (True, False)


def test_whoever_hangs_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback_call, "LIMIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        outcome = outcome_of(f"http://127.0.0.1:{listener.getsockname()[1]}")
    assert "timed out" in str(outcome.problem)


def test_nobody_there_is_told_at_once() -> None:
    url = silent_url()
    outcome = outcome_of(url)
    assert (outcome.problem, outcome.is_reached) == (f"{url}: Connection refused", False)


def test_a_no_is_a_no(admin: AdminDouble) -> None:
    admin.says_in_turn(plain({"code": "forbidden", "detail": "your role is viewer"}, 403))
    outcome = outcome_of(admin.url)
    assert outcome.is_refused
    assert "your role is viewer" in str(outcome.problem)
    assert len(admin.heard) == 1


@pytest.mark.parametrize(
    "said",
    [
        (404, b"<html>", {}),
        plain({}),
        stream(("report", {"service": "support"})),
        stream(("report", [1])),
        (200, b"data: {\n\n", {"Content-Type": "text/event-stream"}),
    ],
    ids=str,
)
def test_a_stranger_is_no_router(admin: AdminDouble, said: Said) -> None:
    admin.says_in_turn(said)
    outcome = outcome_of(admin.url)
    assert "answers, but is no admin API of Gray Router" in str(outcome.problem)
    assert not outcome.is_reached


def test_another_protocol_is_no_router() -> None:
    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=(listener,))
        thread.start()
        outcome = outcome_of(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    assert "(it does not speak HTTP)" in str(outcome.problem)
    assert not outcome.is_reached
