"""How names, paths and places are written in a config: from YAML data to what they mean.

Each reader raises `NotAllowedError` for what it cannot read, if possible with what
was probably meant.
"""

import math
import re
import warnings
from collections.abc import Callable
from typing import Final

from router.routing.snapshot import Place, PlaceKind
from router.settings.problems import NotAllowedError, closest

LONGEST_REGEX: Final = 1000
LARGEST_INTEGER: Final = 2**63

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_PATH: Final = re.compile(r"/[!-~]*")
_SWITCHES: Final = {
    **dict.fromkeys(("yes", "on", "y", "true"), "true"),
    **dict.fromkeys(("no", "off", "n", "false"), "false"),
}


def read_text(value: object) -> str:
    """Read any text that is not empty."""
    if not isinstance(value, str) or not value:
        raise NotAllowedError
    return value


def read_token(value: object) -> str:
    """Read a name of the kind that methods, headers and cookies have."""
    text = read_text(value)
    if not _TOKEN.fullmatch(text):
        fixed = text.strip().removesuffix(":").replace(" ", "-")
        raise NotAllowedError(suggestion=fixed if _TOKEN.fullmatch(fixed) else None)
    return text


def read_name(value: object) -> str:
    """Read a service's name: it appears in URLs, metrics and commands."""
    text = read_text(value)
    if not _NAME.fullmatch(text):
        fixed = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("._-")[:63]
        raise NotAllowedError(suggestion=fixed or None)
    return text


def read_method(value: object) -> str:
    """Read an HTTP method; they are case-sensitive."""
    text = read_token(value)
    if text != text.upper():
        raise NotAllowedError(suggestion=text.upper())
    return text


def read_header_name(value: object) -> str:
    """Read a header's name; its case means nothing."""
    return read_token(value).lower()


def read_header_value(value: object) -> str:
    """Read a text that may stand in a header; a number or a boolean needs quotes."""
    if isinstance(value, bool | int | float):
        spelled = str(value).lower() if isinstance(value, bool) else str(value)
        raise NotAllowedError(suggestion=f'"{spelled}"', detail="in quotes")
    if not isinstance(value, str):
        raise NotAllowedError
    if any(character < " " or character == "\x7f" for character in value):
        raise NotAllowedError(detail="without control characters")
    return value


def read_path(value: object) -> str:
    """Read `/v1/x`, `/v1/*` or `regex:EXPR`."""
    text = read_text(value)
    if text.startswith("regex:"):
        return _regex(text)
    if not text.startswith("/"):
        raise NotAllowedError(suggestion=f"/{text}")
    if not _PATH.fullmatch(text) or "?" in text or "#" in text:
        raise NotAllowedError(detail="without spaces, `?` or `#`; write other bytes as %XX")
    if "*" in text.removesuffix("/*"):
        fixed = text.rstrip("*").rstrip("/") + "/*"
        raise NotAllowedError(
            suggestion=fixed if "*" not in fixed.removesuffix("/*") else None,
            detail="`*` stands for whole segments, at the end",
        )
    return text


def read_probe_path(value: object) -> str:
    """Read what a probe asks a backend for: a path, and a query where it needs one."""
    text = read_text(value)
    if not text.startswith("/"):
        raise NotAllowedError(suggestion=f"/{text}" if _PATH.fullmatch(f"/{text}") else None)
    if not _PATH.fullmatch(text) or "#" in text:
        raise NotAllowedError(detail="without spaces or `#`; write other bytes as %XX")
    return text


def read_switch(value: object) -> bool:
    """Read true or false; YAML's old `yes` and `on` are words today."""
    if isinstance(value, bool):
        return value
    meant = _SWITCHES.get(value.lower()) if isinstance(value, str) else None
    raise NotAllowedError(suggestion=meant)


def read_pointer(value: object) -> str:
    """Read an RFC 6901 pointer to something inside a document."""
    text = read_text(value)
    if not _POINTER.fullmatch(text):
        raise NotAllowedError(suggestion=None if text.startswith("/") else f"/{text}")
    return text


def read_json_scalar(value: object) -> str | bool | int | float | None:
    """Read a value that a JSON field can be compared with."""
    if isinstance(value, float) and not math.isfinite(value):
        raise NotAllowedError
    if isinstance(value, int) and not -LARGEST_INTEGER <= value < LARGEST_INTEGER:
        raise NotAllowedError(detail="whole numbers of at most 64 bits")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise NotAllowedError


_PLACE_NAMES: Final[dict[PlaceKind, Callable[[object], str]]] = {
    PlaceKind.HEADER: read_header_name,
    PlaceKind.COOKIE: read_token,
    PlaceKind.QUERY: read_text,
    PlaceKind.JSON: read_pointer,
}


def read_place(value: object) -> Place:
    """Turn `header:x-user-id`, `json:/user/id` or `client_ip` into a place."""
    text = read_text(value)
    if text == "client_ip":
        return Place(PlaceKind.CLIENT_IP)
    word, separator, name = text.partition(":")
    kinds = {kind.value: kind for kind in PlaceKind if kind is not PlaceKind.CLIENT_IP}
    if not separator or word not in kinds:
        meant = closest(word, kinds if separator else ["client_ip"])
        raise NotAllowedError(suggestion=meant and f"{meant}{separator}{name}")
    try:
        return Place(kinds[word], _PLACE_NAMES[kinds[word]](name))
    except NotAllowedError as refusal:
        meant = refusal.suggestion
        raise NotAllowedError(suggestion=meant and f"{word}:{meant}") from None


def read_rate_key(value: object) -> Place:
    """Read the place of a key by which requests are counted before their body is there."""
    place = read_place(value)
    if place.kind is PlaceKind.JSON:
        raise NotAllowedError(detail="not json: the limit stands before the body")
    return place


def _regex(text: str) -> str:
    expression = text.removeprefix("regex:")
    if len(expression) > LONGEST_REGEX:
        raise NotAllowedError(detail=f"at most {LONGEST_REGEX} characters")
    try:
        # Python may warn of a set that will mean something else one day; it compiles today.
        with warnings.catch_warnings(action="ignore"):
            re.compile(expression.encode())  # requests are matched as bytes
    except (re.error, OverflowError, RecursionError) as error:
        raise NotAllowedError(detail=f"the expression is broken: {error}") from None
    return text
