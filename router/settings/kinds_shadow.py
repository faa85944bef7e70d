"""The kinds of values of those parts that say what is copied, compared and kept."""

import re
from typing import Annotated, Final, Literal, TypeAlias

from router.compare.rules import ValueClass as ValueClassWord
from router.http1.names import DEFAULT_PREFIX, Kind, Names
from router.settings.kinds import SIZE_SCHEMA, whole
from router.settings.patterns import (
    read_body_place,
    read_element_key,
    read_inner_pattern,
    read_masked,
    read_pattern,
)
from router.settings.problems import NotAllowedError
from router.settings.quantities import show_size, size_between
from router.settings.ratios import (
    MOST_MONEY,
    SMALLEST_BUDGET,
    number_schema,
    read_core_share,
    read_difference,
    read_money,
    read_ratio,
)
from router.settings.record_key import RecordsKey, read_record_key, show_record_key
from router.settings.words import read_header_name, read_header_value, read_method, read_text
from router.settings.written import Written, choice

LARGEST_CAPTURE: Final = 4 * 1024 * 1024
"""Bytes. A pair holds up to four answers and a request, and crosses to another process whole."""
MOST_COPIES: Final = 10_000
MOST_RECORDS: Final = 100_000_000

_CUSTOM: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_NAMES: Final = Names(replies=False, prefix=DEFAULT_PREFIX, request_id=b"")


def _read_class(value: object) -> ValueClassWord:
    return ValueClassWord(str(choice(*ValueClassWord).checked(value)))


def _read_send(value: object) -> object:
    if value in ("ai", "legacy"):
        raise NotAllowedError(suggestion=f"to_{value}")
    return choice("to_ai", "to_legacy", "both").checked(value)


def _read_copied_method(value: object) -> str:
    method = read_method(value)
    if method == "CONNECT":
        raise NotAllowedError(detail="a tunnel has no answer to compare")
    return method


def _read_plain_header(value: object) -> str:
    """Read the name of a field that is simply passed on, as it is or not at all."""
    name = read_header_name(value)
    if _NAMES.kind(name.encode()) is not Kind.PLAIN:
        raise NotAllowedError(detail=f"not {name}: that is the router's to say")
    return name


def _read_sent_value(value: object) -> str:
    text = read_header_value(value)
    if not text.isascii() or text != text.strip():
        raise NotAllowedError(detail="ASCII, without spaces around it")
    return text


def _read_label(value: object) -> str:
    """Read a word for a decision; labels that are numbers or switches are quoted."""
    text = read_header_value(value)
    if not text:
        raise NotAllowedError
    return text


def _read_custom(value: object) -> str:
    text = read_text(value)
    if _CUSTOM.fullmatch(text):
        return text
    module, _, function = (
        text.replace("/", ".").replace(".py:", ":").rpartition(":" if ":" in text else ".")
    )
    meant = f"{module}:{function}"
    raise NotAllowedError(suggestion=meant if _CUSTOM.fullmatch(meant) else None)


ShadowSend: TypeAlias = Annotated[
    Literal["to_ai", "to_legacy", "both"],
    Written(
        "to_ai, to_legacy or both",
        _read_send,
        {"type": "string", "enum": ["to_ai", "to_legacy", "both"]},
    ),
]
SideEffects: TypeAlias = Annotated[Literal["none"] | None, choice("none")]
"""There is one word: the operator's own. Whoever is not sure writes nothing."""
CopiedMethod: TypeAlias = Annotated[
    str,
    Written(
        "an HTTP method in capitals",
        _read_copied_method,
        {"type": "string", "pattern": r"^[A-Z-]+$"},
    ),
]
PlainHeader: TypeAlias = Annotated[
    str, Written("a header name such as x-env", _read_plain_header, {"type": "string"})
]
SentValue: TypeAlias = Annotated[str, Written("a text", _read_sent_value)]
CaptureBytes: TypeAlias = Annotated[
    int,
    Written(
        f"a size from 0 to {show_size(LARGEST_CAPTURE)}, such as 256KiB",
        size_between(0, LARGEST_CAPTURE),
        SIZE_SCHEMA,
        show_size,
    ),
]
CopyCount: TypeAlias = Annotated[int, whole(MOST_COPIES)]
Money: TypeAlias = Annotated[
    float | None,
    Written(
        f"US dollars up to {MOST_MONEY:.0f}, such as 5 or 0.5",
        read_money,
        {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_MONEY},
    ),
]
Pattern: TypeAlias = Annotated[
    str,
    Written(
        'a JSON pointer such as /items/*/id, or "" for the whole body',
        read_pattern,
        {"type": "string", "pattern": r"^(/|$)"},
    ),
]
InnerPattern: TypeAlias = Annotated[
    str,
    Written(
        "a JSON pointer such as /items/*/id",
        read_inner_pattern,
        {"type": "string", "pattern": r"^/"},
    ),
]
Masked: TypeAlias = Annotated[
    str,
    Written(
        "a JSON pointer such as /customer/email, or header:NAME",
        read_masked,
        {"type": "string", "pattern": r"^(/|json:/|header:.)"},
    ),
]
BodyPlace: TypeAlias = Annotated[
    str,
    Written(
        "json:/pointer",
        read_body_place,
        {"type": "string", "pattern": r"^json:/"},
        lambda place: f"json:{place}",
    ),
]
ElementKey: TypeAlias = Annotated[
    str, Written("the name of a key, or a JSON pointer such as /meta/id", read_element_key)
]
ValueClass: TypeAlias = Annotated[
    ValueClassWord,
    Written(
        choice(*ValueClassWord).words,
        _read_class,
        {"type": "string", "enum": [word.value for word in ValueClassWord]},
    ),
]
Similarity: TypeAlias = Annotated[
    float, Written("a ratio from 0 to 1, such as 0.85", read_ratio, number_schema(0, 1))
]
Difference: TypeAlias = Annotated[
    float, Written("a number from 0, such as 0.05", read_difference, number_schema(0))
]
RelativeDifference: TypeAlias = Annotated[
    float, Written("a ratio from 0 to 1, such as 0.01", read_ratio, number_schema(0, 1))
]
Label: TypeAlias = Annotated[str, Written("a text", _read_label, {"type": "string"})]
Custom: TypeAlias = Annotated[
    str | None,
    Written(
        "module:function, such as my_module:compare",
        _read_custom,
        {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$"},
    ),
]
CoreShare: TypeAlias = Annotated[
    float,
    Written(
        f"a ratio from {SMALLEST_BUDGET} to 1, such as 0.5",
        read_core_share,
        number_schema(SMALLEST_BUDGET, 1),
    ),
]
CompareProfile: TypeAlias = Annotated[Literal["generic", "openai"], choice("generic", "openai")]
RecordLevel: TypeAlias = Annotated[
    Literal["metadata", "diff", "full"], choice("metadata", "diff", "full")
]
Detector: TypeAlias = Annotated[
    Literal["card", "email", "bearer"], choice("card", "email", "bearer")
]
RecordCount: TypeAlias = Annotated[int, whole(MOST_RECORDS)]
RecordBytes: TypeAlias = Annotated[
    int,
    Written(
        "a size from 1MiB to 1024GiB, such as 1GiB",
        size_between(1024**2, 1024**4),
        SIZE_SCHEMA,
        show_size,
    ),
]
VaultKey: TypeAlias = Annotated[
    RecordsKey | None,
    Written(
        "32 bytes as 64 hex digits or in Base64, as from `openssl rand -hex 32`",
        read_record_key,
        {"type": "string", "pattern": r"^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?|)$"},
        show_record_key,
    ),
]
RollbackShadow: TypeAlias = Annotated[Literal["stop", "continue"], choice("stop", "continue")]
