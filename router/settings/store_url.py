"""How the store's place is written in a config: a URL, as `open_store` takes it."""

from typing import Final
from urllib.parse import unquote, urlsplit

from router.redis_address import RedisAddress, is_redis, read_prefix, read_redis_url
from router.settings.problems import NotAllowedError
from router.settings.words import read_text

MEMORY: Final = "memory:"
SENTINEL: Final = "redis+sentinel:"

_SQLITE: Final = "sqlite:///"


def read_store_url(value: object) -> str:
    """Read `sqlite:///PATH`, `memory:` or the URL of a Redis."""
    text = read_text(value)
    if is_redis(text):
        _redis(text)
        return text
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


def read_key_prefix(value: object) -> str:
    """Read what the names of all keys begin with."""
    try:
        return read_prefix(read_text(value))
    except ValueError as error:
        raise NotAllowedError(allowed=str(error)) from None


def redis_of(url: str) -> RedisAddress | None:
    """Return where a store that was read is, if that is a Redis."""
    return read_redis_url(url) if is_redis(url) else None


def _redis(text: str) -> None:
    try:
        address = read_redis_url(text)
    except ValueError as error:
        raise NotAllowedError(detail=str(error)) from None
    if address.prefix is not None:
        raise NotAllowedError(detail="without `prefix`: that is store.prefix")


def _meant(text: str) -> str | None:
    """Guess at a path without a scheme, and at the slash too few that many write."""
    if urlsplit(text).scheme not in ("", "sqlite"):
        return None
    path = text.removeprefix("sqlite:").lstrip("/") if text.startswith("sqlite:") else text
    return f"{_SQLITE}{path}" if path and path.isprintable() else None
