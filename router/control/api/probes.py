"""`/livez`, `/readyz` and `/metrics`."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, Field

from router.control.api.bodies import answer
from router.control.api.problems import DRAINING, NOT_READY, problem
from router.control.broadcast import Broadcast
from router.control.metrics import Readings, Scrape


class StateView(BaseModel):
    """The answer to a probe that is content."""

    status: str = Field(description="`alive`, `ready`.")


class Probes:
    """Answers orchestrators and Prometheus."""

    def __init__(self, broadcast: Broadcast, readings: Callable[[], Readings]) -> None:
        self._broadcast = broadcast
        self._readings = readings
        self._is_draining = False

    def drain(self) -> None:
        """Say from now on that no traffic should be sent here."""
        self._is_draining = True

    async def live(self, request: web.Request) -> web.Response:
        """Say that the supervisor is alive."""
        return answer(StateView(status="alive"))

    async def ready(self, request: web.Request) -> web.Response:
        """Say whether workers accept everywhere; 503 otherwise, and while draining."""
        if self._is_draining:
            return problem(DRAINING, "the router is stopping")
        if not self._broadcast.is_ready:
            return problem(NOT_READY, "no worker accepts yet")
        return answer(StateView(status="ready"))

    async def metrics(self, request: web.Request) -> web.Response:
        """Show all metrics, in the format that the scraper accepts."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        body = encode(Scrape(self._readings()))
        return web.Response(body=body, headers={"Content-Type": content_type})
