"""What Redis and its driver say is wrong, in our own errors.

Their texts are not repeated: the driver's hold the command that failed, a server's the user's name.
"""

import contextlib
import os
import re
import socket
import ssl
from collections.abc import Generator, Sequence
from typing import Final

from redis import exceptions

from router.errors import NotDurableError, StoreDamagedError, StoreError, StoreUnavailableError

_IN_SCRIPT: Final = re.compile("user executing the script|ACL failure in script")
"""Redis gives no code of its own to what a user may not do within a script."""

_CODE: Final = re.compile(r"\b([A-Z]{3,})\b")
_NOT_KEPT: Final = {
    "OOM": "it has no memory left (maxmemory)",
    "READONLY": "it is a replica, which takes no writes",
    "MISCONF": "it cannot write to its disk",
    "NOREPLICAS": "too few of its replicas are connected (min-replicas-to-write)",
}
_REFUSED: Final = {
    "NOAUTH": "it wants a user or a password",
    "WRONGPASS": "user and password do not fit",
    "NOPERM": "its access list does not let our user do this",
    "LOADING": "it is still reading its files",
    "BUSY": "it is busy with somebody's script",
    "MASTERDOWN": "it has lost its master",
    "MOVED": "it is part of a cluster, and these keys are on another server",
    "CLUSTERDOWN": "its cluster is down",
}


@contextlib.contextmanager
def translated(place: str) -> Generator[None]:
    """Raise what the driver raises as a StoreError."""
    try:
        yield
    except (TimeoutError, exceptions.TimeoutError) as error:
        raise StoreUnavailableError(f"{place}: it does not answer") from error
    except (exceptions.RedisError, OSError) as error:
        raise _meaning(place, error) from error


def _meaning(place: str, error: Exception) -> StoreError:
    codes = _codes(error)
    for code in codes:
        if code in _NOT_KEPT:
            return NotDurableError(f"{place}: {_NOT_KEPT[code]}")
        if code in _REFUSED:
            return StoreUnavailableError(f"{place}: {_REFUSED[code]}")
    if "WRONGTYPE" in codes:
        return StoreDamagedError(f"{place}: a key is not of the kind that a router wrote")
    return StoreUnavailableError(f"{place}: {_sentence(error, codes)}")


def _codes(error: Exception) -> list[str]:
    if _IN_SCRIPT.search(str(error)):
        return ["NOPERM"]
    status = getattr(error, "status_code", None)
    return [*([status] if isinstance(status, str) else []), *_CODE.findall(str(error))]


def _sentence(error: Exception, codes: Sequence[str]) -> str:
    if isinstance(error, exceptions.ConnectionError | OSError):
        return f"there is no connection to it{_because(error)}"
    return f"it refuses a command ({codes[0] if codes else type(error).__name__})"


def _because(error: BaseException | None) -> str:
    """Find what the system or TLS said first: the driver hides it in texts of its own."""
    while error is not None:
        match error:
            case ssl.SSLCertVerificationError():
                return f" (TLS: {error.verify_message})"
            case ssl.SSLError() | socket.gaierror() if error.strerror:
                return f" ({error.strerror})"
            case OSError() if error.errno:
                return f" ({os.strerror(error.errno)})"
            case _:
                pass
        error = error.__cause__ or error.__context__
    return ""
