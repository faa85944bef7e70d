"""The help desk's tickets: what people wrote, and what they really wanted.

`training.tsv` is what the AI learns from, `replay.tsv` what the shoppers write; no line stands in
both. Order numbers and the like are blanks (`{order}`), which `handwriting` fills in.
"""

import enum
from dataclasses import dataclass
from importlib.resources import files


class Label(enum.StrEnum):
    """What a ticket is about."""

    REFUND = "refund"
    SHIPPING = "shipping"
    BILLING = "billing"
    ACCOUNT = "account"
    TECHNICAL = "technical"
    CANCELLATION = "cancellation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One message and the label that a careful human would give it."""

    truth: Label
    text: str


def training_tickets() -> tuple[Ticket, ...]:
    """Return the tickets that a classifier may learn from."""
    return _read("training.tsv")


def replay_tickets() -> tuple[Ticket, ...]:
    """Return the tickets that no classifier has seen."""
    return _read("replay.tsv")


def _read(name: str) -> tuple[Ticket, ...]:
    lines = (files("router.demo") / "tickets" / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t", 1) for line in lines)
    return tuple(Ticket(Label(label), text) for label, text in pairs)
