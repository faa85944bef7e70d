from dataclasses import replace

import msgspec
import pytest

from router.model import ALL, BasisPoints
from router.release.state import (
    ROLLBACKS_KNOWN,
    Called,
    Held,
    HeldFor,
    Pending,
    Release,
    Standing,
    Status,
)
from tests.support.gradual import NOON, share, standing, waiting


def test_a_release_begins_at_nothing_for_nobody() -> None:
    release = Release("support")
    assert (release.share, release.stage) == (0, None)
    assert (release.epoch, release.revision, release.phase) == (0, 0, 0)
    assert release.status is Status.IDLE
    assert (release.pending, release.held) == (None, None)


@pytest.mark.parametrize("where", Standing)
def test_a_status_and_what_is_held_say_where_it_stands(where: Standing) -> None:
    assert standing(where).standing is where


@pytest.mark.parametrize("where", Standing)
def test_after_a_rollback_and_after_a_loss_nothing_reaches_ai(where: Standing) -> None:
    barred = {Standing.ROLLED_BACK, Standing.DRILLED, Standing.LOST}
    assert standing(where).is_barred is (where in barred)


@pytest.mark.parametrize("status", [Status.ROLLING, Status.PAUSED, Status.COMPLETE])
def test_who_serves_has_a_share(status: Status) -> None:
    with pytest.raises(ValueError, match=f"support is {status} with a share of 0 basis points"):
        Release("support", status)


@pytest.mark.parametrize("where", [Standing.IDLE, Standing.ROLLED_BACK, Standing.LOST])
def test_who_does_not_serve_has_none(where: Standing) -> None:
    with pytest.raises(ValueError, match="with a share of 1 basis points"):
        replace(standing(where), share=BasisPoints(1))


@pytest.mark.parametrize("points", [-1, ALL + 1])
def test_a_share_is_a_part_of_the_whole(points: int) -> None:
    with pytest.raises(ValueError, match="basis points"):
        Release("support", Status.ROLLING, BasisPoints(points))


@pytest.mark.parametrize("why", HeldFor)
def test_only_what_waits_for_its_former_state_holds_one(why: HeldFor) -> None:
    held = Held(why, Status.ROLLING, share(20), 1)
    with pytest.raises(ValueError, match=f"support is rolling and holds a {why}"):
        replace(standing(Standing.ROLLING), held=held)


@pytest.mark.parametrize("counts", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_changes_are_counted_from_nothing_on(counts: tuple[int, int, int]) -> None:
    epoch, revision, phase = counts
    with pytest.raises(ValueError, match="support counts an epoch, a revision or a phase below 0"):
        Release("support", epoch=epoch, revision=revision, phase=phase)


def test_what_is_held_was_possible_once() -> None:
    with pytest.raises(ValueError, match="held for a drill is rolling with a share of 0"):
        Held(HeldFor.DRILL, Status.ROLLING, BasisPoints(0), None)


def test_what_is_pending_gives_ai_something() -> None:
    with pytest.raises(ValueError, match="what is pending"):
        Pending("set", BasisPoints(0), None, "ann", "", NOON)


def test_what_is_pending_expires_at_its_time() -> None:
    pending = Pending("set", share(50), None, "ann", "", expires_at=NOON)
    assert not pending.has_expired(NOON - 0.001)
    assert pending.has_expired(NOON)


@pytest.mark.parametrize("where", Standing)
def test_a_release_can_be_written_and_read_again(where: Standing) -> None:
    release = waiting(standing(where), approved_by=("ben",))
    written = msgspec.json.encode(release)
    assert msgspec.json.decode(written, type=Release) == release


def test_a_release_that_makes_no_sense_is_not_read() -> None:
    with pytest.raises(msgspec.ValidationError, match="support is rolling with a share of 0"):
        msgspec.json.decode(b'{"service": "support", "status": "rolling"}', type=Release)


@pytest.mark.parametrize("shadow", [-1, 10_001])
def test_more_than_all_is_not_copied(shadow: int) -> None:
    with pytest.raises(ValueError, match=r"copies .* basis points"):
        Release("support", shadow=BasisPoints(shadow))


def test_it_knows_the_rollbacks_that_it_names_and_when_they_are_many_all_before_them() -> None:
    named = tuple(Called(epoch, "ann") for epoch in range(3, 3 + ROLLBACKS_KNOWN))
    few, many = (Release("support", rollbacks=each) for each in (named[:2], named))
    assert few.knows(Called(3, "ann"))
    assert not few.knows(Called(2, "ann"))
    assert many.knows(Called(2, "ann"))
    assert not many.knows(Called(4, "ben"))


def test_it_stands_by_epoch_and_revision() -> None:
    assert Release("support", epoch=3, revision=7).stand == (3, 7)
