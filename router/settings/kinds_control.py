"""The kinds of values of those parts that say who may command, how far, and what is remembered."""

from typing import Annotated, Final, Literal, TypeAlias

from router.model import Address, BasisPoints
from router.redis_address import LONGEST_PREFIX
from router.release.windows import Window
from router.settings.addresses import read_listen, read_peer_url
from router.settings.credentials import (
    SHORTEST_PEER_SECRET,
    SHORTEST_SECRET,
    read_caller_name,
    read_digest,
    read_peer_secret,
    read_secret,
)
from router.settings.destinations import read_webhook_url
from router.settings.kinds import SIGNED_PERCENT
from router.settings.problems import NotAllowedError
from router.settings.quantities import read_percent, show_percent, whole_between
from router.settings.release_windows import read_window, show_window
from router.settings.store_url import read_key_prefix, read_store_url
from router.settings.words import read_name
from router.settings.written import Written, choice

MOST_APPROVALS: Final = 5

Role: TypeAlias = Literal["viewer", "writer", "reviewer", "operator", "admin"]


def _read_step(value: object) -> BasisPoints:
    step = read_percent(value)
    if not step:
        raise NotAllowedError(detail="more than nothing: `pause` keeps a share where it is")
    return step


def _read_peer_listen(value: object) -> Address:
    address = read_listen(value)
    if address.is_unix:
        raise NotAllowedError(detail="other machines reach no Unix socket")
    return address


def _show_address(address: Address) -> str:
    return address.authority


CallerName: TypeAlias = Annotated[
    str,
    Written(
        "a name of a-z, 0-9, `.`, `_`, `@`, `+` and `-`, at most 63",
        read_caller_name,
        {"type": "string", "pattern": r"^[a-z0-9][a-z0-9._@+-]{0,62}$"},
    ),
]
RoleName: TypeAlias = Annotated[Role, choice("viewer", "writer", "reviewer", "operator", "admin")]
Digest: TypeAlias = Annotated[
    str | None,
    Written(
        "the SHA-256 of a token as 64 hex digits, never the token itself",
        read_digest,
        {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
    ),
]
Secret: TypeAlias = Annotated[
    str,
    Written(
        f"a text of at least {SHORTEST_SECRET} characters, as from `openssl rand -hex 32`",
        read_secret,
        {"type": "string", "minLength": SHORTEST_SECRET},
    ),
]
PeerSecret: TypeAlias = Annotated[
    str | None,
    Written(
        f"a text of at least {SHORTEST_PEER_SECRET} characters, as from `openssl rand -hex 32`",
        read_peer_secret,
        {"type": "string", "minLength": SHORTEST_PEER_SECRET},
    ),
]
PeerListen: TypeAlias = Annotated[
    Address | None,
    Written(
        "an address such as 0.0.0.0:9902 or [::]:9902",
        _read_peer_listen,
        {"type": "string", "pattern": r"^(\[[0-9A-Fa-f:.]+\]|[^\[\]:/]+):[0-9]+$"},
        _show_address,
    ),
]
PeerUrl: TypeAlias = Annotated[
    str | None,
    Written(
        "http://host:port or https://host:port",
        read_peer_url,
        {"type": "string", "pattern": r"^https?://[^/?#@\s]+:[0-9]+/?$"},
    ),
]
ReplicaName: TypeAlias = Annotated[
    str | None,
    Written(
        "a name of letters, digits, `.`, `_` and `-`, at most 63",
        read_name,
        {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
    ),
]
WebhookUrl: TypeAlias = Annotated[
    str,
    Written(
        "an http:// or https:// URL without user or fragment",
        read_webhook_url,
        {"type": "string", "pattern": r"^https?://[!-~]+$"},
    ),
]
WebhookEvent: TypeAlias = Annotated[
    Literal["release", "rollback", "alert"], choice("release", "rollback", "alert")
]
StoreUrl: TypeAlias = Annotated[
    str,
    Written(
        "sqlite:///PATH, sqlite:////ABSOLUTE/PATH, memory:, redis://HOST, rediss://HOST or "
        "redis+sentinel://HOST,HOST/MASTER",
        read_store_url,
        {"type": "string", "pattern": r"^(sqlite:///.+|memory:|redis(s|\+sentinel)?://.+)$"},
    ),
]
KeyPrefix: TypeAlias = Annotated[
    str,
    Written(
        f"1 to {LONGEST_PREFIX} of a-z, A-Z, 0-9, `.`, `_`, `:` and `-`",
        read_key_prefix,
        {"type": "string", "pattern": rf"^[a-zA-Z0-9._:-]{{1,{LONGEST_PREFIX}}}$"},
    ),
]
Step: TypeAlias = Annotated[
    BasisPoints | None,
    Written(
        "a percent from 0.01% to 100 (two decimals)",
        _read_step,
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": 100},
                SIGNED_PERCENT,
            ]
        },
        show_percent,
    ),
]
Approvals: TypeAlias = Annotated[
    int,
    Written(
        f"a whole number from 1 to {MOST_APPROVALS}",
        whole_between(1, MOST_APPROVALS),
        {"type": "integer", "minimum": 1, "maximum": MOST_APPROVALS},
    ),
]
ReleaseWindow: TypeAlias = Annotated[
    Window,
    Written(
        "`fri 16:00 - mon 08:00 Europe/Paris`, or days such as `2026-12-20/2027-01-03`",
        read_window,
        {"type": "string", "minLength": 10},
        show_window,
    ),
]
OnPartition: TypeAlias = Annotated[Literal["legacy", "hold"], choice("legacy", "hold")]
InFlight: TypeAlias = Annotated[Literal["finish", "cut"], choice("finish", "cut")]
