"""A pair as it is shown to people: how much of it, the service's `compare.record` says.

    metadata    which fields differ and how, status, sizes, times: no content
    diff        the values that differ as well, masked and shortened, and the path without data
    full        both answers and the request, masked

Rules of residence: whatever is in a `Sample` may be stored and read by people who may read samples.
Bodies come here only as what was understood of them (`bodies`), and leave only by `redact`.
"""

from typing import Any, Final, cast

import msgspec

from router.places.pointer import Json

Value = Json | msgspec.UnsetType
"""UNSET: there is none, or it is not shown."""


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One difference. at: its exact place, with keys that look like data as `*`."""

    field: str
    change: str
    at: str = ""
    legacy: Any = msgspec.UNSET
    ai: Any = msgspec.UNSET


class Side(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one variant answered.

    status: 0 where no answer came. loss: why it is not whole. kind: what was understood of the body
    (`bodies.Kind`), or why nothing was; fields, kind and body are of `full` alone.
    """

    status: int
    size: int
    seconds: float
    loss: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    body: Any = msgspec.UNSET


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked. id: `~` and a digest where it looks as if somebody had chosen it."""

    id: str
    method: str
    size: int
    target: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    body: Any = msgspec.UNSET


class Sample(msgspec.Struct, frozen=True, omit_defaults=True):
    """A judged pair.

    served: whose answer the user got, None for a mirrored request. decision: both labels. more:
    there are further differences. noise: (legacy, AI): the fields in which a variant that was asked
    twice differed from itself; None where it was not. weight: how many pairs this one stands for.
    """

    id: str
    service: str
    phase: str
    at: float
    detail: str
    result: str
    request: Request
    legacy: Side
    ai: Side
    served: str | None = None
    differences: tuple[Shown, ...] = ()
    more: bool = False
    error: str = ""
    decision: tuple[str, str] | None = None
    noise: tuple[tuple[str, ...] | None, tuple[str, ...] | None] = (None, None)
    weight: int = 1


_decoder: Final = msgspec.json.Decoder(Sample)


def encode_sample(sample: Sample) -> bytes:
    """Write a sample down, as JSON."""
    try:
        return msgspec.json.encode(sample)
    except UnicodeEncodeError:  # JSON may name halves of characters, which UTF-8 cannot hold
        return msgspec.json.encode(_writable(msgspec.to_builtins(sample)))


def decode_sample(text: bytes) -> Sample:
    """Read what `encode_sample` wrote, in this version or in an earlier one; raise ValueError."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError("this is no sample that a router wrote") from error


def _writable(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            fields = cast("dict[str, object]", value)
            return {_writable(key): _writable(each) for key, each in fields.items()}
        case list() | tuple():
            return [_writable(each) for each in cast("list[object]", value)]
        case _:
            return value
