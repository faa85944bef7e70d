"""How the store's place is written in a config: a URL, as `open_store` takes it."""

from typing import Final
from urllib.parse import unquote, urlsplit

from router.settings.problems import NotAllowedError
from router.settings.words import read_text

MEMORY: Final = "memory:"
LATER: Final = ("redis", "rediss", "redis+sentinel")

_SQLITE: Final = "sqlite:///"


def read_store_url(value: object) -> str:
    """Read `sqlite:///PATH` or `memory:`."""
    text = read_text(value)
    scheme = text.partition(":")[0]
    if scheme in LATER:
        raise NotAllowedError(supported_later=True)
    if text == MEMORY:
        return text
    if not text.startswith(_SQLITE):
        raise NotAllowedError(suggestion=_meant(text))
    if not text.isprintable() or any(character in text for character in "?#\\"):
        raise NotAllowedError(detail="without `?`, `#` or control characters")
    path = unquote(text.removeprefix(_SQLITE))
    if not path or path.endswith("/") or not path.isprintable():
        raise NotAllowedError(detail="with the path of a file")
    return text


def _meant(text: str) -> str | None:
    """Guess at a path without a scheme, and at the slash too few that many write."""
    if urlsplit(text).scheme not in ("", "sqlite"):
        return None
    path = text.removeprefix("sqlite:").lstrip("/") if text.startswith("sqlite:") else text
    return f"{_SQLITE}{path}" if path and path.isprintable() else None
