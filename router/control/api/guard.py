"""Who asks, and may he? Every request passes here before anything is done for it.

Two doors are closed for web pages that a user happens to have open, since a browser reaches this
address for any page, and sends some credentials along by itself:

- *DNS rebinding*, a foreign name that resolves to our address: the `Host` gives it away. It matters
  where being on this machine is all that a caller needs: where there are no tokens. With them such
  a request proves nothing, since cookies belong to the foreign name; and a proxy on this machine
  may pass on whatever name the operators call it by. (Under `admin.insecure` whoever gets here may
  do anything, and so may pages that his browser shows.)
- *Cross-origin requests*: `Origin` and `Sec-Fetch-Site` give them away, whatever the credentials.
  The page's cookie is SameSite=Strict besides, and changes take a second secret (`sessions`).

A bearer token needs neither look: no page can send one that it does not know, and it comes from
programs, which may call us by any name. A trusted proxy has to pass `Host` on as it came, so that
the page has the same origin there and here. Whoever runs a browser on a machine that is trusted as
such a proxy lets its pages speak as anybody: give the proxy a machine, or a client certificate.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from router.control.api.access import Access, Asker, Role, Token
from router.control.api.calls import Call
from router.control.api.problems import (
    CROSS_ORIGIN,
    CSRF_REFUSED,
    FORBIDDEN,
    FOREIGN_HOST,
    TOO_MANY_FAILURES,
    UNAUTHENTICATED,
    RefusedError,
)
from router.control.api.sessions import Session, Sessions
from router.control.caller import LOCAL, Caller
from router.control.events import tell
from router.control.failures import Failures
from router.loopback import is_loopback

COOKIE: Final = "gray_session"
CSRF: Final = "x-gray-csrf"

UNIX: Final = "unix"
"""The source of what comes through a Unix socket."""

_ASKER: Final = web.RequestKey("asker", Asker)
_FOREIGN_SITES: Final = frozenset({"cross-site", "same-site"})
_SAFE: Final = frozenset({"GET", "HEAD"})


def asker_of(request: web.Request) -> Asker:
    """Return who asks, once the guard has let him pass."""
    return request[_ASKER]


def known_asker(request: web.Request) -> Asker | None:
    """Return who asks, also if he may not; None where that is not known."""
    return request.get(_ASKER)


@dataclass(frozen=True, slots=True)
class Guard:
    """Knows everybody who may pass. `now_by` returns what the config says at present."""

    now_by: Callable[[], Access]
    sessions: Sessions
    failures: Failures

    @property
    def access(self) -> Access:
        return self.now_by()

    @web.middleware
    async def refuse_foreigners(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let requests pass that no foreign web page has made."""
        if not self._has_bearer(request):
            # A browser always sends one Host; a probe that speaks HTTP/1.0 may send none.
            hosts = request.headers.getall("Host", [])
            if self._is_for_this_machine(request) and not all(map(is_loopback_name, hosts)):
                raise RefusedError(
                    FOREIGN_HOST,
                    "the Host header must name this machine: localhost, 127.0.0.1 or [::1]",
                )
            if _is_cross_origin(request, hosts):
                raise RefusedError(
                    CROSS_ORIGIN, "web pages of other origins may not use the admin API"
                )
        return await handler(request)

    def admit(self, request: web.Request, call: Call) -> None:
        """Let whoever may make the ``call`` do so, or raise what he is refused for."""
        if call.is_open:
            return
        asker = request[_ASKER] = self.identify(request)
        if call.role is not None and not asker.role.includes(call.role):
            because = f"it takes the role {call.role}"
            if not self.access.tokens and call.without_tokens:
                because += f"; {call.without_tokens}"
            raise _forbidden(asker, because, role=call.role.value)
        if (service := request.match_info.get("service")) is not None:
            must_see(asker, service)
        if call.is_whole and asker.services is not None:
            raise _forbidden(asker, "this takes all services")

    def identify(self, request: web.Request) -> Asker:
        """Say who asks: by a token, by a trusted proxy's word, by a session, or by being here."""
        access, peer = self.access, peer_of(request)
        if not access.tokens:
            return _local(access, peer)
        if self._has_bearer(request):
            return _asker(self._holder(request, peer), peer, "api")
        identity = access.identity
        if identity is not None and identity.trusts(peer) and identity.header in request.headers:
            names = request.headers.getall(identity.header)
            named = access.named(names[0]) if len(names) == 1 else None
            return _asker(_known(named), peer, "api")
        return self._signed_in(request, peer)

    def _signed_in(self, request: web.Request, peer: str) -> Asker:
        session = self.session(request)
        token = None if session is None else self.access.named(session.name)
        # Whoever signed in with a token that was taken from the config is signed out with it.
        if session is None or token is None or token.sha256 != session.sha256:
            raise unauthenticated("send `Authorization: Bearer TOKEN`, or sign in on the page")
        if request.method not in _SAFE and not session.is_csrf(request.headers.get(CSRF, "")):
            raise RefusedError(CSRF_REFUSED, f"the header {CSRF} must hold the session's `csrf`")
        return _asker(token, peer, "page")

    def session(self, request: web.Request) -> Session | None:
        """Return the session that the request's cookie names."""
        cookie = request.cookies.get(COOKIE)
        return None if cookie is None else self.sessions.find(cookie)

    def holder(self, token: str, peer: str) -> Token:
        """Return whose token it is; else count a failure, and raise."""
        found = self.access.holder(token)
        if found is not None:
            return found
        wait = self.failures.wait(peer)
        if wait is None:
            tell("sign_in_failed", level=logging.WARNING, source=peer)
            raise unauthenticated("this token is not known here", error="invalid_token")
        seconds = str(int(wait) + 1)
        raise RefusedError(
            TOO_MANY_FAILURES,
            f"too many sign-ins have failed; try again in {seconds} seconds",
            headers={"Retry-After": seconds},
        )

    def _holder(self, request: web.Request, peer: str) -> Token:
        bearers = list(_bearers(request))
        if len(bearers) > 1:
            raise unauthenticated("send one token", error="invalid_request")
        return self.holder(bearers[0], peer)

    def _has_bearer(self, request: web.Request) -> bool:
        """Say whether a token is shown, right or wrong; where there are none, none counts."""
        return bool(self.access.tokens) and bool(list(_bearers(request)))

    def _is_for_this_machine(self, request: web.Request) -> bool:
        """Say whether being on this machine is what lets the request in; no browser at a socket."""
        access = self.access
        return not access.tokens and access.is_loopback and peer_of(request) != UNIX


def must_see(asker: Asker, service: str) -> None:
    """Refuse whoever is limited to other services."""
    if not asker.may_see(service):
        raise _forbidden(asker, f"not for {service}")


def unauthenticated(detail: str, error: str = "") -> RefusedError:
    """Say that somebody has to say who he is (RFC 6750, section 3)."""
    challenge = 'Bearer realm="gray-router"'
    if error:
        challenge += f', error="{error}"'
    return RefusedError(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def peer_of(request: web.Request) -> str:
    """Return the address at the other end of the connection; empty once it has gone.

    At a Unix socket a client chooses what it is called: that is no address, even if it looks so.
    """
    transport = request.transport
    if transport is None:
        return ""
    name: object = transport.get_extra_info("peername")
    return UNIX if isinstance(name, str | bytes) else request.remote or ""


def _bearers(request: web.Request) -> Iterator[str]:
    for value in request.headers.getall("Authorization", []):
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer":
            yield token.strip()


def _asker(token: Token, peer: str, via: str) -> Asker:
    return Asker(Caller(token.name, peer, via), token.role, token.services)


def _known(token: Token | None) -> Token:
    if token is None:
        raise RefusedError(FORBIDDEN, "whoever is named here has no entry in `admin.tokens`")
    return token


def _local(access: Access, peer: str) -> Asker:
    if not access.is_insecure and peer != UNIX and not is_loopback(peer):
        raise RefusedError(FORBIDDEN, "without `admin.tokens` only this machine may ask")
    return Asker(Caller(LOCAL, peer, "api"), Role.OPERATOR)


def _forbidden(asker: Asker, because: str, **more: object) -> RefusedError:
    has = f"{asker.caller.name} has the role {asker.role}"
    if asker.services is not None:
        has += f" for {', '.join(sorted(asker.services)) or 'no service'}"
    return RefusedError(FORBIDDEN, f"{has}, and {because}", more=more)


def is_loopback_name(host: str) -> bool:
    """Say whether a `Host` header names this machine, with or without a port."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if name is None or parts.netloc != host or "@" in host:
        return False
    return is_loopback(name)


def _is_cross_origin(request: web.Request, hosts: list[str]) -> bool:
    # `https` also where a proxy in front of us ends TLS: of one name that is the safer origin.
    schemes = ("https",) if request.secure else ("http", "https")
    own = {f"{scheme}://{host}" for scheme in schemes for host in hosts}
    if any(origin not in own for origin in request.headers.getall("Origin", [])):
        return True
    return request.headers.get("Sec-Fetch-Site", "none") in _FOREIGN_SITES and not _is_visit(
        request
    )


def _is_visit(request: web.Request) -> bool:
    """Say whether somebody followed a link to our page; whoever linked it gets to read nothing."""
    return (
        request.method == "GET"
        and request.path == "/"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )
