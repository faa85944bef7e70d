"""Which of many are claimed, so that few claims are false (e-BH: Wang and Ramdas 2022)."""

from collections.abc import Mapping
from math import log


def discoveries(log_evidence: Mapping[str, float], alpha: float) -> frozenset[str]:
    """Return the names that are claimed: of these at most a share ``alpha`` is wrong on average.

    The k with the most evidence, for the largest k at which all of them have `K / (k * alpha)`;
    valid whatever the fields have to do with each other. If none is true, a claim is made with a
    probability of at most ``alpha``, however often one looks.
    """
    ranked = sorted(log_evidence.items(), key=lambda item: (-item[1], item[0]))
    for rank in range(len(ranked), 0, -1):
        if ranked[rank - 1][1] >= log(len(ranked) / (rank * alpha)):
            return frozenset(name for name, _ in ranked[:rank])
    return frozenset()
