import pytest

from router.control.acceptors import Acceptors
from router.wire.messages import Accept, ToWorker


class Wires:
    """The channels of some workers; `told` is what went over them, in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[int]]] = []

    def to(self, name: str) -> "Wire":
        return Wire(name, self)


class Wire:
    def __init__(self, name: str, wires: Wires) -> None:
        self._name = name
        self._wires = wires

    def send(self, message: ToWorker) -> None:
        assert isinstance(message, Accept)
        self._wires.told.append((self._name, message.slots))


@pytest.fixture
def wires() -> Wires:
    return Wires()


def test_the_first_worker_takes_all_and_shares_with_the_next(wires: Wires) -> None:
    acceptors = Acceptors(range(2))
    acceptors.ready("a", wires.to("a"))
    acceptors.ready("b", wires.to("b"))
    acceptors.ready("c", wires.to("c"))
    # Who gains is told before who loses; the third is the spare and hears nothing.
    assert wires.told == [("a", [0, 1]), ("b", [1]), ("a", [0])]


def test_whose_worker_is_gone_has_its_slots_taken_at_once(wires: Wires) -> None:
    acceptors = Acceptors(range(1))
    acceptors.ready("a", wires.to("a"))
    acceptors.ready("b", wires.to("b"))
    acceptors.forget("a")
    assert wires.told == [("a", [0]), ("b", [0])]


def test_where_a_worker_accepts_is_what_it_has_said(wires: Wires) -> None:
    acceptors = Acceptors(range(2))
    acceptors.ready("a", wires.to("a"))
    assert acceptors.accepting("a") == ()
    acceptors.confirm("a", [1, 0])
    assert acceptors.accepting("a") == (0, 1)


def test_a_worker_is_counted_on_once(wires: Wires) -> None:
    acceptors = Acceptors(range(1))
    acceptors.ready("a", wires.to("a"))
    acceptors.ready("a", wires.to("a"))
    assert wires.told == [("a", [0])]


def test_it_is_complete_when_those_that_are_counted_on_have_confirmed_all(wires: Wires) -> None:
    acceptors = Acceptors(range(2))
    acceptors.presume("orphan")
    acceptors.ready("a", wires.to("a"))
    assert [acceptors.is_complete] == [False]
    acceptors.confirm("a", [0])
    assert [acceptors.is_complete] == [False]
    acceptors.confirm("a", [0, 1])
    assert [acceptors.is_complete] == [True]
    acceptors.gone("a")
    assert [acceptors.is_complete] == [False]


def test_it_is_empty_when_nobody_accepts_or_was_told_to(wires: Wires) -> None:
    acceptors = Acceptors(range(1))
    assert [acceptors.is_empty] == [True]
    acceptors.ready("a", wires.to("a"))
    assert [acceptors.is_empty] == [False]
    acceptors.confirm("a", [0])
    acceptors.close()
    acceptors.gone("a")
    assert [acceptors.is_empty] == [False]
    acceptors.confirm("a", [])
    assert [acceptors.is_empty] == [True]


def test_whoever_was_told_by_a_predecessor_accepts_until_it_says_otherwise() -> None:
    acceptors = Acceptors(range(1))
    acceptors.presume("orphan-1")
    acceptors.presume("orphan-2")
    acceptors.confirm("orphan-1", [])
    assert [acceptors.has_presumed] == [True]
    assert [acceptors.is_empty] == [False]
    acceptors.forget("orphan-2")
    assert [acceptors.has_presumed] == [False]
    assert [acceptors.is_empty] == [True]


def test_once_closed_nothing_moves(wires: Wires) -> None:
    acceptors = Acceptors(range(1))
    acceptors.ready("a", wires.to("a"))
    acceptors.ready("b", wires.to("b"))
    acceptors.close()
    acceptors.forget("a")
    assert wires.told == [("a", [0])]
