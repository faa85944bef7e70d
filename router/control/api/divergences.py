"""`…/divergences`: where AI's answers differ from legacy's, how often, and how surely."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from router.compare.sample import Sample, decode_sample
from router.control.api.access import Role
from router.control.api.bodies import answer
from router.control.api.divergence_query import Query, cursor, read_query
from router.control.api.divergence_views import Wanted, answers_view, metrics_view
from router.control.api.guard import asker_of
from router.control.api.pair_views import pair_view
from router.control.api.problems import NO_SUCH_PAIR, STORE_UNREADABLE, RefusedError
from router.control.comparisons import Comparisons
from router.control.threads import in_thread
from router.errors import StoreError, TallyError
from router.store import records

METRICS_SINCE: Final = 3600.0
"""Seconds that metrics go back where nobody says how long."""

LONGEST_ID: Final = 128


@dataclass(frozen=True, slots=True)
class Divergences:
    """Answers from the store. known: raises where there is no such service."""

    comparisons: Comparisons
    known: Callable[[str], object]

    async def show(self, request: web.Request) -> web.Response:
        """Show how AI's answers differ from legacy's, or their errors and latencies."""
        service = request.match_info["service"]
        self.known(service)
        query = read_query(request, self.comparisons.clock())
        try:
            if query.kind == "metric":
                return await self._metrics(service, query)
            return await self._answers(service, query)
        except (StoreError, TallyError) as error:
            raise RefusedError(STORE_UNREADABLE, str(error)) from error

    async def show_pair(self, request: web.Request) -> web.Response:
        """Show one pair; what the answers say takes a reviewer."""
        number = request.match_info["pair"]
        try:
            found = await self._sample(number)
        except StoreError as error:
            raise RefusedError(STORE_UNREADABLE, str(error)) from error
        asker = asker_of(request)
        if found is None or not asker.may_see(found.service):
            raise RefusedError(NO_SUCH_PAIR, "there is no such pair, or none any more")
        may_read = asker.role.includes(Role.REVIEWER)
        return answer(pair_view(found, may_read=may_read))

    async def _answers(self, service: str, query: Query) -> web.Response:
        seen = await self.comparisons.seen(service, query.phase, query.since)
        page = await self.comparisons.records.samples(
            records.Wanted(
                service=service,
                field=query.field,
                change=query.change,
                phase=seen.phase,
                since=query.since or 0.0,
                before=query.before,
                limit=query.limit,
            )
        )
        samples = [sample for each in page.samples if (sample := _read(each)) is not None]
        wanted = Wanted(query.since, query.field, query.change)
        following = cursor(page.following)
        view = await in_thread(
            lambda: answers_view(service, seen, wanted, samples, following), "divergences"
        )
        return answer(view)

    async def _metrics(self, service: str, query: Query) -> web.Response:
        since = query.since
        if since is None:
            since = self.comparisons.clock() - METRICS_SINCE
        minutes = await self.comparisons.minutes(service, query.phase, since)
        newest = minutes[-query.limit :]
        return answer(await in_thread(lambda: metrics_view(service, since, newest), "metrics"))

    async def _sample(self, number: str) -> Sample | None:
        if len(number) > LONGEST_ID:
            return None
        found = await self.comparisons.records.sample(number)
        return None if found is None else _read(found)


def _read(sampled: records.Sampled) -> Sample | None:
    """Read a sample; one that means nothing any more is none."""
    try:
        return decode_sample(sampled.text)
    except ValueError:
        return None
