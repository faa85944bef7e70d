"""Brings the scene up, two backends and the router in front of them, and takes it down again."""

import asyncio
import hashlib
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.demo.children import Child
from router.demo.client import SERVICE
from router.model import Variant

CONFIG: Final = """\
proxy:
  listen: "127.0.0.1:{proxy}"
  drain_timeout: 2s
admin:
  listen: "127.0.0.1:{admin}"
  tokens: [{{name: tour, role: admin, sha256: "{digest}"}}]
services:
  - name: {service}
    match: {{paths: ["/v1/*"]}}
    legacy: {{endpoints: ["http://127.0.0.1:{legacy}"]}}
    ai: {{endpoints: ["http://127.0.0.1:{ai}"]}}
    split: {{key: ["header:x-user-id"]}}
    shadow: {{send: both, sample: 40, methods: [POST], side_effects: none, repeat: 30}}
    compare:
      decision: /label
      ignore: [/label, /confidence, /model, /cost_usd]
      record: full
"""

RouterCommand = Callable[[Path], Sequence[str]]


def installed_router(config: Path) -> Sequence[str]:
    """Return the command that an operator would type."""
    return (sys.executable, "-m", "router", "serve", "-c", str(config))


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens on 127.0.0.1."""

    proxy: int
    admin: int
    legacy: int
    ai: int

    @property
    def proxy_url(self) -> str:
        return f"http://127.0.0.1:{self.proxy}"

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.admin}"


@asynccontextmanager
async def scene(
    directory: Path, ports: Ports, seed: int, router: RouterCommand, token: str = ""
) -> AsyncGenerator[tuple[Child, ...]]:
    """Hold the processes up while the block runs.

    directory: takes the config and the logs. token: opens the admin API.
    """
    async with AsyncExitStack() as stack:

        async def begin(name: str, command: Sequence[str]) -> Child:
            child = await Child.start(name, command, directory / f"{name.replace(' ', '-')}.log")
            stack.push_async_callback(child.stop)
            return child

        legacy = await begin("legacy backend", _backend(Variant.LEGACY, ports.legacy, seed))
        ai = await begin("AI backend", _backend(Variant.AI, ports.ai, seed))
        front = await begin("router", router(_config(directory, ports, token)))
        await asyncio.gather(
            legacy.until_ready(f"http://127.0.0.1:{ports.legacy}/healthz"),
            ai.until_ready(f"http://127.0.0.1:{ports.ai}/healthz"),
            front.until_ready(f"{ports.admin_url}/readyz"),
        )
        yield (legacy, ai, front)


def _backend(variant: Variant, port: int, seed: int) -> Sequence[str]:
    options = ("--port", str(port), "--seed", str(seed), "--leashed")
    return (sys.executable, "-m", "router.demo.backend", variant.value, *options)


def _config(directory: Path, ports: Ports, token: str) -> Path:
    path = directory / "gray-router.yaml"
    text = CONFIG.format(
        service=SERVICE,
        proxy=ports.proxy,
        admin=ports.admin,
        legacy=ports.legacy,
        ai=ports.ai,
        digest=hashlib.sha256(token.encode()).hexdigest(),
    )
    path.write_text(text)
    return path
