"""The admin server's application: the guard, the problems, and a route for each call."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from router import __version__
from router.control.api.calls import Call
from router.control.api.guard import Guard
from router.control.api.openapi import Description, written
from router.control.api.problems import answer_problems
from router.control.api.sign_in import SignIn
from router.control.api.table import CALLS

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request's body."""

SAFE_HEADERS: Final = {
    "Server": "gray-router",  # the product instead of its framework
    "Cache-Control": "no-store",  # it changes all the time, and is nobody else's
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""What every answer says, unless a page has said otherwise for itself."""


def admin_app(
    guard: Guard, parts: Sequence[object], pages: Iterable[web.RouteDef] = ()
) -> web.Application:
    """Put the admin API together. ``pages`` are for everybody: what a browser shows."""
    everything = (*parts, SignIn(guard), Description(written(CALLS, __version__)))
    app = web.Application(
        middlewares=[answer_problems, guard.refuse_foreigners], client_max_size=LARGEST_BODY
    )
    app.on_response_prepare.append(_sign)
    app.add_routes([*_routes(guard, everything), *pages])
    return app


def probe_app(probes: object) -> web.Application:
    """Put together what `admin.health` serves: the probes alone, for whoever gets there."""
    app = web.Application(middlewares=[answer_problems], client_max_size=0)
    app.on_response_prepare.append(_sign)
    app.add_routes([_route(call.method, call.path, does) for call, does in _served([probes])])
    return app


def _routes(guard: Guard, parts: Sequence[object]) -> Iterator[web.RouteDef]:
    for call, does in _served(parts):
        yield _route(call.method, call.path, _guarded(guard, call, does))


def _route(method: str, path: str, handler: Handler) -> web.RouteDef:
    return web.get(path, handler) if method == "GET" else web.route(method, path, handler)


def _served(parts: Sequence[object]) -> Iterator[tuple[Call, Handler]]:
    """Yield the calls that these parts answer, each with the method that does."""
    for call in CALLS:
        name = call.does.__name__
        for part in parts:
            if getattr(type(part), name, None) is call.does:
                yield call, getattr(part, name)


def _guarded(guard: Guard, call: Call, does: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        guard.admit(request, call)
        return await does(request)

    return answer


async def _sign(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in SAFE_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SAFE_HEADERS["Server"]
