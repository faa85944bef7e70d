"""The command that asks again what a recorded pair was asked.

What was masked when the pair was recorded cannot be asked again: it is named in a line above, so
that somebody can put in what belongs there.
"""

import json  # noqa: TID251 - see admin_client
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from router.cli.output import printable

MASKED: Final = "[masked]"
"""What stands in place of what is not shown."""

OURS: Final = frozenset({"connection", "content-length", "host", "transfer-encoding"})
"""What curl writes by itself, by what it is told besides."""

WRITABLE: Final = frozenset({"json", "text"})
NO_BODY: Final = "empty"


def curl(request: Mapping[str, Any], url: str) -> str:
    """Write it for a shell, to be sent to ``url``."""
    masked = ", ".join(map(printable, _masked(request)))
    notes = [f"# masked when it was recorded: {masked}"] if masked else []
    if request["kind"] not in WRITABLE | {NO_BODY}:
        notes.append(f"# the body was not kept ({printable(request['kind'])})")
    return "\n".join([*notes, " \\\n  ".join(_words(request, url.rstrip("/")))])


def _masked(request: Mapping[str, Any]) -> Iterator[str]:
    if MASKED in request["target"]:
        yield "the target"
    yield from (f"header {name}" for name, value in request["headers"] if MASKED in value)
    yield from _masked_places(request["body"], "")


def _masked_places(value: object, at: str) -> Iterator[str]:
    match value:
        case str() if MASKED in value:
            yield at or "the body"
        case dict():
            for key, each in cast("dict[str, object]", value).items():
                yield from _masked_places(each, f"{at}/{key}")
        case list():
            for index, each in enumerate(cast("list[object]", value)):
                yield from _masked_places(each, f"{at}/{index}")
        case _:
            pass


def _words(request: Mapping[str, Any], url: str) -> Iterator[str]:
    yield " ".join(("curl", *_options(request), _quoted(url + request["target"])))
    headers: Sequence[tuple[str, str]] = request["headers"]
    for name, value in headers:
        if name == "accept-encoding":
            yield "--compressed"
        elif name not in OURS and MASKED not in value:
            yield f"-H {_quoted(f'{name}: {value}' if value else f'{name};')}"
    if request["kind"] in WRITABLE:
        body = request["body"]
        is_text = request["kind"] == "text"
        text = str(body) if is_text else json.dumps(body, ensure_ascii=False)
        yield f"--data-raw {_quoted(text)}"  # any other --data takes `@name` for a file


def _options(request: Mapping[str, Any]) -> Iterator[str]:
    """Have curl ask for what was asked for, and wait for no body where there is none."""
    target: str = request["target"]
    if any(letter in target for letter in "[]{}"):
        yield "--globoff"
    if "/." in target:
        yield "--path-as-is"
    yield "--head" if request["method"] == "HEAD" else f"-X {_quoted(request['method'])}"


def _quoted(text: str) -> str:
    """Quote for a shell; what a terminal would obey is written by `$'…'` of bash, zsh and ksh."""
    if all(letter.isprintable() or letter in "\n\t" for letter in text):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(letter) for letter in text) + "'"


def _escaped(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))
