"""A router in a hundred lines of aiohttp: enough of the real one to rehearse the tour against.

`python stand_in_router.py CONFIG [FAULT]` reads the tour's config. With a fault it does one thing
wrong: `fickle` (a fresh roll for each request), `deaf` (a change is acknowledged and not made),
`mute` (never ready), `frail` (ends at the first change).
"""

import asyncio
import os
import random
import sys
import zlib
from pathlib import Path

import aiohttp
from aiohttp import web
from ruamel.yaml import YAML


class StandIn:
    def __init__(self, endpoints: dict[str, str], fault: str) -> None:
        self._endpoints = endpoints
        self._fault = fault
        self._percent = 0.0
        self._session: aiohttp.ClientSession | None = None

    def proxy(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/classify", self._forward)
        return app

    def admin(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/api/v1/services/support/divergences", self._divergences)
        app.router.add_put("/api/v1/services/support/percent", self._set_percent)
        return app

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(status=503 if self._fault == "mute" else 200)

    async def _divergences(self, _: web.Request) -> web.Response:
        rates = {"raw": None, "beyond_noise": None, "claimed": False}
        coverage = {"eligible": 5, "compared": 5, "ratio": 1.0}
        told = {"coverage": coverage, "summary": rates, "fields": [], "samples": []}
        return web.json_response({**told, "decision": None})

    async def _set_percent(self, request: web.Request) -> web.Response:
        if self._fault == "frail":
            os._exit(7)
        if self._fault != "deaf":
            self._percent = (await request.json())["percent"]
        return web.json_response({"percent": self._percent})

    async def _forward(self, request: web.Request) -> web.Response:
        key = request.headers["x-user-id"]
        roll = random.random() if self._fault == "fickle" else _place(key)
        variant = "ai" if roll * 100 < self._percent else "legacy"
        self._session = self._session or aiohttp.ClientSession()
        body = await request.read()
        url = f"{self._endpoints[variant]}{request.path}"
        async with self._session.post(url, data=body) as answer:
            content = await answer.read()
            headers = {"x-gray-variant": variant, "content-type": answer.headers["content-type"]}
            return web.Response(status=answer.status, body=content, headers=headers)


def _place(key: str) -> float:
    return zlib.crc32(key.encode()) % 10_000 / 10_000


async def main() -> None:
    config = YAML(typ="safe").load(Path(sys.argv[1]))
    service = config["services"][0]
    endpoints = {name: service[name]["endpoints"][0] for name in ("legacy", "ai")}
    stand_in = StandIn(endpoints, sys.argv[2] if len(sys.argv) > 2 else "")
    for app, listen in (
        (stand_in.proxy(), config["proxy"]["listen"]),
        (stand_in.admin(), config["admin"]["listen"]),
    ):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        host, port = listen.rsplit(":", 1)
        await web.TCPSite(runner, host, int(port)).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
