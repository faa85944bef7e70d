"""What the scenes that load by wrk have in common: their table, figures and meaning."""

from collections.abc import Iterator, Sequence
from typing import Final

from loadtests.bench.figures import Figure
from loadtests.bench.results import OURS, Round, Rounds, median, ratio

HEAD: Final = (
    "proxy", "CPU µs a request", "to nginx", "to Envoy", "requests/s", "p50 ms", "p99 ms",
    "memory MiB", "AI share %",
)  # fmt: skip


def rows(rounds: Rounds) -> list[list[str]]:
    """Return one row a proxy."""
    return [_row(rounds, name, each) for name, each in rounds.items()]


def figures(rounds: Rounds, limits: dict[str, float]) -> Iterator[Figure]:
    """Hold our CPU a request against that of others, as far as they ran."""
    for against, limit in limits.items():
        measured = ratio(rounds, OURS, against)
        if measured is not None:
            yield Figure(f"CPU a request, as a multiple of {against}'s,", measured, limit)


def capacity(rounds: Rounds, what: str) -> str:
    """Say how many requests a core is good for."""
    each = [f"{1e6 / median(rounds[name], 'cpu_us'):,.0f} by {name}" for name in rounds]
    named = ", ".join(each)
    return f"A core that does nothing else carries so many {what} a second: {named}."


def turns(rounds: int, seconds: int) -> str:
    """Say how it was measured."""
    return (
        f"medians of {rounds} alternating rounds of {seconds} s; "
        "ratios are medians of the ratios within a round"
    )


def times(measured: float | None) -> str:
    """Write a ratio, or a dash where there is nothing to compare with."""
    return "-" if measured is None else f"{measured:.2f}"


def _row(rounds: Rounds, name: str, own: Sequence[Round]) -> list[str]:
    return [
        name,
        f"{median(own, 'cpu_us'):.1f}",
        times(ratio(rounds, name, "nginx")),
        times(ratio(rounds, name, "Envoy")),
        f"{median(own, 'per_second'):,.0f}",
        f"{median(own, 'p50_us') / 1000:.2f}",
        f"{median(own, 'p99_us') / 1000:.2f}",
        f"{median(own, 'memory_mib'):.1f}",
        f"{median(own, 'ai_percent'):.2f}",
    ]
