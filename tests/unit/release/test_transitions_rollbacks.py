from router.release.commands import Rollback, Start
from router.release.state import Standing
from tests.support.gradual import after, said, standing

ROLLING = standing(Standing.ROLLING, 20, 1)


def test_a_release_knows_the_rollbacks_that_it_follows_upon() -> None:
    first = after(ROLLING, said(Rollback, by="ann"))
    assert [called.epoch for called in first.rollbacks] == [first.epoch]
    assert after(first, said(Start, epoch=first.epoch)).rollbacks == first.rollbacks
    assert after(first, said(Rollback)).rollbacks[:1] == first.rollbacks


def test_two_rollbacks_of_one_epoch_can_be_told_apart() -> None:
    ann, ben = (after(ROLLING, said(Rollback, by=name)) for name in ("ann", "ben"))
    assert ann.epoch == ben.epoch
    assert not ann.knows(*ben.rollbacks)
    assert ann.rollbacks == after(ROLLING, said(Rollback, by="ann")).rollbacks
