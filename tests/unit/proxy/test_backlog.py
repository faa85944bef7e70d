from hypothesis import given, strategies as st

from router.proxy.backlog import Backlog
from tests.support.front import Front
from tests.support.transport import Books

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
SIZES = st.integers(0, 300_000)
STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["note", "forget", "look"]), SIZES))


class Peer:
    """Somebody for whom so many bytes are held."""

    def __init__(self) -> None:
        self.unsent = 0

    def held_bytes(self) -> int:
        return self.unsent


@given(STEPS)
def test_the_account_is_what_was_last_seen_of_each_and_nothing_once_all_are_gone(
    steps: list[tuple[int, str, int]],
) -> None:
    books, peers, seen = Books(), [Peer(), Peer(), Peer()], [0, 0, 0]
    backlog = Backlog(books)
    for who, what, size in steps:
        peers[who].unsent = size
        if what == "note":
            backlog.note(peers[who])
            seen[who] = size
        elif what == "forget":
            backlog.forget(peers[who])
            seen[who] = 0
        else:
            backlog.look_again()
            seen = [peer.unsent if held else 0 for peer, held in zip(peers, seen, strict=True)]
        assert books.held == sum(seen)
    for peer in peers:
        backlog.forget(peer)
    assert books.held == 0


@given(st.lists(SIZES), st.booleans())
def test_a_client_that_takes_nothing_is_on_the_account_until_it_takes_or_leaves(
    sizes: list[int], leaves: bool
) -> None:
    front = Front()
    for size in sizes:
        front.transport.fill(size)
        assert front.held == size
        front.transport.unsent //= 2
        front.backlog.look_again()
        assert front.held == size // 2
        if leaves:
            break
        front.transport.flush()
        assert front.held == 0
    front.transport.lose()
    assert front.held == 0


def test_what_a_client_sends_far_ahead_is_on_the_account_until_it_is_read() -> None:
    front = Front().say(GET)
    front.say(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000)
    assert front.held == 70_028
    front.answer()
    assert front.held == 0
