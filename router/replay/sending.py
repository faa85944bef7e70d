"""Asks both variants at the same moment, as a shadow does: with its fields, places and limits."""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from itertools import cycle
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from router.compare.pair import Answer, Asked, Fields, Loss
from router.model import Variant
from router.places.masking import compile_mask
from router.proxy.upstream import LARGEST_HEAD
from router.replay.copying import fields_for
from router.routing.snapshot import Endpoint, HeaderPolicy, Shadow, Upstream
from router.tls import client_context

_PIECE: Final = 64 * 1024
_DIGEST: Final = 16  # bytes
_OWN: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""What aiohttp would say that the recorded request did not."""


class Backends:
    """Both variants of a service."""

    def __init__(self, shadow: Shadow, headers: HeaderPolicy, clock: Callable[[], float]) -> None:
        self._sides = {
            Variant.LEGACY: _Side(Variant.LEGACY, shadow.legacy, shadow, headers, clock),
            Variant.AI: _Side(Variant.AI, shadow.ai, shadow, headers, clock),
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for side in self._sides.values():
            await side.close()

    def may_ask(self, asked: Asked) -> bool:
        """Say whether both can be asked without seeing what they may not."""
        return all(side.body_for(asked) is not None for side in self._sides.values())

    async def ask(self, asked: Asked, request_id: bytes) -> tuple[Answer, Answer]:
        """Return (legacy's, AI's) answer; neither waits for the other to be asked."""
        legacy, ai = await asyncio.gather(
            *(self._sides[variant].ask(asked, request_id) for variant in Variant)
        )
        return legacy, ai


class _Side:
    """One variant: its endpoints in turn, over connections of their own."""

    def __init__(
        self,
        variant: Variant,
        upstream: Upstream,
        shadow: Shadow,
        headers: HeaderPolicy,
        clock: Callable[[], float],
    ) -> None:
        self._variant = variant
        self._upstream = upstream
        self._shadow = shadow
        self._fields = partial(
            fields_for, upstream=upstream, shadow=shadow, headers=headers, variant=variant
        )
        self._clock = clock
        mask = upstream.forward.mask
        self._mask = compile_mask(mask) if mask else None
        self._turns = cycle([_Place(endpoint, upstream) for endpoint in upstream.endpoints])

    def body_for(self, asked: Asked) -> bytes | None:
        """Return what this variant gets of the body; None where it cannot be masked."""
        if self._mask is None or not asked.body:
            return asked.body
        is_packed = any(name == b"content-encoding" for name, _ in asked.fields)
        return None if is_packed else self._mask(asked.body)

    async def close(self) -> None:
        for _ in self._upstream.endpoints:
            await next(self._turns).close()

    async def ask(self, asked: Asked, request_id: bytes) -> Answer:
        fields = self._fields(asked, request_id)
        place, began = next(self._turns), self._clock()
        heard = _Heard(self._variant, self._shadow.max_body)
        try:
            async with (
                asyncio.timeout(self._shadow.timeout),
                place.session().request(
                    asked.method.decode("ascii"),
                    place.url(asked.target),
                    headers=[(name.decode(), value.decode()) for name, value in fields],
                    data=self.body_for(asked) or None,
                    allow_redirects=False,
                    ssl=place.tls,
                    server_hostname=self._upstream.tls.server_name or None,
                ) as response,
            ):
                heard.head(response, self._clock() - began)
                async for piece in response.content.iter_chunked(_PIECE):
                    heard.body(piece)
        except TimeoutError:
            return heard.answer(self._clock() - began, Loss.TIMEOUT)
        except aiohttp.ClientConnectorError:
            return heard.answer(self._clock() - began, Loss.UNREACHABLE)
        except aiohttp.ClientResponseError:
            return heard.answer(self._clock() - began, Loss.MALFORMED)
        except (aiohttp.ClientError, OSError):
            return heard.answer(self._clock() - began, Loss.LOST)
        return heard.answer(self._clock() - began, None)


class _Place:
    """One endpoint, and the connections to it."""

    def __init__(self, endpoint: Endpoint, upstream: Upstream) -> None:
        self._endpoint = endpoint
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None
        self.tls: ssl.SSLContext | bool = client_context(upstream.tls) if endpoint.is_tls else False

    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_OWN,
                max_line_size=LARGEST_HEAD,
                max_field_size=LARGEST_HEAD,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._upstream.connect_timeout
                ),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def url(self, target: bytes) -> URL:
        scheme = "https" if self._endpoint.is_tls else "http"
        host = "localhost" if self._endpoint.is_unix else self._endpoint.authority
        path = target.decode("ascii")
        return URL(f"{scheme}://{host}{'/' if path == '*' else path}", encoded=True)

    def _connector(self) -> aiohttp.BaseConnector:
        limit = self._upstream.max_connections
        if self._endpoint.is_unix:
            return aiohttp.UnixConnector(self._endpoint.host, limit=limit)
        return aiohttp.TCPConnector(limit=limit)


class _Heard:
    """An answer as it comes: kept up to what is captured, hashed beyond it."""

    def __init__(self, variant: Variant, most: int) -> None:
        self._variant = variant
        self._most = most
        self._status = 0
        self._fields: Fields = []
        self._first_byte = 0.0
        self._pieces: list[bytes] = []
        self._hash = blake2b(digest_size=_DIGEST)
        self._size = 0

    def head(self, response: aiohttp.ClientResponse, seconds: float) -> None:
        self._status = response.status
        self._fields = [(name.lower(), value) for name, value in response.raw_headers]
        self._first_byte = seconds

    def body(self, piece: bytes) -> None:
        self._size += len(piece)
        self._hash.update(piece)
        if self._size <= self._most:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def answer(self, seconds: float, loss: Loss | None) -> Answer:
        is_kept = self._size <= self._most
        return Answer(
            variant=self._variant,
            status=self._status,
            fields=self._fields,
            body=b"".join(self._pieces) if is_kept else b"",
            size=self._size,
            digest=b"" if is_kept else self._hash.digest(),
            seconds=seconds,
            first_byte=self._first_byte,
            loss=loss,
        )
