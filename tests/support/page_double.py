"""An admin API for tests of the page: it answers as the real one does, as it is told to."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from selenium.webdriver import Chrome

from router.control.api.page import Page
from tests.support.compared import ANSWERS
from tests.support.visit import Visit

TOKENS = {"operator-token": "operator", "viewer-token": "viewer"}
"""What opens the page, and as what."""

LEGACY = {
    "requests": 2412,
    "requests_per_second": 40.2,
    "error_ratio": 0.001,
    "p50_ms": 12.1,
    "p95_ms": 34.0,
    "p99_ms": 61.0,
}
AI = {
    "requests": 603,
    "requests_per_second": 10.05,
    "error_ratio": 0.031,
    "p50_ms": 41.0,
    "p95_ms": 190.0,
    "p99_ms": 420.0,
}


def release(service: str = "support", **more: Any) -> dict[str, Any]:
    """Write a release as the API shows it."""
    return {
        "service": service,
        "percent": 20.0,
        "effective_percent": 19.87,
        "stage": 1,
        "status": "rolling",
        "held_for": None,
        "epoch": 0,
        "revision": 4,
        "updated_at": "2026-11-20T14:13:20.000Z",
        "by": "ada.lovelace",
        "approved_by": [],
        "reason": "first users are content",
        "pending": None,
        "stages": [5.0, 20.0, 50.0, 100.0],
        "rollback_ready": None,
        "rollback_ready_because": "unproven",
        **more,
    }


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class PageDouble:
    """What it says, and what it was asked: method, path and body of what is not a GET."""

    url: str = ""
    services: list[dict[str, Any]] = field(default_factory=lambda: [release()])
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    compared: dict[str, Any] | None = field(default_factory=lambda: dict(ANSWERS))
    """None: the store cannot be read."""
    refusal: dict[str, Any] | None = None
    has_tokens: bool = True
    heard: list[tuple[str, str, Any, dict[str, str]]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What other replicas say of a rollback."""
    behind: list[str] = field(default_factory=list[str])
    beside: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Other routers."""
    stranger: str = ""
    """What a proxy says in its place."""
    looks: int = 0
    may_publish: threading.Event = field(default_factory=_set)
    may_report: threading.Event = field(default_factory=threading.Event)
    signed_in: dict[str, str] = field(default_factory=dict[str, str])
    stop: Any = None

    def let_go(self) -> None:
        """Answer whatever still waits."""
        self.may_publish.set()
        self.may_report.set()

    def routes(self) -> list[web.RouteDef]:
        api = "/api/v1"
        return [
            *Page().routes(),
            web.get(f"{api}/session", self.session),
            web.post(f"{api}/session", self.sign_in),
            web.get(f"{api}/services", self.show_services),
            web.get(f"{api}/services/{{service}}/metrics", self.metrics),
            web.get(f"{api}/services/{{service}}/plan", self.plan),
            web.get(f"{api}/services/{{service}}/divergences", self.divergences),
            web.get(f"{api}/replicas", self.replicas),
            web.get(f"{api}/events", self.show_events),
            web.post(f"{api}/services/{{service}}/rollback", self.roll_back),
            web.post(f"{api}/rollback", self.roll_back),
            web.put(f"{api}/services/{{service}}/percent", self.change),
            web.post(f"{api}/services/{{service}}/{{command}}", self.change),
        ]

    # Who...

    def _role(self, request: web.Request) -> str | None:
        if not self.has_tokens:
            return "operator"
        return self.signed_in.get(request.cookies.get("gray_session", ""))

    async def session(self, request: web.Request) -> web.Response:
        role = self._role(request)
        if role is None:
            return _problem(401, "unauthenticated", "sign in first")
        name = "grace.hopper" if self.has_tokens else "local"
        csrf = "the-csrf" if self.has_tokens else ""
        return _json({"name": name, "role": role, "services": None, "csrf": csrf})

    async def sign_in(self, request: web.Request) -> web.Response:
        token = orjson.loads(await request.read())["token"]
        if token not in TOKENS:
            return _problem(401, "unauthenticated", "the token is not known here")
        self.signed_in["1"] = TOKENS[token]
        answer = _json(
            {"name": "grace.hopper", "role": TOKENS[token], "services": None, "csrf": "the-csrf"}
        )
        answer.set_cookie("gray_session", "1", httponly=True, samesite="Strict")
        return answer

    # What...

    async def show_services(self, request: web.Request) -> web.Response:
        if self._role(request) is None:
            return _problem(401, "unauthenticated", "sign in first")
        self.looks += 1
        if self.stranger:
            return web.Response(text=self.stranger, content_type="text/html")
        return _json({"services": self.services, "draining": False})

    async def metrics(self, request: web.Request) -> web.Response:
        return _json(
            {
                "service": request.match_info["service"],
                "window_s": 60.0,
                "covered_s": 60.0,
                "variants": {"legacy": LEGACY, "ai": AI},
                "fallbacks": {"connect": 3, "lease_lost": 0, "no_endpoint": 0},
            }
        )

    async def divergences(self, request: web.Request) -> web.Response:
        if self.compared is None:
            return _problem(503, "store_unreadable", "the store is away")
        return _json(self.compared)

    async def plan(self, request: web.Request) -> web.Response:
        percent = float(request.query["percent"])
        return _json(
            {
                "service": "support",
                "percent_now": 20.0,
                "percent": percent,
                "status": "rolling",
                "status_then": "rolling",
                "stage": None,
                "requests_per_hour": 180_900,
                "ai_requests_per_hour_now": 36_180,
                "ai_requests_per_hour": round(1809 * percent),
                "needs_reason": False,
                "approvals": 1,
                "refusal": self.refusal,
            }
        )

    async def replicas(self, request: web.Request) -> web.Response:
        stands = {r["service"]: [r["epoch"], r["revision"]] for r in self.services}
        old = {name: [epoch, revision - 1] for name, (epoch, revision) in stands.items()}
        workers = [
            {"name": name, "state": "ready", "stands": old if name in self.behind else stands}
            for name in ("worker-1", "worker-2", "worker-3")
        ]
        asked = {"replica": "r1", "draining": False, "workers": workers}
        return _json({"replicas": [asked, *self.beside]})

    async def show_events(self, request: web.Request) -> web.Response:
        return _json({"events": self.events, "next": None})

    # Changes...

    async def change(self, request: web.Request) -> web.Response:
        body = await self._hear(request)
        if self.refusal is not None:
            return _problem(409, "refused", self.refusal["detail"])
        (first, *_) = self.services
        first.update(percent=body.get("percent", 50.0), reason=body["reason"], pending=None)
        first["revision"] += 1
        return _json({**first, "acknowledged": True, "missing": [], "applied_ms": 2.4})

    async def roll_back(self, request: web.Request) -> web.StreamResponse:
        await self._hear(request)
        asked = request.match_info.get("service")
        names = [r["service"] for r in self.services if asked in (None, r["service"])]
        for each in self.services:
            if each["service"] in names:
                each.update(percent=0.0, stage=None, status="rolled_back", epoch=1, revision=9)
        await asyncio.to_thread(self.may_publish.wait, 10)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        for name in names:
            await answer.write(_event("published", {"service": name, "epoch": 1, "revision": 9}))
            for n in (1, 2, 3):
                said = {"service": name, "replica": "r1", "worker": f"worker-{n}", "applied_ms": n}
                await answer.write(_event("acknowledged", said))
            for said in self.others:
                await answer.write(_event("acknowledged", {"service": name, **said}))
        await asyncio.to_thread(self.may_report.wait, 10)
        for name in names:
            await answer.write(_event("report", report(name, **self.report)))
        return answer

    async def _hear(self, request: web.Request) -> Any:
        body = orjson.loads(await request.read())
        self.heard.append((request.method, request.path, body, dict(request.headers)))
        return body


def report(service: str, **more: Any) -> dict[str, Any]:
    """Write a rollback's report as the API does."""
    return {
        "service": service,
        "epoch": 1,
        "revision": 5,
        "percent": 0,
        "complete": True,
        "durable": "store",
        "applied_ms": 3.1,
        "last_ai_byte_ms": 0.4,
        "replicas": [{"replica": "r1", "workers": 3, "acked": 3, "applied_ms": 3.1}],
        "in_flight_ai": 0,
        "bound_s": 0.0,
        "missing": [],
        "problems": [],
        **more,
    }


@contextmanager
def page_double() -> Iterator[PageDouble]:
    """Serve on a free port, in a thread of its own; `stop` ends it before its time."""
    double, ready = PageDouble(), threading.Event()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        app = web.Application()
        app.add_routes(double.routes())
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        double.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await end.wait()
        await runner.cleanup()

    def stop() -> None:
        double.let_go()
        if thread.is_alive():
            loop.call_soon_threadsafe(end.set)
            thread.join()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    double.stop = stop
    try:
        yield double
    finally:
        stop()
        loop.close()


def _json(data: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(data), content_type="application/json", status=status)


def _problem(status: int, code: str, detail: str) -> web.Response:
    return _json({"status": status, "code": code, "detail": detail}, status)


def _event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {orjson.dumps(data).decode()}\n\n".encode()


class DoubledVisit(Visit):
    """A visit where the API is a double."""

    def __init__(self, chrome: Chrome, double: PageDouble) -> None:
        super().__init__(chrome, double.url)
        self.double = double

    def sign_in(self, token: str = next(iter(TOKENS))) -> None:
        super().sign_in(token)
