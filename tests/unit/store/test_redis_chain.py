from router.store.audit import Event, Head
from router.store.port import Answered
from router.store.redis_chain import chain, remembered
from router.store.redis_rows import Mark
from router.store.redis_scripts import Keys
from tests.support.stored import entry_of, refusal_of, release_at

KEYS = Keys("gray")
RELEASE = release_at(1, 3)


def test_an_event_follows_the_one_that_was_seen_last() -> None:
    chained = chain(KEYS, Mark(head=Head(7, "ab" * 32)), refusal_of("support"))
    assert isinstance(chained.event, Event)
    assert (chained.event.sequence, chained.event.previous) == (8, "ab" * 32)
    assert chained.keys[4] == b"{gray}:events:support"


def test_a_release_and_an_answer_go_with_it() -> None:
    answered = Answered("key", "print", 200, b"{}", 5.0)
    alone = chain(KEYS, Mark(), entry_of(RELEASE))
    whole = chain(KEYS, Mark(), entry_of(RELEASE), RELEASE, answered)
    assert len(alone.words) == len(whole.words)
    assert whole.words[-6:-1] == remembered(answered)
    assert whole.words[11:13] == (1, 3)
