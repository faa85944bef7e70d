"""What a replica does when another one was called: serve by the rollback, wait, answer.

Rule: it may come twice, late, and in any order. What is served by then is what follows of all that
is known, so that repeating it changes nothing.
"""

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from router.control.company import Company
from router.control.events import tell
from router.control.fleet.words import Word
from router.control.own_workers import Hearing, OwnWorkers
from router.control.served import Served
from router.control.telemetry import Spread
from router.release.state import Release
from router.store.port import stand_of

ANSWER_WITHIN: Final = 2.5
"""Seconds; whoever was called reports after three."""


class Keeping(Protocol):
    """Serves by what others serve, and writes behind it (`keeping.Keeping`)."""

    def meet(self, *releases: Release) -> object: ...
    def is_in_store(self, service: str) -> bool: ...


class Obeying:
    """Obeys. times: how long it took until the last worker served by a rollback."""

    def __init__(
        self,
        served: Served,
        keeping: Keeping,
        own: OwnWorkers,
        company: Company,
        *,
        replica: str,
        times: Spread,
    ) -> None:
        self._served = served
        self._keeping = keeping
        self._own = own
        self._company = company
        self._replica = replica
        self._times = times

    async def __call__(self, releases: Sequence[Release]) -> tuple[Word, ...]:
        """Serve by these rollbacks; answer once all our workers do, or when it is too late.

        What is no rollback is neither served nor answered.
        """
        told = [release for release in releases if release.is_barred]
        hearing = self._own.begin()
        before = {each.service: self._served.find(each.service) for each in told}
        self._keeping.meet(*told)
        served = {each.service: self._served.find(each.service) for each in told}
        hearing.stands = {each.service: stand_of(each) for each in served.values() if each}
        await self._own.follow(hearing, lambda _: None, ANSWER_WITHIN)
        for release in told:
            now = served[release.service]
            if now is not None and now != before[release.service]:
                self._settle(release, now, hearing)
        return tuple(self._word(service, hearing) for service in served)

    def _settle(self, told: Release, served: Release, hearing: Hearing) -> None:
        """Count and tell it, once."""
        service = served.service
        missing = self._own.silent(service, hearing.stands[service])
        applied_ms = self._own.since(hearing) if missing else hearing.applied_ms(service)
        if not missing:
            self._times.count(applied_ms / 1000)
            self._served.took_effect(served)
        tell(
            "rollback_obeyed",
            level=logging.WARNING,
            service=service,
            by=told.by,
            epoch=served.epoch,
            revision=served.revision,
            late=stand_of(told) < stand_of(served),
            complete=not missing,
            applied_ms=applied_ms,
            missing=missing,
        )

    def _word(self, service: str, hearing: Hearing) -> Word:
        """Say how far we are; a service that we do not have asks no AI here."""
        stand = hearing.stands.get(service)
        silent = () if stand is None else self._own.silent(service, stand)
        acked = 0 if stand is None else self._own.count(service, stand)[1]
        begun = hearing.last_begun(service)
        return Word(
            instance=self._company.me,
            replica=self._replica,
            service=service,
            workers=acked + len(silent),
            acked=acked,
            applied_ms=self._own.since(hearing) if silent else hearing.applied_ms(service),
            last_begun_ago_ms=self._own.ago(begun) if begun else None,
            in_flight=hearing.in_flight(service),
            in_store=self._is_stored(service),
        )

    def _is_stored(self, service: str) -> bool:
        """Whether no renewal can be without it any more; behind Sentinel we have not asked."""
        return not self._company.max_lag and self._keeping.is_in_store(service)
