"""The AI classifier: multinomial naive Bayes over words, pairs of words and runs of four letters.

The letters carry it over typing errors and into languages of which it has seen a few tickets only.
Naive Bayes counts evidence that hangs together as if it did not, and is far too sure of itself; so
its scores are cooled by a temperature, fitted on tickets that the fitting weights have not seen.
"""

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final

from router.demo.corpus import Label, Ticket
from router.demo.handwriting import write
from router.demo.verdict import Verdict

LABELS: Final = tuple(Label)
COPIES: Final = 3
"""How often each ticket is learnt, each time written anew."""
SMOOTHING: Final = 0.2
"""What a feature counts in a label where it was never seen."""
TEMPERATURES: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0)

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[?!]+")

Weights = Mapping[str, tuple[float, ...]]


class NaiveBayes:
    """Learns when it is made, and changes nothing afterwards."""

    name: ClassVar[str] = "ticket-bayes-1"

    def __init__(self, tickets: Sequence[Ticket], seed: int) -> None:
        copies = list(_copies(tickets, random.Random(seed)))
        self._weights = _learn(copies)
        self._temperature = _fit_temperature(copies)

    def classify(self, text: str) -> Verdict:
        chances = _softmax(_scores(self._weights, text), self._temperature)
        best = max(range(len(LABELS)), key=chances.__getitem__)
        return Verdict(LABELS[best], chances[best])


def features(text: str) -> set[str]:
    """Take a ticket apart; figures are all alike, whatever they say."""
    words = ["#" if word[0].isdigit() else word for word in _TOKEN.findall(text.lower())]
    line = f" {' '.join(words)} "
    runs = {line[at : at + 4] for at in range(len(line) - 3)}
    return runs.union(words, (f"{a} {b}" for a, b in itertools.pairwise(words)))


def _copies(tickets: Iterable[Ticket], rng: random.Random) -> Iterable[Ticket]:
    for ticket in tickets:
        for _ in range(COPIES):
            yield write(ticket, rng)


def _learn(tickets: Iterable[Ticket]) -> Weights:
    counts: dict[Label, Counter[str]] = {label: Counter() for label in LABELS}
    for ticket in tickets:
        counts[ticket.truth].update(features(ticket.text))
    known = set[str]().union(*counts.values())
    totals = {label: seen.total() + SMOOTHING * len(known) for label, seen in counts.items()}
    return {
        feature: tuple(
            math.log((counts[label][feature] + SMOOTHING) / totals[label]) for label in LABELS
        )
        for feature in known
    }


def _scores(weights: Weights, text: str) -> list[float]:
    """Add up each label's evidence. What was never seen says nothing about any label.

    `fsum`, because a set has another order in every process, and the answers may not differ.
    """
    found = [weights[feature] for feature in features(text) if feature in weights]
    return [math.fsum(column) for column in zip(*found, strict=True)] or [0.0] * len(LABELS)


def _softmax(scores: Sequence[float], temperature: float) -> list[float]:
    top = max(scores)
    raised = [math.exp((score - top) / temperature) for score in scores]
    return [value / sum(raised) for value in raised]


def _fit_temperature(copies: Sequence[Ticket]) -> float:
    """Choose how far to trust the scores: the copies of every other ticket judge the rest."""
    groups = [copies[at : at + COPIES] for at in range(0, len(copies), COPIES)]
    weights = _learn(ticket for group in groups[::2] for ticket in group)
    judged = [
        (_scores(weights, group[0].text), LABELS.index(group[0].truth)) for group in groups[1::2]
    ]

    def surprise(temperature: float) -> float:
        return -sum(math.log(_softmax(scores, temperature)[truth]) for scores, truth in judged)

    return min(TEMPERATURES, key=surprise)
