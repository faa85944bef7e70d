"""The kinds of values that a config holds, by name; the models are written in these words."""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from router.model import Address, BasisPoints, Variant
from router.routing.snapshot import AccessLog as AccessLogWord, Endpoint, Place, PlaceKind
from router.settings.addresses import (
    read_cidr,
    read_endpoint,
    read_host,
    read_listen,
    read_server_name,
)
from router.settings.files import (
    CERTIFICATES,
    PRIVATE_KEY,
    Located,
    PemFile,
    read_file_name,
    show_file_name,
)
from router.settings.problems import NotAllowedError, closest
from router.settings.quantities import (
    HIGHEST_RATE,
    LONGEST_WAIT,
    LOWEST_RATE,
    SHORTEST_LEASE,
    SHORTEST_WAIT,
    read_duration,
    read_lease,
    read_percent,
    read_positive_duration,
    read_rate,
    read_stream_age,
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
    read_probe_path,
    read_rate_key,
    read_switch,
    read_text,
    read_token,
)
from router.settings.written import Written, choice

_KIB: Final = 1024
_MIB: Final = 1024 * 1024
_TOKEN_SCHEMA: Final = {"type": "string", "pattern": r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}
_DURATION_SCHEMA: Final = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)$"}
SIZE_SCHEMA: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(B|KB|KiB|MB|MiB|GB|GiB)$"},
    ]
}
_TCP: Final = r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/]+):[0-9]+"
_LISTEN_SCHEMA: Final = {"type": "string", "pattern": f"^({_TCP}|unix:/.+)$"}
_FILE_SCHEMA: Final = {"type": "string", "minLength": 1}
MOST_WORKERS: Final = 64


def _read_workers(value: object) -> int | Literal["auto"]:
    if value == "auto":
        return "auto"
    if isinstance(value, str):
        raise NotAllowedError(suggestion=closest(value, ("auto",)))
    return whole_between(1, MOST_WORKERS)(value)


def _read_access_log(value: object) -> AccessLogWord:
    return AccessLogWord(str(choice(*AccessLogWord).checked(value)))


def _read_variant(value: object) -> Variant:
    return Variant(str(choice("legacy", "ai").checked(value)))


def _show_address(address: Address) -> str:
    return address.authority


def _show_endpoint(endpoint: Endpoint) -> str:
    if endpoint.is_unix:
        return endpoint.authority
    return f"{'https' if endpoint.is_tls else 'http'}://{endpoint.authority}"


def _show_place(place: Place) -> str:
    return place.kind if place.kind is PlaceKind.CLIENT_IP else f"{place.kind}:{place.name}"


def whole(most: int) -> Written:
    """Make the kind of a number that counts something."""
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
Lease: TypeAlias = Annotated[
    float,
    Written(
        f"a duration from {show_duration(SHORTEST_LEASE)}, such as 15s",
        read_lease,
        _DURATION_SCHEMA,
        show_duration,
    ),
]
StreamAge: TypeAlias = Annotated[
    float,
    Written(
        f"a duration from {show_duration(SHORTEST_WAIT)} to {show_duration(LONGEST_WAIT)}, such as "
        "15m",
        read_stream_age,
        _DURATION_SCHEMA,
        show_duration,
    ),
]
HeaderBytes: TypeAlias = Annotated[
    int,
    Written(
        "a size from 1KiB to 1MiB, such as 64KiB",
        size_between(_KIB, _MIB),
        SIZE_SCHEMA,
        show_size,
    ),
]
BodyBytes: TypeAlias = Annotated[
    int | None,
    Written("a size such as 64KiB or 1GiB", size_between(1, 1024**4), SIZE_SCHEMA, show_size),
]
BufferBytes: TypeAlias = Annotated[
    int,
    Written(
        "a size from 0 to 64MiB, such as 64KiB",
        size_between(0, 64 * _MIB),
        SIZE_SCHEMA,
        show_size,
    ),
]
HeldBytes: TypeAlias = Annotated[
    int,
    Written(
        "a size from 1MiB to 64GiB, such as 64MiB",
        size_between(_MIB, 64 * 1024 * _MIB),
        SIZE_SCHEMA,
        show_size,
    ),
]
HeaderCount: TypeAlias = Annotated[int, whole(10_000)]
ConnectionCount: TypeAlias = Annotated[int, whole(1_000_000)]
AttemptCount: TypeAlias = Annotated[int, whole(10)]
ProbeCount: TypeAlias = Annotated[int, whole(100)]
FailureCount: TypeAlias = Annotated[int, whole(1000)]
PerSecond: TypeAlias = Annotated[
    float,
    Written(
        f"a number from {LOWEST_RATE:g} to {HIGHEST_RATE}, such as 50 or 0.5",
        read_rate,
        {"type": "number", "minimum": LOWEST_RATE, "maximum": HIGHEST_RATE},
    ),
]
BurstCount: TypeAlias = Annotated[int | None, whole(1_000_000)]

SIGNED_PERCENT: Final = {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})?%$"}
"""How a percent with its sign looks to an editor, which is how less than one is written."""

Percent: TypeAlias = Annotated[
    BasisPoints,
    Written(
        "a percent from 0 to 100 (two decimals)",
        read_percent,
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 100},
                SIGNED_PERCENT,
            ]
        },
        show_percent,
    ),
]
Workers: TypeAlias = Annotated[
    int | Literal["auto"],
    Written(
        f"auto or a whole number from 1 to {MOST_WORKERS}",
        _read_workers,
        {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": MOST_WORKERS}]},
    ),
]
Listen: TypeAlias = Annotated[
    Address,
    Written(
        "an address such as 0.0.0.0:8080, [::]:8080 or unix:/run/gray-router.sock",
        read_listen,
        _LISTEN_SCHEMA,
        _show_address,
    ),
]
EndpointUrl: TypeAlias = Annotated[
    Endpoint,
    Written(
        "http://host:port, https://host:port or unix:/path",
        read_endpoint,
        {"type": "string", "pattern": r"^(https?://[^/?#@\s]+/?|unix:/.+)$"},
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
ServerName: TypeAlias = Annotated[
    str | None, Written("a name or an IP address such as ai.internal", read_server_name)
]
RequestPath: TypeAlias = Annotated[
    str,
    Written(
        "a path such as /v1/x, /v1/* or regex:/v[0-9]+/.*",
        read_path,
        {"type": "string", "pattern": r"^(/|regex:)"},
    ),
]
ProbePath: TypeAlias = Annotated[
    str,
    Written(
        "a path such as /healthz", read_probe_path, {"type": "string", "pattern": r"^/[!-~]*$"}
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
RateKey: TypeAlias = Annotated[
    Place,
    Written(
        "client_ip, header:NAME, cookie:NAME or query:NAME",
        read_rate_key,
        {"type": "string", "pattern": r"^(client_ip|(header|cookie|query):.+)$"},
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
Switch: TypeAlias = Annotated[bool, Written("true or false", read_switch, {"type": "boolean"})]
AccessLog: TypeAlias = Annotated[
    AccessLogWord,
    Written(
        "off, errors, sampled or all",
        _read_access_log,
        {"type": "string", "enum": [word.value for word in AccessLogWord]},
    ),
]
StateFolder: TypeAlias = Annotated[
    Path, Written("the path of a folder", read_file_name, _FILE_SCHEMA, show_file_name), Located()
]
_CERTIFICATE_FILE: Final = Written(
    "the path of a PEM file with certificates", read_file_name, _FILE_SCHEMA, show_file_name
)
_KEY_FILE: Final = Written(
    "the path of a PEM file with a private key", read_file_name, _FILE_SCHEMA, show_file_name
)
CertificateFile: TypeAlias = Annotated[PemFile, _CERTIFICATE_FILE, CERTIFICATES]
CertificateFileOrNone: TypeAlias = Annotated[PemFile | None, _CERTIFICATE_FILE, CERTIFICATES]
KeyFile: TypeAlias = Annotated[PemFile, _KEY_FILE, PRIVATE_KEY]
KeyFileOrNone: TypeAlias = Annotated[PemFile | None, _KEY_FILE, PRIVATE_KEY]
