"""The admin server's application: the guard, the problems, and a route for each call."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from router import __version__
from router.control.api.calls import Call
from router.control.api.guard import Guard, known_asker
from router.control.api.openapi import Description
from router.control.api.problems import RefusedError, answer_problems
from router.control.api.sign_in import SignIn
from router.control.api.table import CALLS
from router.control.caller import Caller

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


class Noting(Protocol):
    """Takes down who was refused (`Conductor`)."""

    async def note(
        self, caller: Caller, command: str, service: str, why: str, refused: str
    ) -> None: ...


def admin_app(
    guard: Guard, noting: Noting, parts: Sequence[object], pages: Iterable[web.RouteDef] = ()
) -> web.Application:
    """Put the admin API together. ``pages`` are for everybody: what a browser shows."""
    everything = (*parts, SignIn(guard), Description(CALLS, __version__))
    app = web.Application(
        middlewares=[answer_problems, guard.refuse_foreigners], client_max_size=LARGEST_BODY
    )
    app.on_response_prepare.append(_sign)
    for call, does in _served(everything):
        handler = does if call.is_open else _guarded(guard, noting, call, does)
        app.add_routes([_route(call, handler)])
    app.add_routes(pages)
    return app


def probe_app(probes: object) -> web.Application:
    """Put together what `admin.health` serves: the probes alone, for whoever gets there."""
    app = web.Application(middlewares=[answer_problems], client_max_size=0)
    app.on_response_prepare.append(_sign)
    app.add_routes([_route(call, does) for call, does in _served([probes])])
    return app


def _route(call: Call, handler: Handler) -> web.RouteDef:
    if call.method == "GET":
        return web.get(call.path, handler)
    return web.route(call.method, call.path, handler)


def _served(parts: Sequence[object]) -> Iterator[tuple[Call, Handler]]:
    """Yield the calls that these parts answer, each with the method that does."""
    for call in CALLS:
        name = call.does.__name__
        for part in parts:
            if getattr(type(part), name, None) is call.does:
                yield call, getattr(part, name)


def _guarded(guard: Guard, noting: Noting, call: Call, does: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            guard.admit(request, call)
        except RefusedError as refused:
            await _note(noting, call, request, str(refused))
            raise
        return await does(request)

    return answer


async def _note(noting: Noting, call: Call, request: web.Request, refused: str) -> None:
    """Have the audit log know who wanted what he may not; strangers are no business of it."""
    asker = known_asker(request)
    if call.command is not None and asker is not None:
        service = request.match_info.get("service", "")
        await noting.note(asker.caller, call.command, service, "", refused)


async def _sign(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in SAFE_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SAFE_HEADERS["Server"]
