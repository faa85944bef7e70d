import itertools

from hypothesis import given, strategies as st

from router.control.seating import seated

NAMES = ("a", "b", "c", "d")
SLOTS = 5


@st.composite
def situations(draw: st.DrawFn) -> tuple[range, dict[str, frozenset[int]]]:
    """Some slots, and ready workers of whom no two have the same slot."""
    slots = range(draw(st.integers(1, SLOTS)))
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    holder = {slot: draw(st.sampled_from([None, *names])) for slot in slots}
    return slots, {
        name: frozenset(slot for slot, by in holder.items() if by == name) for name in names
    }


@given(situations())
def test_every_slot_has_exactly_one_acceptor(
    situation: tuple[range, dict[str, frozenset[int]]],
) -> None:
    slots, ready = situation
    after = seated(slots, ready)
    assert after.keys() == ready.keys()
    assert sorted(slot for held in after.values() for slot in held) == list(slots)


@given(situations())
def test_burdens_differ_by_one_at_most_so_that_a_worker_too_many_is_spare(
    situation: tuple[range, dict[str, frozenset[int]]],
) -> None:
    slots, ready = situation
    burdens = [len(held) for held in seated(slots, ready).values()]
    assert max(burdens) - min(burdens) <= 1
    assert burdens.count(0) == max(0, len(ready) - len(slots))


@given(situations())
def test_no_slot_moves_that_need_not(situation: tuple[range, dict[str, frozenset[int]]]) -> None:
    slots, ready = situation
    assert moves(ready, seated(slots, ready)) == min(
        moves(ready, fair) for fair in fair_seatings(slots, list(ready))
    )


@given(situations())
def test_what_is_seated_well_stays_as_it_is(
    situation: tuple[range, dict[str, frozenset[int]]],
) -> None:
    slots, ready = situation
    after = seated(slots, ready)
    assert seated(slots, after) == after


def moves(before: dict[str, frozenset[int]], after: dict[str, frozenset[int]]) -> int:
    """Count the slots that one gives up."""
    return sum(len(held - after[name]) for name, held in before.items())


def fair_seatings(slots: range, names: list[str]) -> list[dict[str, frozenset[int]]]:
    found = []
    for holders in itertools.product(names, repeat=len(slots)):
        burdens = [holders.count(name) for name in names]
        if max(burdens) - min(burdens) <= 1:
            found.append(
                {name: frozenset(slot for slot in slots if holders[slot] == name) for name in names}
            )
    return found


def test_the_spare_takes_over_from_the_dead() -> None:
    ready = {"worker-1": {0}, "worker-3": set[int]()}  # worker-2 had slot 1
    assert seated(range(2), ready) == {"worker-1": {0}, "worker-3": {1}}


def test_a_neighbour_takes_over_where_there_is_no_spare_and_gives_back_later() -> None:
    assert seated(range(2), {"worker-1": {0}}) == {"worker-1": {0, 1}}
    fresh = {"worker-1": {0, 1}, "worker-2": set[int]()}
    assert seated(range(2), fresh) == {"worker-1": {0}, "worker-2": {1}}


def test_nobody_is_seated_where_nobody_is_ready() -> None:
    assert seated(range(2), {}) == {}
