"""One of the two backends as a process: `python -m router.demo.backend legacy` or `... ai`.

    POST /v1/classify  {"ticket", "customer_id", "conversation": {"id"}}
                       → {"label", "confidence", "model", "cost_usd", "conversation"}
    GET  /healthz      → {"status": "ok"}

The AI also reports itself in headers (`x-gray-confidence`, `x-gray-model`, `x-gray-cost-usd`),
which are for the router and go no further.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
import orjson
from aiohttp import web

from router.demo.bayes import NaiveBayes
from router.demo.corpus import training_tickets
from router.demo.rules import KeywordRules
from router.demo.temper import MOODY, STEADY, Temper
from router.demo.verdict import Classifier, Verdict
from router.model import Variant

PORTS: Final = {Variant.LEGACY: 9001, Variant.AI: 9002}
SEED: Final = 7
PROMPT_TOKENS: Final = 350
USD_PER_TOKEN: Final = 0.4e-6


Text = Annotated[str, msgspec.Meta(max_length=8_000)]


class Conversation(msgspec.Struct, frozen=True):
    """What a ticket belongs to."""

    id: Text


class Inquiry(msgspec.Struct, frozen=True):
    """A ticket and who sent it."""

    ticket: Text
    customer_id: Text
    conversation: Conversation


class Backend:
    """Answers tickets by one classifier, at that classifier's own pace."""

    def __init__(self, variant: Variant, seed: int) -> None:
        self._seed = seed
        self._variant = variant
        self._temper: Temper = MOODY if variant is Variant.AI else STEADY
        self._classifier: Classifier = (
            NaiveBayes(training_tickets(), seed) if variant is Variant.AI else KeywordRules()
        )

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/classify", self._classify)
        app.router.add_get("/healthz", self._healthz)
        return app

    async def _healthz(self, _: web.Request) -> web.Response:
        return _json(200, {"status": "ok", "model": self._classifier.name})

    async def _classify(self, request: web.Request) -> web.Response:
        try:
            inquiry = msgspec.json.decode(await request.read(), type=Inquiry)
        except msgspec.DecodeError as error:
            return _json(400, {"error": str(error)})
        mood = self._temper.mood(self._seed, f"{inquiry.customer_id}/{inquiry.ticket}")
        await asyncio.sleep(mood.seconds)
        if mood.overloaded:
            return self._overloaded(inquiry)
        return self._answer(inquiry, self._classifier.classify(inquiry.ticket))

    def _answer(self, inquiry: Inquiry, verdict: Verdict) -> web.Response:
        cost = self._cost(inquiry)
        answer = {
            "label": verdict.label,
            "confidence": round(verdict.confidence, 4),
            "model": self._classifier.name,
            "cost_usd": cost,
            "conversation": {"id": inquiry.conversation.id},
        }
        headers: dict[str, str] = {}
        if self._variant is Variant.AI:
            headers = {
                "x-gray-confidence": f"{verdict.confidence:.4f}",
                "x-gray-model": self._classifier.name,
                "x-gray-cost-usd": f"{cost:.6f}",
            }
        return _json(200, answer, headers)

    def _overloaded(self, inquiry: Inquiry) -> web.Response:
        answer = {
            "error": "the model is overloaded",
            "model": self._classifier.name,
            "conversation": {"id": inquiry.conversation.id},
        }
        return _json(503, answer, {"retry-after": "1"})

    def _cost(self, inquiry: Inquiry) -> float:
        if self._variant is Variant.LEGACY:
            return 0.0
        return round((PROMPT_TOKENS + len(inquiry.ticket) // 4) * USD_PER_TOKEN, 6)


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), headers=headers, content_type="application/json"
    )


async def serve(variant: Variant, port: int, seed: int, *, leashed: bool) -> None:
    """Answer until SIGTERM or SIGINT; on a leash, also until standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(Backend(variant, seed).app(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        sys.stdout.write(f"{variant} answers on http://127.0.0.1:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        if leashed:
            loop.add_reader(sys.stdin.fileno(), stop.set)
        await stop.wait()
    finally:
        await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one variant until told to stop; 1 when its port is taken."""
    parser = argparse.ArgumentParser(prog="python -m router.demo.backend", description=__doc__)
    parser.add_argument("variant", type=Variant, choices=list(Variant))
    parser.add_argument("--port", type=int, help="default: 9001 for legacy, 9002 for ai")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--leashed", action="store_true", help="end when standard input ends")
    chosen = parser.parse_args(arguments)
    port = PORTS[chosen.variant] if chosen.port is None else chosen.port
    try:
        asyncio.run(serve(chosen.variant, port, chosen.seed, leashed=chosen.leashed))
    except OSError as error:
        sys.stderr.write(f"cannot listen on 127.0.0.1:{port}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
