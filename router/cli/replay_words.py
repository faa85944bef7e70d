"""How a replay is told to people: below what differs, how it went and what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from router.cli.divergence_words import answers_page
from router.cli.output import printable

Told = Mapping[str, Any]

LEFT_OUT: Final = {
    "other_service": "of another service, by its name or by `match` (--any-match heeds no match)",
    "not_shadowed": "beyond `shadow.match` (--any-match heeds no match)",
    "unsafe_method": "with another method than {methods}, as `shadow.methods` has them; those that "
    "can change something take `side_effects: none` or a sandbox in `shadow`, too",
    "too_large": "with more than `shadow.max_body`",
    "unmaskable": "with what a variant may not see (`forward.mask`) and what cannot be masked",
    "no_text": "with a header whose value is no UTF-8",
    "no_path": "without a path, as OPTIONS *",
}
"""Why recorded requests were not sent, and what to do."""

NOTHING: Final = "nothing in the recording was a request"

SLOWED: Final = (
    "slower than asked for: `shadow.budget.requests_per_second` counts the copies to both variants"
)


def page_of(told: Told) -> str:
    """Show the report."""
    course = told["replay"]
    lines = [answers_page(told), *_where(course["differing"]), _sent(course)]
    return "\n".join(lines)


def notes_of(told: Told, methods: Sequence[str], *, is_slowed: bool) -> Iterator[str]:
    """Say what went otherwise than one may think, a line for each."""
    course = told["replay"]
    reasons = {**course["outside"], **told["coverage"]["left_out"]}
    for reason, words in LEFT_OUT.items():
        if count := reasons.get(reason):
            yield f"not sent: {count:,} {words.format(methods=', '.join(methods))}"
    yield from map(_unreadable, course["unreadable"])
    for lost, count in course["lost"].items():
        variant, _, loss = lost.partition(" ")
        yield f"not whole: {count:,} times {printable(variant)}'s answer ({printable(loss)})"
    if course["is_whole"] and not course["read"]:
        yield NOTHING
    if is_slowed and course["sent"]:
        yield SLOWED
    if course["stopped"]:
        yield f"ended before the recording did: {printable(course['stopped'])}"
    elif not course["is_whole"]:
        yield "ended before the recording did"


def _where(differing: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, places in differing.items():
        yield f"{'look at':9} {printable(name)}: {', '.join(map(printable, places))}"


def _sent(course: Told) -> str:
    sent, seconds = course["sent"], course["seconds"]
    rate = f", {sent / seconds:.3g} a second" if seconds else ""
    cost = f"; AI's answers cost {course['cost_usd']:.4g} USD" if course["cost_usd"] else ""
    read = f"{course['read']:,} requests read from {printable(course['source'])}"
    return f"{'replayed':9} {sent:,} of {read} in {seconds:.1f} s{rate}{cost}"


def _unreadable(broken: Told) -> str:
    where, why, count = printable(broken["first"]), printable(broken["why"]), broken["count"]
    times = "" if count == 1 else f" ({count:,} times, here first)"
    return f"not read: {where}: {why}{times}"
