"""Stores as command lines name them: everybody on a machine sees a command line.

So what is secret in a URL is taken from the environment, where it is written `${NAME}`.
"""

import os
import re
from typing import Final

from router.errors import UsageError

HELP: Final = (
    "sqlite:///PATH, redis://HOST, rediss://HOST or redis+sentinel://HOST,HOST/MASTER, with "
    "?prefix=… where it is not `gray`; '${NAME}' in it is taken from the environment"
)

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled_in(url: str) -> str:
    """Return ``url`` with its variables' values."""
    return _VARIABLE.sub(_value, url)


def _value(found: re.Match[str]) -> str:
    value = os.environ.get(found[1])
    if value is None:
        raise UsageError(f"the environment variable {found[1]} is not set")
    return value
