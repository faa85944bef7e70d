"""Records to be kept."""

from router.store.records import Minute, Sampled, Sealed, Total
from tests.support.stored import NOON


def minute_of(
    minute: int = 0, counts: bytes = b"1", *, phase: str = "7", replica: str = "r1"
) -> Minute:
    """Return what was counted so many minutes after noon."""
    return Minute("support", phase, int(NOON // 60) + minute, replica, counts)


def total_of(
    counts: bytes = b"1",
    *,
    service: str = "support",
    phase: str = "7",
    replica: str = "r1",
    at: float = NOON,
) -> Total:
    return Total(service, phase, replica, at, counts)


def sampled(
    number: int = 0,
    *differences: tuple[str, str],
    service: str = "support",
    phase: str = "7",
    at: float | None = None,
    callers: tuple[bytes, ...] = (),
    text: bytes = b"\x00masked",
) -> Sampled:
    """Return the sample with this number, taken so many seconds after noon."""
    return Sampled(
        f"sample-{number}",
        service,
        phase,
        NOON + number if at is None else at,
        "diff",
        differences or (("/answer", "value"),),
        callers,
        text,
    )


def sealed_of(
    number: int = 0,
    *,
    service: str = "support",
    expires: float = NOON + 1e9,
    callers: tuple[bytes, ...] = (),
    text: bytes = b"\xffsealed",
) -> Sealed:
    return Sealed(f"sample-{number}", service, NOON + number, expires, callers, text)
