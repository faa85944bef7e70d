"""How places in a body are written where one rule may speak of many: `/items/*/id`.

A pattern is an RFC 6901 pointer in which a token `*` stands for any one key or index. People who
come from other tools write paths of other kinds; what they meant is proposed, never guessed.
"""

import re
from typing import Final

from router.settings.problems import NotAllowedError
from router.settings.words import read_header_name, read_text

WHOLE: Final = ""
"""The pattern of the whole body, as of an answer that is an array."""

_PATTERN: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_JSON_PATH: Final = re.compile(r"\$?\.?(?P<rest>[\w-]+(?:\.[\w-]+|\.\*|\[(?:\d+|\*)\]|\[\])*)")
_SEPARATOR: Final = re.compile(r"\]?\.|\]?\[|\]$")


def read_pattern(value: object) -> str:
    """Read a place in a body, or the places that a pattern names; empty is the whole body."""
    return WHOLE if value == WHOLE else read_inner_pattern(value)


def read_inner_pattern(value: object) -> str:
    """Read a place inside a body: what is said of it must not hold for the whole by mistake."""
    text = read_text(value)
    if not _PATTERN.fullmatch(text):
        raise NotAllowedError(suggestion=_meant(text))
    if any("*" in step and step != "*" for step in text.split("/")):
        raise NotAllowedError(
            detail="`*` stands for one whole key or index; below a place its rule holds anyway"
        )
    return text


def read_body_place(value: object) -> str:
    """Read `json:/customer/email`, a place in a body, as the pointer behind the colon."""
    text = read_text(value)
    kind, _, pointer = text.partition(":")
    if kind != "json":
        pointer = text if text.startswith("/") else f"/{text}"
        raise NotAllowedError(suggestion=f"json:{pointer}" if ":" not in text else None)
    try:
        return read_inner_pattern(pointer)
    except NotAllowedError as refusal:
        meant = refusal.suggestion
        detail = refusal.detail
        raise NotAllowedError(suggestion=meant and f"json:{meant}", detail=detail) from None


def read_masked(value: object) -> str:
    """Read what is hidden before anything is kept: `/pointer` in a body, or `header:NAME`."""
    text = read_text(value)
    kind, colon, name = text.partition(":")
    if kind == "header" and colon:
        return f"header:{read_header_name(name)}"
    return read_body_place(text) if kind == "json" and colon else read_inner_pattern(text)


def read_element_key(value: object) -> str:
    """Read by which of its keys an element of an array is known: a name, or `/a/pointer` in it."""
    text = read_text(value)
    if not text.startswith("/"):
        if "/" in text:
            raise NotAllowedError(suggestion=f"/{text}")
        return text
    if "*" in text.split("/"):
        raise NotAllowedError(detail="one key of each element, so without `*`")
    return read_inner_pattern(text)


def _meant(text: str) -> str | None:
    """Say how a path of another kind is written here: `$.items[*].id`, `json:/a`, `a/b`."""
    if text.startswith("json:/"):
        return text.removeprefix("json:")
    if text.startswith("/"):
        return None
    found = _JSON_PATH.fullmatch(text)
    if not found:
        return f"/{text}" if _PATTERN.fullmatch(f"/{text}") else None
    tokens = [token or "*" for token in _SEPARATOR.split(found["rest"].removesuffix("]"))]
    return "/" + "/".join(tokens)
