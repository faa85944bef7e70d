"""A service whose requests are copied, as tests write it."""

from dataclasses import replace
from typing import Any

from router.model import ALL
from router.routing.snapshot import Breaker, Sends, Shadow, Upstream
from tests.support.recording_backend import RecordingBackend
from tests.support.worker import upstream

PATIENT = Breaker(min_requests=10_000)
"""A breaker that a test's failures do not open."""


def copying(
    legacy: RecordingBackend | Upstream, ai: RecordingBackend | Upstream, **settings: Any
) -> Shadow:
    """Copy every request to whoever did not serve it; ``settings`` are the shadow's others."""
    shadow = Shadow(
        Sends.BOTH, ALL, b"k" * 32, _upstream(legacy), _upstream(ai), breaker=PATIENT, timeout=5.0
    )
    return replace(shadow, **settings)


def _upstream(variant: RecordingBackend | Upstream) -> Upstream:
    return variant if isinstance(variant, Upstream) else upstream(variant.port)
