import struct

import pytest
from hypothesis import given, strategies as st

from router.errors import NotDurableError, StoreDamagedError, StoreTooNewError
from router.store import record as module
from router.store.audit import Entry
from router.store.record import SLOT, Record, pack, unpack
from tests.support.stored import NOON, entry_of, release_at

OLD = release_at(3, 8, share=2000)
RELEASE = release_at(4, 9, reason="wrong answers")
RECORD = Record(17, RELEASE, entry_of(RELEASE, OLD))


def test_a_record_takes_one_slot_and_is_read_as_it_was_written() -> None:
    packed = pack(RECORD)
    assert len(packed) == SLOT
    assert unpack(packed) == RECORD


@pytest.mark.parametrize("slot", [b"", bytes(SLOT), b"\xff" * SLOT, pack(RECORD)[:-1]])
def test_what_was_never_written_is_nothing(slot: bytes) -> None:
    assert unpack(slot) is None


@given(st.integers(0, SLOT - 1), st.integers(1, 255))
def test_a_byte_that_has_changed_makes_it_nothing_or_makes_no_difference(
    at: int, change: int
) -> None:
    slot = bytearray(pack(RECORD))
    slot[at] ^= change
    assert unpack(bytes(slot)) in (None, RECORD)


@given(st.integers(0, SLOT))
def test_a_write_that_was_cut_is_the_new_record_or_nothing(at: int) -> None:
    assert unpack(pack(RECORD)[:at] + bytes(SLOT - at)) in (None, RECORD)


@given(st.lists(st.booleans(), min_size=8, max_size=8))
def test_pieces_of_two_records_are_never_taken_for_a_third(arrived: list[bool]) -> None:
    before, after = Record(16, OLD, entry_of(OLD)), RECORD
    old, new = pack(before), pack(after)
    mixed = b"".join(
        (new if has_arrived else old)[at * 512 : (at + 1) * 512]
        for at, has_arrived in enumerate(arrived)
    )
    assert unpack(mixed) in (None, before, after)


@given(st.text(max_size=20_000), st.text(max_size=20_000), st.text(min_size=1, max_size=60))
def test_texts_that_have_no_room_are_cut_and_the_rollback_is_kept(
    reason: str, why: str, service: str
) -> None:
    release = release_at(4, 9, service=service, reason=reason)
    kept = unpack(pack(Record(1, release, entry_of(release, OLD, why=why))))
    assert kept is not None
    assert (kept.release.service, kept.release.epoch, kept.release.revision) == (service, 4, 9)
    assert reason.startswith(kept.release.reason.removesuffix("…"))
    assert why.startswith(kept.entry.why.removesuffix("…"))
    assert kept.entry.new == kept.release


def test_a_caller_whose_name_is_no_text_is_kept_as_far_as_it_goes() -> None:
    entry = Entry(NOON, "ren\udce9", "127.0.0.1", "rollback", "support", new=RELEASE)
    kept = unpack(pack(Record(1, RELEASE, entry)))
    assert kept is not None
    assert (kept.release, kept.entry.who) == (RELEASE, "ren?")


def test_a_service_whose_name_alone_has_no_room_is_refused() -> None:
    release = release_at(4, 9, service="s" * SLOT)
    with pytest.raises(NotDurableError, match="a record of the rollback journal has 40"):
        pack(Record(1, release, entry_of(release)))


def test_a_record_of_a_newer_version_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(module, "FORMAT", 9)
        packed = pack(RECORD)
    with pytest.raises(StoreTooNewError, match=r"rollback journal .* its format is 9"):
        unpack(packed)


def test_a_record_that_is_whole_and_means_nothing_is_damage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as other:
        other.setattr(module, "_fitting", lambda _: b'{"another":"text"}')
        packed = pack(RECORD)
    with pytest.raises(StoreDamagedError, match="a record of the rollback journal"):
        unpack(packed)


def test_a_record_of_two_services_is_damage() -> None:
    other = entry_of(release_at(4, 9, service="billing"))
    with pytest.raises(StoreDamagedError, match="is of two services"):
        unpack(pack(Record(1, RELEASE, other)))


def test_a_length_beyond_the_slot_is_nothing() -> None:
    slot = bytearray(pack(RECORD))
    struct.pack_into(">H", slot, 6, SLOT)
    assert unpack(bytes(slot)) is None
