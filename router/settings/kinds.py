"""The kinds of values that a config holds, by name; the models are written in these words."""

from typing import Annotated, Final, Literal, TypeAlias

from router.model import BasisPoints, Variant
from router.routing.snapshot import Endpoint, Place, PlaceKind
from router.settings.addresses import (
    Address,
    read_cidr,
    read_endpoint,
    read_host,
    read_listen,
    read_loopback,
)
from router.settings.problems import NotAllowedError
from router.settings.quantities import (
    read_duration,
    read_percent,
    read_positive_duration,
    show_duration,
    show_percent,
    show_size,
    size_between,
    whole_between,
)
from router.settings.words import (
    read_header_name,
    read_header_value,
    read_json_scalar,
    read_method,
    read_name,
    read_path,
    read_place,
    read_pointer,
    read_text,
    read_token,
)
from router.settings.written import Written, choice

_KIB: Final = 1024
_MIB: Final = 1024 * 1024
_TOKEN_SCHEMA: Final = {"type": "string", "pattern": r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}
_DURATION_SCHEMA: Final = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)$"}
_SIZE_SCHEMA: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(B|KB|KiB|MB|MiB|GB|GiB)$"},
    ]
}
_LISTEN_SCHEMA: Final = {"type": "string", "pattern": r"^(\[[0-9A-Fa-f:.]+\]|[^\[\]:/]+):[0-9]+$"}


def _read_workers(value: object) -> Literal["auto", 1]:
    if value == "auto":
        return "auto"
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        if value == 1:
            return 1
        raise NotAllowedError(supported_later=True)
    raise NotAllowedError


def _read_variant(value: object) -> Variant:
    return Variant(str(choice("legacy", "ai").checked(value)))


def _show_address(address: Address) -> str:
    return address.authority


def _show_endpoint(endpoint: Endpoint) -> str:
    return f"http://{endpoint.authority}"


def _show_place(place: Place) -> str:
    return place.kind if place.kind is PlaceKind.CLIENT_IP else f"{place.kind}:{place.name}"


def _whole(most: int) -> Written:
    return Written(
        f"a whole number from 1 to {most}",
        whole_between(1, most),
        {"type": "integer", "minimum": 1, "maximum": most},
    )


Duration: TypeAlias = Annotated[
    float,
    Written(
        "a duration such as 500ms, 30s, 5m, 12h or 7d",
        read_positive_duration,
        _DURATION_SCHEMA,
        show_duration,
    ),
]
DurationOrZero: TypeAlias = Annotated[
    float,
    Written("a duration such as 500ms, 30s or 0s", read_duration, _DURATION_SCHEMA, show_duration),
]
HeaderBytes: TypeAlias = Annotated[
    int,
    Written(
        "a size from 1KiB to 1MiB, such as 64KiB",
        size_between(_KIB, _MIB),
        _SIZE_SCHEMA,
        show_size,
    ),
]
BodyBytes: TypeAlias = Annotated[
    int | None,
    Written("a size such as 64KiB or 1GiB", size_between(1, 1024**4), _SIZE_SCHEMA, show_size),
]
BufferBytes: TypeAlias = Annotated[
    int,
    Written(
        "a size from 0 to 64MiB, such as 64KiB",
        size_between(0, 64 * _MIB),
        _SIZE_SCHEMA,
        show_size,
    ),
]
HeaderCount: TypeAlias = Annotated[int, _whole(10_000)]
ConnectionCount: TypeAlias = Annotated[int, _whole(1_000_000)]
AttemptCount: TypeAlias = Annotated[int, _whole(10)]
Percent: TypeAlias = Annotated[
    BasisPoints,
    Written(
        "a percent from 0 to 100 (two decimals)",
        read_percent,
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 100},
                {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})?%$"},
            ]
        },
        show_percent,
    ),
]
Workers: TypeAlias = Annotated[
    Literal["auto", 1], Written("auto or 1", _read_workers, {"enum": ["auto", 1]})
]
Listen: TypeAlias = Annotated[
    Address,
    Written(
        "an address such as 0.0.0.0:8080 or [::]:8080", read_listen, _LISTEN_SCHEMA, _show_address
    ),
]
Loopback: TypeAlias = Annotated[
    Address,
    Written(
        "a loopback address such as 127.0.0.1:9900", read_loopback, _LISTEN_SCHEMA, _show_address
    ),
]
EndpointUrl: TypeAlias = Annotated[
    Endpoint,
    Written(
        "http://host:port",
        read_endpoint,
        {"type": "string", "pattern": r"^http://[^/?#@\s]+/?$"},
        _show_endpoint,
    ),
]
Cidr: TypeAlias = Annotated[str, Written("an IP network such as 10.0.0.0/8 or ::1/128", read_cidr)]
Host: TypeAlias = Annotated[
    str,
    Written(
        "a host such as api.example.com or *.example.com",
        read_host,
        {"type": "string", "pattern": r"^(\*\.)?[A-Za-z0-9_\[][A-Za-z0-9_.:\]-]*$"},
    ),
]
RequestPath: TypeAlias = Annotated[
    str,
    Written(
        "a path such as /v1/x, /v1/* or regex:/v[0-9]+/.*",
        read_path,
        {"type": "string", "pattern": r"^(/|regex:)"},
    ),
]
Method: TypeAlias = Annotated[
    str,
    Written("an HTTP method in capitals", read_method, {"type": "string", "pattern": r"^[A-Z-]+$"}),
]
HeaderName: TypeAlias = Annotated[
    str, Written("a header name such as x-user-id", read_header_name, _TOKEN_SCHEMA)
]
HeaderValue: TypeAlias = Annotated[str, Written("a text", read_header_value)]
CookieName: TypeAlias = Annotated[
    str, Written("a cookie name such as gray_id", read_token, _TOKEN_SCHEMA)
]
Text: TypeAlias = Annotated[str, Written("a text", read_text, {"type": "string", "minLength": 1})]
ServiceName: TypeAlias = Annotated[
    str,
    Written(
        "a name of letters, digits, `.`, `_` and `-`, at most 63",
        read_name,
        {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
    ),
]
Pointer: TypeAlias = Annotated[
    str,
    Written("a JSON pointer such as /user/id", read_pointer, {"type": "string", "pattern": r"^/"}),
]
JsonScalar: TypeAlias = Annotated[
    str | bool | int | float | None,
    Written(
        "a text, a number, true, false or null",
        read_json_scalar,
        {"type": ["string", "number", "boolean", "null"]},
    ),
]
KeyPlace: TypeAlias = Annotated[
    Place,
    Written(
        "header:NAME, cookie:NAME, query:NAME, json:/pointer or client_ip",
        read_place,
        {"type": "string", "pattern": r"^(client_ip|(header|cookie|query):.+|json:/.*)$"},
        _show_place,
    ),
]
VariantName: TypeAlias = Annotated[
    Variant, Written("legacy or ai", _read_variant, {"type": "string", "enum": ["legacy", "ai"]})
]
Exposed: TypeAlias = Annotated[str, choice("variant", "fallback", "error", "revision")]
RequestIdOrigin: TypeAlias = Annotated[Literal["any", "trusted"], choice("any", "trusted")]
CachePolicy: TypeAlias = Annotated[Literal["private", "off"] | None, choice("private", "off")]
FallbackOn: TypeAlias = Annotated[
    Literal["connect"],
    choice(
        "connect",
        later=("timeout", "status", "invalid", "low_confidence", "over_cost", "refusal"),
    ),
]
