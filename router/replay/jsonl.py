"""JSON lines: a request in each, as `POST /pairs` takes it, alone or below `request`.

    {"method": "POST", "target": "/v1/classify", "headers": {"content-type": "application/json"},
     "body": "eyJ0aWNrZXQiOiAiIn0="}

`headers` is an object, or a list of pairs where a name stands twice; `body` is base64.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import IO, Final, cast

import msgspec

from router.compare.pair import Asked
from router.errors import RecordingError

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes."""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request as it stands in a line."""

    method: str
    target: str
    headers: dict[str, str] | list[tuple[str, str]] = {}
    body: str = ""
    service: str = ""  # which one it was for; the caller has said already which are wanted


def read_json_lines(file: IO[bytes], service: str = "") -> Iterator[Asked]:
    """Yield the requests of a file, of one ``service`` alone where lines name another."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if line.strip():
            try:
                written, whose = _written(msgspec.json.decode(line))
                if not whose or whose == service or not service:
                    yield _asked(written)
            except (msgspec.DecodeError, ValueError) as error:
                raise RecordingError(f"line {number}: {_why(error)}") from error


def _written(line: object) -> tuple[Written, str]:
    if not isinstance(line, dict) or "request" not in line:
        alone = msgspec.convert(line, Written)
        return alone, alone.service
    pair = cast("dict[str, object]", line)
    return msgspec.convert(pair["request"], Written), str(pair.get("service", ""))


def _asked(written: Written) -> Asked:
    pairs = written.headers.items() if isinstance(written.headers, dict) else written.headers
    fields = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in pairs]
    if not written.method.isupper() or not written.target.startswith(("/", "*")):
        raise ValueError("method is in upper case, target is a path or *")
    body = b64decode(written.body, validate=True)
    return Asked(
        written.method.encode("ascii"), written.target.encode("ascii"), fields, body, len(body)
    )


def _why(error: Exception) -> str:
    """Say what is wrong; what stands there is repeated by no message of these."""
    match error:
        case msgspec.DecodeError():
            return str(error)
        case binascii.Error():
            return "body is not base64"
        case UnicodeError():
            return "a name, a value or the target has letters that no HTTP message may hold"
        case _:
            return str(error)
