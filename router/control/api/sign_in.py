"""`/api/v1/session`: signing in on the page, which then needs no token any more."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, SecretStr

from router.control.api.access import Asker, Role
from router.control.api.bodies import Body, answer, read_body
from router.control.api.guard import COOKIE, Guard, asker_of, peer_of, unauthenticated
from router.control.api.sessions import LONGEST

LONGEST_TOKEN = 1000
"""Characters."""


class Credentials(Body):
    """The body of `POST /api/v1/session`."""

    token: Annotated[
        SecretStr,
        Field(max_length=LONGEST_TOKEN, description="A token of `admin.tokens`."),
    ]


class SessionView(BaseModel):
    """Who is signed in."""

    name: str = Field(description="The name of the token, or `local` where the config has none.")
    role: Role = Field(description="What he may do.")
    services: tuple[str, ...] | None = Field(
        description="The services that he is limited to; null for none."
    )
    csrf: str = Field(
        description="What every call of this session that changes something must have in its "
        "header `x-gray-csrf`; empty for whoever has no session."
    )


@dataclass(frozen=True, slots=True)
class SignIn:
    """Begins and ends sessions."""

    guard: Guard

    async def begin(self, request: web.Request) -> web.Response:
        """Sign in: exchange a token for the cookie of a session."""
        credentials = await read_body(request, Credentials)
        if not self.guard.access.tokens:
            raise unauthenticated("nobody signs in here: the config has no `admin.tokens`")
        token = self.guard.holder(credentials.token.get_secret_value(), peer_of(request))
        cookie, session = self.guard.sessions.begin(token.name, token.sha256)
        view = SessionView(
            name=token.name,
            role=token.role,
            services=_listed(token.services),
            csrf=session.csrf,
        )
        signed_in = answer(view)
        signed_in.set_cookie(
            COOKIE,
            cookie,
            path="/",
            max_age=int(LONGEST),
            httponly=True,
            samesite="Strict",
            secure=_is_encrypted(request),
        )
        return signed_in

    async def show(self, request: web.Request) -> web.Response:
        """Say who asks, and what he may."""
        asker = asker_of(request)
        session = self.guard.session(request) if asker.caller.via == "page" else None
        return answer(_view(asker, "" if session is None else session.csrf))

    async def end(self, request: web.Request) -> web.Response:
        """Sign out; whoever has no session is left as he is."""
        cookie = request.cookies.get(COOKIE)
        if cookie is not None:
            self.guard.sessions.end(cookie)
        signed_out = web.Response(status=HTTPStatus.NO_CONTENT)
        signed_out.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
        return signed_out


def _view(asker: Asker, csrf: str) -> SessionView:
    return SessionView(
        name=asker.caller.name, role=asker.role, services=_listed(asker.services), csrf=csrf
    )


def _listed(services: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if services is None else tuple(sorted(services))


def _is_encrypted(request: web.Request) -> bool:
    """Say whether the browser speaks TLS, to us or to a proxy in front of us."""
    return request.secure or request.headers.get("Origin", "").startswith("https://")
