from router.control.workers import WorkerState, unconfirmed
from router.model import BasisPoints
from router.release.state import Release, Status

RELEASE = Release("support", Status.ROLLING, BasisPoints(2000), epoch=1, revision=4)


def worker(name: str, *stand: int) -> WorkerState:
    stands = {"support": (stand[0], stand[1])} if stand else {}
    return WorkerState(name, 7, "ready", (0,), stands)


def test_who_serves_by_the_latest_revision_is_not_named() -> None:
    assert unconfirmed(RELEASE, [worker("worker-1", 1, 4), worker("worker-2", 1, 4)]) == ()


def test_who_serves_by_another_revision_or_epoch_is_named() -> None:
    others = [worker("worker-1", 1, 3), worker("worker-2", 0, 4), worker("worker-3", 1, 4)]
    assert unconfirmed(RELEASE, others) == ("worker-1", "worker-2")


def test_who_has_not_heard_of_a_new_service_is_named() -> None:
    new = Release("orders")
    assert unconfirmed(new, [worker("worker-1", 1, 4)]) == ("worker-1",)


def test_who_does_not_serve_at_all_is_not_named() -> None:
    assert unconfirmed(RELEASE, [worker("worker-1")]) == ()
