"""JSON lines: a request in each, as `POST /pairs` takes it, alone or below `request`.

    {"method": "POST", "target": "/v1/classify", "headers": {"content-type": "application/json"},
     "body": "eyJ0aWNrZXQiOiAiIn0="}

`headers` is an object, or a list of pairs where a name stands twice, and a letter of a value stands
for a byte (Latin-1); `body` is base64.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import IO, Final, cast

import msgspec

from router.compare.pair import Asked
from router.http1.lines import FIELD
from router.replay.entries import Broken, Entry, Recorded

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes."""

_METHOD: Final = re.compile(r"[A-Z][A-Z-]*")
_UNKNOWN: Final = "Object contains unknown field"
_TARGET: Final = re.compile(r"\*|/[!\"$-~]*")


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request as it stands in a line."""

    method: str
    target: str
    headers: dict[str, str] | list[tuple[str, str]] = {}
    body: str = ""
    service: str = ""  # which one it was for


def read_json_lines(file: IO[bytes]) -> Iterator[Entry]:
    """Yield the requests of a file, and the lines that are none."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        place = f"line {number}"
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            _skip_line(file)
            yield Broken(place, f"it is longer than {LONGEST_LINE >> 20} MiB")
        elif line.strip():
            yield _entry(line, place)


def _skip_line(file: IO[bytes]) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _entry(line: bytes, place: str) -> Entry:
    try:
        written, whose = _written(msgspec.json.decode(line))
        return Recorded(_asked(written), place, whose)
    except RecursionError:
        return Broken(place, "it is nested too deeply")
    except (msgspec.DecodeError, ValueError) as error:
        return Broken(place, _why(error))


def _written(line: object) -> tuple[Written, str]:
    if not isinstance(line, dict) or "request" not in line:
        alone = msgspec.convert(line, Written)
        return alone, alone.service
    pair = cast("dict[str, object]", line)
    return msgspec.convert(pair["request"], Written), str(pair.get("service", ""))


def _asked(written: Written) -> Asked:
    pairs = written.headers.items() if isinstance(written.headers, dict) else written.headers
    fields = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in pairs]
    target = written.target.encode("ascii")
    if not _METHOD.fullmatch(written.method) or not _TARGET.fullmatch(written.target):
        raise ValueError("method is in upper case, target is a path or *, neither has spaces")
    if not all(FIELD.fullmatch(name + b":" + value) for name, value in fields):
        raise ValueError("a name or a value in headers is none that an HTTP message may hold")
    body = b64decode(written.body, validate=True)
    return Asked(written.method.encode("ascii"), target, fields, body, len(body))


def _why(error: Exception) -> str:
    """Say what is wrong; what stands there is repeated by no message of these.

    msgspec's do so of keys that nobody knows, and of no values.
    """
    match error:
        case msgspec.DecodeError() if str(error).startswith(_UNKNOWN):
            return f"a request has a key other than {', '.join(Written.__struct_fields__)}"
        case msgspec.DecodeError():
            return str(error)
        case binascii.Error():
            return "body is not base64"
        case UnicodeError():
            return "a name, a value or the target has letters that no HTTP message may hold"
        case _:
            return str(error)
