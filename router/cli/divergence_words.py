"""How a comparison is told to people: how much was compared, what differs, and how surely."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from router.cli.output import aligned, milliseconds, percent, printable

Divergences = Mapping[str, Any]
Rate = Mapping[str, Any]

FIELDS: Final = ("FIELD", "BEYOND NOISE", "DIFFERS", "LEGACY NOISE", "AI NOISE", "CHANGES")
SAMPLES: Final = ("PAIR", "WHEN", "PHASE", "RESULT", "LEGACY", "AI", "DIFFERS IN")
METRICS: Final = ("MINUTE", "PHASE", "PAIRS", "METRIC", "LEGACY", "AI", "AI - LEGACY")

WHY_NOT: Final = {
    "no_repeats": "nobody was asked twice: set `shadow.repeat`, and noise is told from difference",
    "few": "too few were asked twice to say more",
}
"""Why no divergence is claimed, where that says what to do."""

NO_COMPARISON: Final = "nothing was compared yet"


def answers_page(seen: Divergences) -> str:
    """Show how the answers differ."""
    return "\n".join(_answers(seen))


def metrics_page(seen: Divergences) -> str:
    """Show how errors and latencies differ, the newest minute last."""
    rows = [
        (
            printable(minute["at"]),
            printable(minute["phase"]),
            f"{minute['pairs']:,}",
            printable(name),
            _measured(name, metric["legacy"]),
            _measured(name, metric["ai"]),
            _difference(name, metric),
        )
        for minute in seen["minutes"]
        for name, metric in minute["metrics"].items()
    ]
    return aligned([METRICS, *rows]) if rows else f"{printable(seen['service'])}: {NO_COMPARISON}"


def _answers(seen: Divergences) -> Iterator[str]:
    name, coverage = printable(seen["service"]), seen["coverage"]
    yield _covered(name, coverage)
    if not coverage["compared"]:
        return
    summary = seen["summary"]
    facts = (
        ("phase", _phases(seen)),
        ("results", ", ".join(f"{printable(k)} {v:,}" for k, v in seen["results"].items())),
        ("differs", f"{rate(summary['raw'])} of pairs"),
        ("noise", _noise(summary)),
        ("beyond it", _beyond(summary)),
    )
    yield from (f"{word:9} {fact}" for word, fact in facts)
    if seen["fields"]:
        yield ""
        yield aligned([FIELDS, *map(_field, seen["fields"])])
    if seen["decision"] is not None:
        yield ""
        yield from _decision(seen["decision"])
    if seen["custom"] is not None:
        yield f"custom    {rate(seen['custom'])} of verdicts say that the answers differ"
    if seen["samples"]:
        yield ""
        yield aligned([SAMPLES, *map(_sample, seen["samples"])])
        yield f"one of them side by side: gray-router divergences {name} PAIR"


def _covered(name: str, coverage: Mapping[str, Any]) -> str:
    eligible = coverage["eligible"]
    if not eligible:
        return f"{name}: {NO_COMPARISON}"
    told = f"{name}: {coverage['compared']:,} of {eligible:,} eligible requests were compared"
    share = "" if coverage["ratio"] is None else f" ({_percent(coverage['ratio'])})"
    reasons = ", ".join(f"{printable(k)} {v:,}" for k, v in coverage["left_out"].items() if v)
    return f"{told}{share}; left out: {reasons or 'none'}"


def _phases(seen: Divergences) -> str:
    others = [printable(phase) for phase in seen["phases"] if phase != seen["phase"]]
    beside = f"; also seen, by --phase: {', '.join(others)}" if others else ""
    return f"{printable(seen['phase'])}{beside}"


def _noise(summary: Mapping[str, Any]) -> str:
    return (
        f"legacy differs from itself in {rate(summary['legacy_noise'])}, "
        f"AI from itself in {rate(summary['ai_noise'])}"
    )


def _beyond(summary: Mapping[str, Any]) -> str:
    beyond = rate(summary["beyond_noise"])
    if summary["claimed"]:
        return f"{beyond}: AI DIVERGES"
    why = WHY_NOT.get(summary["because"], "no divergence is established so far")
    return f"{beyond}; {why}"


def rate(value: Rate | None) -> str:
    """Write a rate with its interval; what was never measured is said so."""
    if value is None or value["ratio"] is None:
        return "not known"
    return f"{_percent(value['ratio'])} ({_percent(value['low'])} to {_percent(value['high'])})"


def _percent(ratio: float) -> str:
    return percent(round(ratio * 100, 2))


def _field(field: Mapping[str, Any]) -> tuple[str, ...]:
    changes = ", ".join(f"{printable(change)} {n:,}" for change, n in field["changes"].items())
    return (
        printable(field["field"]),
        rate(field["beyond_noise"]) + _standing(field),
        rate(field["raw"]),
        rate(field["legacy_noise"]),
        rate(field["ai_noise"]),
        changes,
    )


def _standing(field: Mapping[str, Any]) -> str:
    if field["claimed"]:
        return "  CLAIMED"
    return "  noise" if field["is_noise"] else ""


def _decision(decision: Mapping[str, Any]) -> Iterator[str]:
    labels: Sequence[str] = decision["labels"]
    counts = {(c["legacy"], c["ai"]): c["count"] for c in decision["counts"]}
    yield f"decision  both sides agree in {rate(decision['agreement'])}; rows legacy, columns AI"
    rows = [
        (_label(legacy), *(f"{counts.get((legacy, ai), 0):,}" for ai in labels))
        for legacy in labels
    ]
    yield aligned([("", *map(_label, labels)), *rows])


def _label(label: str) -> str:
    return printable(label) or "(none)"


def _sample(sample: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        printable(sample["id"]),
        printable(sample["at"]),
        printable(sample["phase"]),
        printable(sample["result"]),
        printable(sample["legacy"]["status"] or "-"),
        printable(sample["ai"]["status"] or "-"),
        ", ".join(f"{printable(d['field'])} ({printable(d['change'])})" for d in sample["fields"])
        or "-",
    )


# Metrics...


def _measured(name: str, value: float) -> str:
    return milliseconds(value) if name.startswith("latency") else _percent(value)


def _difference(name: str, metric: Mapping[str, Any]) -> str:
    low, high = _signed(name, metric["low"]), _signed(name, metric["high"])
    return f"{_signed(name, metric['difference'])} ({low} to {high})"


def _signed(name: str, value: float | None) -> str:
    if value is None:
        return "?"
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{_measured(name, abs(value))}"
