"""A ticket classifier whose every answer can be checked: it names itself, the user and the ticket.

The label follows from variant and text alone, so that a client can tell a wrong answer.
Run as a program it serves: `python -m loadtests.backends.classifier PORT VARIANT MOODS`. The last
port is where it is told how it is.
"""

import sys
from typing import Final

import orjson
import uvloop
from aiohttp import web

from loadtests.backends.moods import Moods

WORDS: Final = (("refund", "billing"), ("password", "access"), ("crash", "defect"))

TEXTS: Final = (
    "I want a refund for order 4411, it never came",
    "REFUND!!! third time I write",
    "cannot log in, forgot my password",
    "Password reset mail does not arrive",
    "the app does crash when I open settings",
    "CRASH on start since the update, pls help",
    "what are your opening hours?",
    "thanks, solved",
)
"""Tickets. On three of them the variants differ."""


def label(variant: str, text: str) -> str:
    """Legacy looks for a word as it is written; AI is not put off by capitals."""
    searched = text if variant == "legacy" else text.lower()
    return next((name for word, name in WORDS if word in searched), "other")


class Classifier:
    """One variant's backend."""

    def __init__(self, variant: str) -> None:
        self._variant = variant

    async def classify(self, request: web.Request) -> web.Response:
        """Answer `POST /v1/classify`."""
        ticket = orjson.loads(await request.read())
        answer = {
            "variant": self._variant,
            "user": request.headers["x-user-id"],
            "ticket": ticket["ticket"],
            "label": label(self._variant, ticket["text"]),
        }
        return web.Response(body=orjson.dumps(answer), content_type="application/json")


async def serve(port: int, variant: str, told_at: int) -> None:
    """Serve until cancelled."""
    moods = Moods()
    application = web.Application(middlewares=[moods.heed])
    application.router.add_post("/v1/classify", Classifier(variant).classify)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await moods.serve(runner, port, told_at)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
