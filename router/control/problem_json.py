"""How an error is told to programs and people at once: problem JSON (RFC 9457)."""

from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web

PROBLEM_JSON: Final = "application/problem+json"


def problem_json(status: HTTPStatus, code: str, detail: str, **more: object) -> web.Response:
    """Write a problem; programs compare ``code``, people read ``detail``, ``more`` are members."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        **more,
    }
    return web.Response(status=status, body=orjson.dumps(body) + b"\n", content_type=PROBLEM_JSON)
