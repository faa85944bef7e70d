"""Scores whose requests are copied: AI serves, and legacy is copied to, unless told otherwise."""

from dataclasses import replace
from typing import Any, Final

from router.model import ALL
from router.routing.snapshot import Limits, Sends, Service, Shadow, Snapshot
from tests.support.score import NOWHERE, SUPPORT, Score

GET: Final = b"GET /x HTTP/1.1"
POST: Final = b"POST /x HTTP/1.1"
CHUNKS: Final = b"Transfer-Encoding: chunked"
COPIED: Final = Shadow(
    Sends.BOTH, ALL, b"k" * 32, NOWHERE, NOWHERE, methods=("GET", "HEAD", "POST")
)


def score(service: Service = SUPPORT, *, buffers: int = 1 << 20, **settings: Any) -> Score:
    """``settings`` are those of the shadow."""
    return Score(
        service=replace(service, shadow=replace(COPIED, **settings)),
        snapshot=Snapshot(1, (), limits=Limits(buffers=buffers)),
        now=100.0,
    )
