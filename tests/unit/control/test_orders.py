from dataclasses import asdict

from router.control.caller import LOCAL, Caller
from router.control.orders import (
    Acknowledged,
    Once,
    Order,
    Receipt,
    ReplicaAcknowledged,
    ReplicaReport,
    RollbackReport,
)
from router.errors import KeyReusedError
from router.release.commands import Start
from router.release.state import Release
from router.store.ledger import Durability
from router.store.port import Answered


def test_a_rollbacks_report_has_these_fields() -> None:
    report = RollbackReport(
        service="support",
        epoch=2,
        revision=7,
        complete=True,
        durable=Durability.STORE,
        applied_ms=1.5,
        last_ai_byte_ms=0.5,
        replicas=(ReplicaReport("r1", workers=2, acked=2, applied_ms=1.5),),
        in_flight_ai=3,
        bound_s=0.0,
    )
    assert (report.last_ai_byte_ms, report.in_flight_ai, report.bound_s) == (0.5, 3, 0.0)
    assert report.replicas[0].acked == 2
    assert asdict(report) == {
        "service": "support",
        "epoch": 2,
        "revision": 7,
        "percent": 0,
        "complete": True,
        "durable": "store",
        "applied_ms": 1.5,
        "last_ai_byte_ms": 0.5,
        "replicas": ({"replica": "r1", "workers": 2, "acked": 2, "applied_ms": 1.5},),
        "in_flight_ai": 3,
        "bound_s": 0.0,
        "provided": None,
        "missing": (),
        "problems": (),
    }


def test_an_acknowledgement_names_its_worker() -> None:
    assert asdict(Acknowledged("support", "r1", "worker-1", 0.8)) == {
        "service": "support",
        "replica": "r1",
        "worker": "worker-1",
        "applied_ms": 0.8,
    }


def test_another_replicas_acknowledgement_counts_its_workers() -> None:
    assert asdict(ReplicaAcknowledged("support", "r2", workers=3, acked=2, applied_ms=0.8)) == {
        "service": "support",
        "replica": "r2",
        "workers": 3,
        "acked": 2,
        "applied_ms": 0.8,
    }


def test_an_order_is_for_once_only_if_it_says_so() -> None:
    start = Start(by="ada", at=0.0, epoch=0)
    caller = Caller(LOCAL, "127.0.0.1", "api")
    once: Once[Release] = Once(
        "k", "f", lambda release: Answered("k", "f", 200, release.service.encode(), 0.0)
    )
    assert Order("support", start, caller).once is None
    order = Order("support", start, caller, once)
    assert order.once is not None
    assert order.once.answer(Release("support")).body == b"support"
    assert Receipt(Release("support"), (), 0.5).is_waiting is False


def test_a_key_that_stands_for_another_request_is_named() -> None:
    assert "'k'" in str(KeyReusedError("k"))
