"""The customers: a fixed crowd who come in turn, each with the next ticket and always by one name.

They come round by round, everybody once a round, so that each step of the walk sees as many of them
as it can: a share over few people says little, however many tickets each of them writes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from router.demo.corpus import Ticket, replay_tickets
from router.demo.handwriting import write


@dataclass(frozen=True, slots=True)
class Visit:
    """One ticket of one customer."""

    customer: str
    conversation: str
    ticket: Ticket


def visits(customers: int, seed: int) -> Iterator[Visit]:
    """Yield visits without end, the same ones for the same seed."""
    rng = random.Random(seed)
    crowd = [f"customer-{number:04}" for number in range(customers)]
    tickets = replay_tickets()
    for number, customer in enumerate(_rounds(crowd, rng)):
        yield Visit(customer, f"talk-{number:06}", write(rng.choice(tickets), rng))


def _rounds(crowd: list[str], rng: random.Random) -> Iterator[str]:
    while True:
        yield from rng.sample(crowd, len(crowd))
