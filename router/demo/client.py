"""What the tour asks over HTTP: tickets of the router, percentages of its admin API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self, TypeVar

import aiohttp
import msgspec
import orjson

from router.demo.comparison import Compared, Pair, Seen
from router.demo.shoppers import Visit
from router.demo.tally import Answer
from router.errors import DemoError
from router.model import Variant

T = TypeVar("T")

SERVICE: Final = "support"
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
CONNECTIONS: Final = 128


class HelpDesk:
    """The customers' side: sends a visit and says what came back."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._url = f"{url}/v1/classify"
        self._clock = clock
        self._session = aiohttp.ClientSession(
            timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=CONNECTIONS)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(self, visit: Visit, step: int | None) -> Answer:
        """Return the answer; one without a variant if nothing usable came."""
        body = {
            "ticket": visit.ticket.text,
            "customer_id": visit.customer,
            "conversation": {"id": visit.conversation},
        }
        headers = {"x-user-id": visit.customer, "content-type": "application/json"}
        began = self._clock()
        try:
            async with self._session.post(
                self._url, data=orjson.dumps(body), headers=headers
            ) as response:
                content = await response.read()
                reply = _Reply(response.status, response.headers, content, began, self._clock())
        except (aiohttp.ClientError, TimeoutError):
            return Answer(visit, step, began, self._clock(), status=0)
        return _answer(visit, step, reply)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes
    began: float
    ended: float


class _Conversation(msgspec.Struct, frozen=True):
    id: str = ""


class _Said(msgspec.Struct, frozen=True):
    """What a backend writes; the router's own answers have none of it."""

    model: str = ""
    conversation: _Conversation = _Conversation()
    label: str = ""
    confidence: float = 0.0
    cost_usd: float = 0.0


def _answer(visit: Visit, step: int | None, reply: _Reply) -> Answer:
    try:
        said = msgspec.json.decode(reply.content, type=_Said)
    except msgspec.DecodeError:
        said = _Said()
    named = reply.headers.get("x-gray-variant", "")
    return Answer(
        visit,
        step,
        reply.began,
        reply.ended,
        reply.status,
        variant=Variant(named) if named in set(Variant) else None,
        fell_back="x-gray-fallback" in reply.headers,
        router_error=reply.headers.get("x-gray-error", ""),
        model=said.model,
        conversation=said.conversation.id,
        label=said.label,
        confidence=said.confidence,
        cost_usd=said.cost_usd,
    )


class Admin:
    """The operator's side: asks for percentages, and what was compared."""

    def __init__(self, url: str, token: str = "") -> None:
        self._api = f"{url}/api/v1"
        self._url = f"{self._api}/services/{SERVICE}/percent"
        self._session = aiohttp.ClientSession(
            timeout=TIMEOUT, headers={"Authorization": f"Bearer {token}"} if token else {}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def set_percent(self, percent: int, reason: str) -> None:
        """Return once every worker holds it; raise DemoError if that did not come about."""
        try:
            async with self._session.put(
                self._url, json={"percent": percent, "reason": reason}
            ) as response:
                if response.status != HTTPStatus.OK:
                    said = (await response.text())[:500]
                    raise DemoError(
                        f"The router answered {response.status} to {percent} percent: {said}"
                    )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DemoError(
                f"The admin API did not answer to {percent} percent: {error!r}"
            ) from error

    async def compared(self) -> Seen | None:
        """Return what was compared until now, with one pair that differs; None for nothing."""
        answers = f"{self._api}/services/{SERVICE}/divergences?change=value&limit=1"
        compared = await self._get(answers, Compared)
        if compared is None or not compared.coverage.compared:
            return None
        for sample in compared.samples:
            return Seen(compared, await self._get(f"{self._api}/divergences/{sample.id}", Pair))
        return Seen(compared, None)

    async def _get(self, url: str, kind: type[T]) -> T | None:
        try:
            async with self._session.get(url) as response:
                if response.status != HTTPStatus.OK:
                    return None
                return msgspec.json.decode(await response.read(), type=kind)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
            return None
