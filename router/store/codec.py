"""Releases, events and JSON: what is written down says in which format it is.

A later version reads what an earlier one wrote: a field that it does not find has its default. The
format grows only when that is not enough, and then an earlier version refuses to guess.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import msgspec

from router.errors import StoreDamagedError, StoreTooNewError
from router.model import ALL
from router.release.state import Release

FORMAT: Final = 1
"""Of a release as JSON."""

HIGHEST: Final = 1 << 62
"""Of an epoch or a revision. Neither grows so far in any life, and a store has 63 bits for each:
from here on there would be no room for a rollback."""

T = TypeVar("T")
Document = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class _Envelope:
    format: int
    release: msgspec.Raw


def canonical(value: object) -> bytes:
    """Write ``value`` as JSON in the one form that is hashed: keys sorted, no spaces, UTF-8.

    What UTF-8 cannot hold, as bytes of a header that were none, becomes `?`: a rollback is not lost
    for the name of its caller.
    """
    try:
        return msgspec.json.encode(value, order="sorted")
    except UnicodeEncodeError:
        plain = rewrite(msgspec.to_builtins(value), _without_surrogates)
        return msgspec.json.encode(plain, order="sorted")


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def rewrite(value: object, change: Callable[[str], str], *, spare: str | None = None) -> object:
    """Return JSON with every text changed, except under the key ``spare``."""
    match value:
        case str():
            return change(value)
        case dict():
            fields = cast("dict[str, object]", value)
            return {
                change(key): each if key == spare else rewrite(each, change, spare=spare)
                for key, each in fields.items()
            }
        case list():
            return [rewrite(each, change, spare=spare) for each in cast("list[object]", value)]
        case _:
            return value


def read(text: bytes, kind: type[T], what: str) -> T:
    """Read ``text`` as a ``kind``; it says whose fault it is, and repeats nothing of it."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StoreDamagedError(f"{what} cannot be read: no router writes it like that") from error


def document(release: Release | None) -> Document | None:
    """Return a release as an audit event shows it."""
    if release is None:
        return None
    shown: Document = msgspec.json.decode(canonical(release))
    return shown


def encode(release: Release) -> bytes:
    """Write a release down."""
    return canonical({"format": FORMAT, "release": release})


def decode(text: bytes) -> Release:
    """Read what `encode` wrote, in this version or in an earlier one."""
    envelope = read(text, _Envelope, "a stored release")
    if envelope.format > FORMAT:
        raise StoreTooNewError("a stored release", envelope.format, FORMAT)
    release = read(bytes(envelope.release), Release, "a stored release")
    counts = (release.epoch, release.revision)
    if not 0 <= release.share <= ALL or min(counts) < 0 or max(counts) > HIGHEST:
        raise StoreDamagedError(f"the stored release of {release.service!r} cannot be")
    return release


def is_same(stored: Release | None, release: Release) -> bool:
    """Compare what is written down: that is what a repeated call would write again."""
    return stored is not None and encode(stored) == encode(release)
