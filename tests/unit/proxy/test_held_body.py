import pytest

from router.proxy.held_body import HeldBody


class Worker:
    held = 0
    spare = 0
    """Bytes of what it holds that nobody needs."""

    def give_way(self, wanted: int) -> None:
        given = min(wanted, self.spare)
        self.held -= given
        self.spare -= given


def test_what_is_held_comes_back_in_one_piece() -> None:
    held = HeldBody(Worker())
    held.take(b"one")
    assert (held.read(), held.size) == (b"one", 3)
    held.take(b"two")
    assert held.let_go() == b"onetwo"
    assert (held.let_go(), held.size) == (b"", 0)


def test_the_worker_knows_what_is_held_for_long_and_only_that() -> None:
    worker = Worker()
    held = HeldBody(worker)
    held.take(b"one")
    assert worker.held == 0
    for _ in range(2):
        assert held.account(6)
        assert worker.held == 3
    held.let_go()
    assert worker.held == 0


@pytest.mark.parametrize(("others", "fits"), [(2, True), (3, False)])
def test_all_requests_together_hold_no_more_than_they_may(others: int, *, fits: bool) -> None:
    worker = Worker()
    worker.held = others
    held = HeldBody(worker)
    held.take(b"four")
    assert held.account(6) == fits
    held.let_go()
    assert worker.held == others


def test_what_nobody_needs_makes_way_for_what_somebody_does() -> None:
    worker = Worker()
    worker.held = worker.spare = 6
    held = HeldBody(worker)
    held.take(b"four")
    assert held.account(6)
    assert (worker.held, worker.spare) == (6, 2)
