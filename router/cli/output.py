"""How releases are shown to people: plain columns, and nothing that could play with a terminal."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from router.errors import OutputError

HEADINGS: Final = ("SERVICE", "TO AI", "BY AI", "STATUS", "REVISION", "CHANGED", "BY", "REASON")

LOST_STATE: Final = "lost_state"
"""What a release is held for whose store has forgotten it."""

DRILL: Final = "drill"
"""What a release is held for while a drill has rolled it back."""

_EXACT_BELOW: Final = 10
"""Milliseconds: below it a tenth is shown."""

NOT_STICKY: Final = "not sticky: every request is divided by chance"


def show(text: str, *, done: str = "") -> None:
    """Print, or raise where it cannot be printed. ``done`` is what is true all the same.

    What the terminal has no letters for is escaped.
    """
    encoding = sys.stdout.encoding
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except OSError as error:
        but = f", but it is done: {done}" if done else ""
        raise OutputError(f"stdout cannot be written ({error.strerror or error}){but}") from error


def percent(value: float | None) -> str:
    """Write 20.0 as `20 %`, and nothing known as `-`."""
    return "-" if value is None else f"{value:g} %"


def printable(value: object) -> str:
    """Escape what a terminal would obey: a reason is text that anybody may have written."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Align the rows below `HEADINGS`."""
    return aligned([HEADINGS, *rows])


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Write columns."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def row(release: Mapping[str, Any]) -> tuple[str, ...]:
    """Put a release of the admin API into the columns of `HEADINGS`."""
    return (
        printable(release["service"]),
        percent(release["percent"]),
        percent(release["effective_percent"]),
        printable(release["status"]),
        printable(release["revision"]),
        printable(release["updated_at"]),
        printable(release["by"]),
        printable(release["reason"]) or "-",
    )


def overview(listing: Mapping[str, Any]) -> str:
    """Show all releases, a row for each, and below them what a row has no column for."""
    releases = listing["services"]
    loud = [line for release in releases for line in _notes(release)]
    rolling = [release["service"] for release in releases if not release["sticky"]]
    notes = [f"{printable(service)} is {NOT_STICKY}" for service in rolling]
    return "\n".join([table([row(release) for release in releases]), *loud, *notes])


def lines(release: Mapping[str, Any], now: float) -> str:
    """Show one release, a line for each thing that is known of it. ``now``: in Unix seconds."""
    facts = (
        ("service", printable(release["service"])),
        ("to AI", f"{percent(release['percent'])} of callers are assigned to AI"),
        ("by AI", f"{percent(release['effective_percent'])} of answers since then came from AI"),
        *_readiness(release),
        ("status", printable(release["status"])),
        ("split", "sticky by key or cookie" if release["sticky"] else NOT_STICKY),
        ("stages", _stages(release)),
        *_partition(release),
        ("revision", f"{release['revision']} (epoch {release['epoch']})"),
        ("changed", f"{printable(release['updated_at'])} by {printable(release['by'])}"),
        ("reason", printable(release["reason"]) or "-"),
    )
    shown = [
        *facts,
        *_spread(release),
        *_copies(release),
        *_drilled(release, now),
    ]
    return "\n".join([*(f"{name:9} {fact}" for name, fact in shown), *_notes(release)])


def _spread(release: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say which routers serve by it, where there are several."""
    replicas = release.get("replicas", ())
    if len(replicas) > 1:
        yield "served by", f"workers of {', '.join(_followed(each, release) for each in replicas)}"


def _followed(replica: Mapping[str, Any], release: Mapping[str, Any]) -> str:
    followed = f"{printable(replica['replica'])} {replica['acked']} of {replica['workers']}"
    match replica.get("revision", release["revision"]):
        case None:
            return f"{followed} (not known there)"
        case revision if revision != release["revision"]:
            return f"{followed} (revision {revision})"
        case _:
            return followed


def _readiness(release: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say whether legacy could take everybody; older routers say nothing of it."""
    if "rollback_ready" not in release:
        return
    because = printable(release.get("rollback_ready_because") or "-")
    match release["rollback_ready"]:
        case True:
            yield "rollback", f"legacy is ready for everybody: {because}"
        case False:
            yield "rollback", f"LEGACY IS NOT READY FOR EVERYBODY: {because}"
        case _:
            yield "rollback", f"always possible; whether legacy is ready: {because}"


def _partition(release: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what a router without its store will do, where that is not to leave AI."""
    if release.get("on_partition") == "hold":
        yield "partition", "hold: once complete, a router without its store goes on with AI"


def copies(release: Mapping[str, Any]) -> str | None:
    """Say how many requests are copied; None where that is no matter, and for older routers."""
    copied = release.get("shadow_percent")
    if copied is None:
        return None
    by = "as the config says" if release.get("shadow_from") == "config" else "by `shadow`"
    amount = f"{percent(copied)} of its requests are copied" if copied else "no request is copied"
    return f"{amount}, {by}"


def _copies(release: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    copied = copies(release)
    if copied is not None:
        yield "shadow", copied


def _drilled(release: Mapping[str, Any], now: float) -> Iterator[tuple[str, str]]:
    """Say when a rollback was rehearsed; older routers say nothing of it."""
    if "last_drill" not in release:
        return
    last = release["last_drill"]
    if last is None:
        yield "drill", f"never; `gray-router drill {printable(release['service'])}` rehearses one"
        return
    seconds = now - datetime.fromisoformat(last["at"]).timestamp()
    yield "drill", f"last drill {ago(seconds)} ago, {milliseconds(last['applied_ms'])}"


def ago(seconds: float) -> str:
    """Write a time in the largest unit that it has."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def milliseconds(value: float | None) -> str:
    """Write a time as short as it helps."""
    if value is None:
        return "-"
    return f"{value:.1f} ms" if value < _EXACT_BELOW else f"{value:.0f} ms"


def _stages(release: Mapping[str, Any]) -> str:
    """List them, with where the release stands among them."""
    stages = [percent(stage) for stage in release["stages"]]
    here = release.get("stage")
    if isinstance(here, int) and here < len(stages):
        return f"{', '.join(stages)}; now at stage {here + 1} of {len(stages)}"
    return ", ".join(stages)


def _notes(release: Mapping[str, Any]) -> Iterator[str]:
    """Say what should not be missed: what waits for somebody, and what is not everywhere."""
    name = printable(release["service"])
    if release.get("pending") is not None:
        yield f"{name}: {waiting(release)}"
    if release.get("held_for") == LOST_STATE:
        yield (
            f"{name}: THE STORE HAS LOST ITS STATE, AI gets nothing until somebody decides: "
            f"`gray-router resume {name} --confirm-lost-state` gives it what it had, "
            f"`gray-router set {name} 0` begins anew"
        )
    if release.get("unbounded_because"):
        yield f"{name}: ROLLBACK IS UNBOUNDED, {printable(release['unbounded_because'])}"
    if release.get("rollback_ready") is False:
        because = printable(release.get("rollback_ready_because") or "-")
        yield f"{name}: LEGACY IS NOT READY FOR EVERYBODY, {because}"
    if release.get("held_for") == DRILL:
        yield (
            f"{name}: A DRILL has rolled it back, and restores it within seconds; if it does not, "
            f"it was left at 0 (`gray-router events {name}` says why): `gray-router resume {name}` "
            "gives AI what it had"
        )
    if release["unconfirmed"]:
        yield _unconfirmed(release)
    counted, replicas = release.get("replicas_counted"), len(release.get("replicas", ()))
    if counted is not None and counted < replicas:
        yield f"{name}: its figures are those of {counted} of {replicas} replicas"


def waiting(release: Mapping[str, Any]) -> str:
    """Say what a raise waits for."""
    pending = release["pending"]
    approved = ", ".join(map(printable, pending["approved_by"]))
    return (
        f"{printable(pending['command'])} to {percent(pending['percent'])} WAITS for the yes of "
        f"another person (`gray-router approve {printable(release['service'])}`) until "
        f"{printable(pending['expires_at'])}; asked for by {printable(pending['by'])}"
        + (f", approved by {approved}" if approved else "")
        + f". Until then it stays at {percent(release['percent'])}."
    )


def router_lines(replica: Mapping[str, Any]) -> Iterator[str]:
    """Show a router: its config and its workers, and below them whatever is not as it should be.

    Of one that was not asked itself only what it tells the others is known.
    """
    if replica.get("is_asked", True):
        yield from _lines_of_the_asked(replica)
    else:
        yield from _lines_of_another(replica)


def _lines_of_another(replica: Mapping[str, Any]) -> Iterator[str]:
    heard, running = replica["heard_s"], replica["running"]
    ago = "not heard yet" if heard is None else f"heard {heard:g} s ago"
    yield (
        f"router {printable(replica['replica'])}: config {printable(replica['config_hash'])}, "
        f"version {printable(replica['version'])}; workers: {running}; {ago}"
    )
    if replica["silent"]:
        yield "  IT SAYS NOTHING ANY MORE, and has not said that it leaves"


def warning_lines(replicas: Mapping[str, Any]) -> Iterator[str]:
    """Say what is not as it should be with the replicas or their store."""
    yield from (f"WARNING: {printable(warning)}" for warning in replicas.get("warnings", ()))


def _lines_of_the_asked(replica: Mapping[str, Any]) -> Iterator[str]:
    states = Counter(printable(worker["state"]) for worker in replica["workers"])
    workers = ", ".join(f"{count} {state}" for state, count in states.items())
    yield (
        f"router {printable(replica['replica'])}: config {printable(replica['config_hash'])} since "
        f"{printable(replica['config_loaded_at'])}; workers: {workers}"
    )
    if replica["draining"]:
        yield "  IT IS STOPPING: it finishes what is in flight and takes no change any more"
    if replica["refused_since"] is not None:
        since = printable(replica["refused_since"])
        yield f"  THE CONFIG ON DISK IS REFUSED since {since}; the one above serves on:"
        yield from (f"    {printable(problem)}" for problem in replica["problems"])
    if replica["needs_restart"]:
        keys = ", ".join(map(printable, replica["needs_restart"]))
        yield f"  changed on disk, needs a restart: {keys}"


def _unconfirmed(release: Mapping[str, Any]) -> str:
    late = ", ".join(map(printable, release["unconfirmed"]))
    return (
        f"{printable(release['service'])} IS NOT EVERYWHERE at revision {release['revision']}: not "
        f"confirmed yet by {late}"
    )
