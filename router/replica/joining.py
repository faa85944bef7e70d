"""What follows when two routers know different releases of one service.

Order is by (epoch, revision), with one exception: a release that was decided in ignorance of a
rollback does not outrank it. What comes of two releases is as late as both, and knows every
rollback that either knows; so whatever order releases are heard in, all arrive at the same one.
"""

from dataclasses import replace

from router.model import BasisPoints
from router.release.state import ROLLBACKS_KNOWN, Called, Release, Standing, Status


def join(one: Release, other: Release) -> Release:
    """Return what holds where both are known: one of them, or something later than both."""
    if one == other:
        return one
    earlier, later = sorted((one, other), key=_rank)
    missed = unknown(later, earlier)
    if missed:
        return _rolled_back(earlier, later, missed)
    if earlier.stand == later.stand:  # decided apart, as after a fail-over: with less for AI
        return replace(later, revision=later.revision + 1, phase=_phase(earlier, later))
    return later


def unknown(release: Release, other: Release) -> tuple[Called, ...]:
    """Return the rollbacks that ``other`` knows of and ``release`` does not."""
    return tuple(called for called in other.rollbacks if not release.knows(called))


def may_put(release: Release, stored: Release | None) -> bool:
    """Say whether a store takes this for what it has, whatever that is, as it is served already.

    That holds for what gives AI nothing: a share, on its way for long, could meet a store that has
    lost its state. It is a change, upon what the store was seen to have.
    """
    return release.share == 0 and (stored is None or _is_later(release, stored))


def may_change(stored: Release | None, release: Release, based_on: tuple[int, int] | None) -> bool:
    """Say whether a store takes a change that is based on this (None: on nothing) for what it has.

    It is to be the same store still (its birth), too.
    """
    if stored is None or based_on is None:
        return stored is None and based_on is None and release.share == 0
    return stored.stand == based_on and _is_later(release, stored)


def _is_later(release: Release, stored: Release) -> bool:
    return release.stand > stored.stand and not unknown(release, stored)


def _rank(release: Release) -> tuple[object, ...]:
    return (*release.stand, -release.share, release.is_barred, repr(release))


def _phase(earlier: Release, later: Release) -> int:
    return max(earlier.phase, later.phase) + 1


def _rolled_back(earlier: Release, later: Release, missed: tuple[Called, ...]) -> Release:
    """Let a rollback hold that ``later`` did not know of; one of the same state merges with it."""
    merges = later.standing is Standing.ROLLED_BACK
    said = later if merges or not earlier.is_barred else earlier
    return Release(
        service=later.service,
        status=Status.ROLLED_BACK,
        share=BasisPoints(0),
        epoch=later.epoch if merges else later.epoch + 1,
        revision=max(earlier.revision, later.revision) + 1,
        phase=_phase(earlier, later),
        updated_at=said.updated_at,
        by=said.by,
        reason=said.reason,
        rollbacks=tuple(sorted({*later.rollbacks, *missed}))[-ROLLBACKS_KNOWN:],
        drilled=max(filter(None, (earlier.drilled, later.drilled)), default=None),
        shadow=later.shadow,
    )
