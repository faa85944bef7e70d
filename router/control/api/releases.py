"""`/api/v1/services`: how far each service's release is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from router.control.api.bodies import answer
from router.control.api.guard import asker_of
from router.control.api.release_views import ReleasesView, ReleaseView, Views
from router.control.conductor import Conductor
from router.control.recent import Gists
from router.control.telemetry import InShort


@dataclass(frozen=True, slots=True)
class Releases:
    """Answers from the conductor's releases. gists: what our workers have counted until now."""

    conductor: Conductor
    views: Views
    gists: Callable[[], Awaitable[Gists]]

    async def show_all(self, request: web.Request) -> web.Response:
        """Show the release of every service that the caller may see."""
        asker, gists = asker_of(request), await self.gists()
        totals = InShort(gists.get)
        views = tuple(
            self.views.of(release, totals)
            for release in self.conductor.releases
            if asker.may_see(release.service)
        )
        return answer(ReleasesView(services=views, draining=self.conductor.is_draining))

    async def show(self, request: web.Request) -> web.Response:
        """Show one service's release and its endpoints."""
        release = self.conductor.release(request.match_info["service"])
        return tagged(self.views.of_service(release), HTTPStatus.OK)


def tagged(view: ReleaseView, status: HTTPStatus) -> web.Response:
    """Name the revision, so that the caller can base a change on it (`If-Match`)."""
    named = answer(view, status)
    named.headers["ETag"] = f'"{view.revision}"'
    return named
