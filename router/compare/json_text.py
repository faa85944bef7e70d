"""JSON as text: orjson, with its one refusal told apart that says nothing of the text."""

import orjson

from router.places.pointer import Json


class TooDeepError(Exception):
    """It is nested deeper than is read (1,024 levels) or, where it differs, entered."""


class NotJsonError(Exception):
    """It is not JSON (NaN and single surrogates are none either)."""


def loads(text: str | bytes) -> Json:
    """Parse JSON. Of a key that an object has twice the last one counts, as with most parsers."""
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith("depth limit"):
            raise TooDeepError from error
        raise NotJsonError from error
    return value


def json_or_text(text: str) -> Json:
    """Parse an object or an array; everything else is the text that it is.

    A text that happens to read `12` or `true` is not meant as a number.
    """
    if not text.lstrip(" \t\r\n").startswith(("{", "[")):
        return text
    try:
        return loads(text)
    except NotJsonError:
        return text
