import threading

from router.cli.address import Address
from router.cli.at_once import at_once

A, B = Address("a", 1), Address("b", 1)


def test_all_are_asked_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=5)

    def work(admin: Address) -> str:
        both.wait()
        return admin.host

    assert dict(at_once([A, B], work, 5)) == {A: "a", B: "b"}


def test_one_that_hangs_is_left_out_and_holds_up_nobody() -> None:
    never = threading.Event()

    def work(admin: Address) -> str:
        if admin is A:
            never.wait(30)
        return admin.host

    assert dict(at_once([A, B], work, 0.1)) == {B: "b"}
    never.set()
