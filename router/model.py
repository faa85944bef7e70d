"""The nouns that everybody shares."""

import enum
from dataclasses import dataclass
from typing import Final, NewType

BasisPoints = NewType("BasisPoints", int)
"""A share in hundredths of a percent: 0 is nobody, 10,000 is everybody."""

ALL: Final = BasisPoints(10_000)


class Variant(enum.StrEnum):
    """One of the two backends of a service."""

    number: int  # its place among the variants

    LEGACY = "legacy"
    AI = "ai"


class Reason(enum.StrEnum):
    """Why a request was assigned to its variant; the order is the order of precedence."""

    number: int  # its place among the reasons

    ROLLED_BACK = "rolled_back"
    LEASE_LOST = "lease_lost"  # would be AI's, but nobody has confirmed AI's share for too long
    NO_ENDPOINT = "no_endpoint"  # would be AI's, but none of its endpoints is healthy
    DENIED = "denied"  # a rule with `variant: legacy`
    FORCED = "forced"  # a trusted caller asked for it
    ALLOWED = "allowed"  # a rule with `variant: ai`
    BUCKET = "bucket"  # the caller's key against the percentage
    RANDOM = "random"  # no key: a fresh roll for this request alone


class FallbackReason(enum.StrEnum):
    """Why legacy answered in AI's place."""

    CONNECT = "connect"  # refused, unreachable, unresolvable, too slow: no byte was sent
    LEASE_LOST = "lease_lost"  # nobody has confirmed AI's share for too long
    NO_ENDPOINT = "no_endpoint"  # none of AI's endpoints is healthy
    ROLLED_BACK = "rolled_back"  # AI was rolled back after the request had been decided
    UNMASKABLE = "unmaskable"  # AI may not see all of the body, and that could not be masked


class ShadowResult(enum.StrEnum):
    """What became of a request that was drawn to be copied: one of these, and only one.

    Paired: both answers went to the comparer, or to another pair was said to stand for it as well.
    Why not, otherwise: the rest.
    """

    number: int  # its place among the results

    PAIRED = "paired"
    TOO_LARGE = "too_large"  # the request's body, or an answer without an end in sight
    UNSAFE_METHOD = "unsafe_method"
    QUEUE_FULL = "queue_full"  # too many copies, or too many bytes, or nobody takes the pairs
    BUDGET = "budget"
    BREAKER_OPEN = "breaker_open"
    STOPPED = "stopped"  # AI may not be asked: rolled back, or the lease is lost; or we end
    PRIMARY_FAILED = "primary_failed"  # the user's own answer did not become whole
    CLIENT_GONE = "client_gone"
    UNMASKABLE = "unmaskable"  # who was to be asked may not see all of the body
    SHADOW_TIMEOUT = "shadow_timeout"
    SHADOW_ERROR = "shadow_error"  # no connection, no whole answer, or none that may be read


# To hash a member is a call in Python (0.2 µs); to read its number is not.
for _number, _variant in enumerate(Variant):
    _variant.number = _number
for _number, _reason in enumerate(Reason):
    _reason.number = _number
for _number, _result in enumerate(ShadowResult):
    _result.number = _number


@dataclass(frozen=True, slots=True)
class Address:
    """A host, by name or by number, and a port; or a Unix socket.

    host: for a Unix socket its absolute path; the port is then 0. A port to listen on may be 0: the
    kernel chooses one.
    """

    host: str
    port: int

    @property
    def is_unix(self) -> bool:
        return self.host.startswith("/")

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.host and not self.is_unix

    @property
    def authority(self) -> str:
        """Write it as people and URLs do: `10.0.0.5:80`, `[::1]:80`, `unix:/run/x.sock`."""
        if self.is_unix:
            return f"unix:{self.host}"
        return f"[{self.host}]:{self.port}" if self.is_ipv6 else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return self.authority


_ROUNDING: Final = 1e-6
"""What binary fractions may be off: 12.34 * 100 is 1233.9999999999998."""


def percent_to_basis_points(percent: float) -> BasisPoints:
    """Turn 12.34 into 1,234; raise ValueError outside 0 to 100 or beyond two decimals."""
    points = round(percent * 100)
    if not 0 <= points <= ALL or abs(points - percent * 100) > _ROUNDING:
        raise ValueError(f"{percent!r} is not a percentage: 0 to 100, at most two decimals")
    return BasisPoints(points)
