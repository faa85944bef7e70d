"""The admin server's application: the guard, the problems, and every route."""

from typing import Final, Protocol

from aiohttp import web

from router.control.api.guard import refuse_foreigners
from router.control.api.problems import answer_problems

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request's body."""


class Part(Protocol):
    """Some of the admin API's routes."""

    def routes(self) -> list[web.RouteDef]: ...


def admin_app(*parts: Part) -> web.Application:
    """Put the admin API together."""
    app = web.Application(
        middlewares=[answer_problems, refuse_foreigners], client_max_size=LARGEST_BODY
    )
    app.on_response_prepare.append(_sign)
    app.add_routes([route for part in parts for route in part.routes()])
    return app


async def _sign(_: web.Request, response: web.StreamResponse) -> None:
    """Name the product instead of its framework, and let nobody keep what changes all the time."""
    response.headers["Server"] = "gray-router"
    response.headers["Cache-Control"] = "no-store"
