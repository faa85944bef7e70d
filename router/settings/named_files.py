"""The certificates and keys that a config names, and what all of them may weigh."""

from collections.abc import Iterator
from typing import Final, cast

from router.settings.document import Document
from router.settings.files import PemFile
from router.settings.problems import Path, Problem
from router.settings.quantities import show_size
from router.settings.section import Section

HEAVIEST: Final = 12 * 1024 * 1024
"""Bytes. They go to each worker in one message, which may have 16 MiB (`wire.codec.MAX_FRAME`)."""


def named_files(settings: Section) -> Iterator[tuple[Path, PemFile]]:
    """Return each with its place, as often as it is named, in the order of the schema."""
    return _found_in(settings, ())


def too_heavy(settings: Section, document: Document) -> Iterator[Problem]:
    """Refuse more than a worker can be told."""
    weight = sum(len(file.text) for _, file in named_files(settings))
    if weight > HEAVIEST:
        allowed = f"at most {show_size(HEAVIEST)}, each file as often as it is named"
        text = f"certificates and keys of {weight} bytes are too much for one routing table"
        yield document.problem(("services",), text, allowed=allowed)


def _found_in(value: object, path: Path) -> Iterator[tuple[Path, PemFile]]:
    match value:
        case PemFile():
            yield path, value
        case Section():
            for name in type(value).model_fields:
                yield from _found_in(getattr(value, name), (*path, name))
        case tuple():
            for index, each in enumerate(cast("tuple[object, ...]", value)):
                yield from _found_in(each, (*path, index))
        case _:
            return
