"""Status and header fields of two answers, by what they mean (RFC 9110, 5).

Names are lower-case already. Fields of one name are one list, however many lines it takes; white
space around its commas says nothing. Of cookies and media types more is known.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from router.compare.media import Shape, media
from router.compare.pair import Answer, Fields
from router.compare.rules import CompareRules
from router.compare.verdict import Change, Difference
from router.places.pointer import MISSING, Json, Missing

_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t]*,[ \t]*')
_LONGEST_LIST: Final = 4096
"""Characters; quotes that nobody closes cost the square of it."""

_DATES: Final = frozenset({"expires"})
"""A cookie's attribute that is another one a second later; whether it is there is compared."""


def header_differences(legacy: Answer, ai: Answer, rules: CompareRules) -> list[Difference]:
    """Compare what stands before the bodies."""
    found: list[Difference] = []
    if rules.status and legacy.status != ai.status:
        found.append(Difference("status", Change.VALUE, "status", legacy.status, ai.status))
    for name in rules.headers:
        difference = _header(name, legacy.fields, ai.fields)
        if difference is not None:
            found.append(difference)
    return found


def _header(name: str, legacy: Fields, ai: Fields) -> Difference | None:
    wanted = name.encode()
    read = _READERS.get(name, _list)
    theirs, its = (
        _value([value for field, value in fields if field == wanted], read)
        for fields in (legacy, ai)
    )
    if theirs == its:
        return None
    field = f"header:{name}"
    return Difference(field, _change(theirs, its), field, theirs, its)


def _value(lines: Sequence[bytes], read: Callable[[Sequence[bytes]], Json]) -> Json | Missing:
    return read(lines) if lines else MISSING


def _change(legacy: Json | Missing, ai: Json | Missing) -> Change:
    if isinstance(ai, Missing):
        return Change.MISSING
    return Change.EXTRA if isinstance(legacy, Missing) else Change.VALUE


def _list(lines: Sequence[bytes]) -> Json:
    joined = b", ".join(lines).decode("latin-1").strip()
    if len(joined) > _LONGEST_LIST:
        return joined
    return _COMMA.sub(lambda found: found[1] or ", ", joined)


def _media_type(lines: Sequence[bytes]) -> Json:
    """JSON has one charset, and needs no word on it; a boundary is another one each time."""
    said = media(lines[-1])
    parameters = [f"{name}={value}" for name, value in said.parameters if name != "boundary"]
    is_utf8 = said.charset in {"", "utf-8", "utf8"}
    if not is_utf8 or (said.charset and said.shape not in {Shape.JSON, Shape.LINES}):
        parameters.append(f"charset={'utf-8' if is_utf8 else said.charset}")
    return "; ".join((said.essence, *parameters))


def _cookies(lines: Sequence[bytes]) -> Json:
    """Name each cookie and its attributes, in no order; values are secrets, and never the same."""
    return [*sorted(_cookie(line.decode("latin-1")) for line in lines)]


def _cookie(line: str) -> str:
    pair, *attributes = line.split(";")
    named = sorted(_attribute(each) for each in attributes if each.strip())
    return "; ".join((pair.partition("=")[0].strip(), *named))


def _attribute(text: str) -> str:
    name, _, value = text.partition("=")
    name, value = name.strip().lower(), value.strip()
    return f"{name}={value}" if value and name not in _DATES else name


_READERS: Final[dict[str, Callable[[Sequence[bytes]], Json]]] = {
    "content-type": _media_type,
    "set-cookie": _cookies,
}
