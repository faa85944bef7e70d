"""The admin server's application: the guard, the problems, and every route."""

from typing import Final

from aiohttp import web

from router.control.api.guard import refuse_foreigners
from router.control.api.probes import Probes
from router.control.api.problems import answer_problems
from router.control.api.releases import Releases

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request's body."""


def admin_app(releases: Releases, probes: Probes) -> web.Application:
    """Put the admin API together."""
    app = web.Application(
        middlewares=[answer_problems, refuse_foreigners], client_max_size=LARGEST_BODY
    )
    app.on_response_prepare.append(_sign)
    app.add_routes([*probes.routes(), *releases.routes()])
    return app


async def _sign(_: web.Request, response: web.StreamResponse) -> None:
    """Name the product instead of its framework, and let nobody keep what changes all the time."""
    response.headers["Server"] = "gray-router"
    response.headers["Cache-Control"] = "no-store"
