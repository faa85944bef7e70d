import pytest

from router.errors import StoreDamagedError, StoreTooNewError
from router.replica.membership import Presence
from router.store import redis_rows as rows
from router.store.audit import Head, Link
from router.store.codec import encode
from router.store.meeting import Birth
from router.store.port import KEPT_FOR, Answered
from router.store.redis_rows import Mark
from tests.support.stored import release_at

HASH = b"a" * 64
MARK = {
    b"format": b"1",
    b"birth": b"b1",
    b"born": b"1790000000",
    b"version": b"4",
    b"changed": b"c" * 64,
    b"epoch": b"2",
    b"sequence": b"9",
    b"hash": HASH,
}


def flat(fields: dict[bytes, bytes]) -> list[bytes]:
    return [part for pair in fields.items() for part in pair]


def test_a_mark_says_since_when_and_how_far() -> None:
    mark = rows.mark_of(flat(MARK))
    assert mark.birth == Birth("b1", 1_790_000_000.0, 2)
    assert (mark.version, mark.head) == (4, Head(9, "a" * 64))


def test_a_store_without_a_mark_was_never_written_to() -> None:
    assert rows.mark_of([]) == Mark()


def test_a_mark_of_a_newer_version_is_refused() -> None:
    with pytest.raises(StoreTooNewError):
        rows.mark_of(flat({**MARK, b"format": b"2"}))


@pytest.mark.parametrize("field", list(MARK))
def test_a_mark_with_a_field_too_few_is_damage(field: bytes) -> None:
    with pytest.raises(StoreDamagedError, match="mark"):
        rows.mark_of(flat({name: value for name, value in MARK.items() if name != field}))


@pytest.mark.parametrize("field", [b"version", b"sequence", b"epoch", b"born", b"hash"])
def test_a_mark_that_means_nothing_is_damage(field: bytes) -> None:
    with pytest.raises(StoreDamagedError, match="mark"):
        rows.mark_of(flat({**MARK, field: b"\xff"}))


def test_two_histories_of_one_length_are_two_editions() -> None:
    one = rows.mark_of(flat(MARK))
    assert rows.mark_of(flat({**MARK, b"changed": b"d" * 64})).edition != one.edition
    assert rows.mark_of(flat({**MARK, b"birth": b"b2"})).edition != one.edition
    assert rows.mark_of(flat({**MARK, b"sequence": b"10"})).edition == one.edition


def test_a_release_that_cannot_be_read_is_damage() -> None:
    with pytest.raises(StoreDamagedError):
        rows.loaded_of(rows.mark_of(flat(MARK)), [b"support", b"{}"])
    assert rows.release_of(None) is None
    assert rows.release_of(encode(release_at(1, 2))) == release_at(1, 2)


def test_an_entry_is_a_link() -> None:
    entry = [b"7-0", [b"service", b"supp\xffrt", b"text", b"{}", b"hash", HASH]]
    assert rows.links_of([entry]) == [Link(7, "supp�rt", b"{}", "a" * 64)]
    assert rows.number_of(entry) == 7


def test_an_entry_of_somebody_else_is_damage() -> None:
    with pytest.raises(StoreDamagedError, match="audit event 7"):
        rows.links_of([[b"7-0", [b"x", b"y"]]])


def test_the_end_of_the_log_is_held_against_the_mark() -> None:
    entry = [b"9-0", [b"service", b"s", b"text", b"{}", b"hash", HASH]]
    assert rows.ends_where_it_should(rows.mark_of(flat(MARK)), [entry])
    assert not rows.ends_where_it_should(rows.mark_of(flat(MARK)), [])
    assert not rows.ends_where_it_should(Mark(), [entry])
    assert rows.ends_where_it_should(Mark(), [])


def test_an_answer_comes_back_as_it_was() -> None:
    answered = Answered("ada/\udcff", "f", 202, bytes(range(256)), 5.5)
    text = rows.answer_text(answered)
    assert rows.answer_of(answered.key, text, 5.5 + KEPT_FOR - 1) == answered
    assert rows.answer_of(answered.key, text, 5.5 + KEPT_FOR) is None
    assert rows.as_bytes(answered.key) == b"ada/\xff"


def test_replicas_come_in_the_order_of_their_names() -> None:
    texts = [b'{"instance":"%s","replica":"%s","beat":1,"started_at":0}' % pair
             for pair in ((b"i", b"r2"), (b"k", b"r1"), (b"j", b"r1"))]  # fmt: skip
    assert rows.presences_of(texts) == (
        Presence("r1", "j", beat=1),
        Presence("r1", "k", beat=1),
        Presence("r2", "i", beat=1),
    )
    with pytest.raises(StoreDamagedError, match="presence"):
        rows.presences_of([b"{}"])
