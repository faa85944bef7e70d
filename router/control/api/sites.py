"""Where the admin API is served, and who guards it."""

import secrets
from collections.abc import Callable

from router.control.api.access import Access
from router.control.api.failures import Failures
from router.control.api.guard import Guard
from router.control.api.sessions import Sessions


def guard_for(access: Access, stopwatch: Callable[[], float]) -> Guard:
    """Return a guard who knows nobody yet that has signed in, or failed to."""
    return Guard(access, Sessions(stopwatch, secrets.token_urlsafe), Failures(stopwatch))
