"""Which of a variant's endpoints gets the next request?

The less loaded of two random ones: almost as even as looking at all of them, and without the
stampede that "least loaded of all" causes when several workers see the same idle endpoint
(Mitzenmacher, 2001).
"""

from collections.abc import Callable, Sequence


def pick(loads: Sequence[int], below: Callable[[int], int]) -> int:
    """Return the index of an endpoint; ``below(n)`` gives a random int in 0..n-1.

    Args:
        loads: requests in flight for each endpoint, at least one.
        below: the source of randomness.
    """
    count = len(loads)
    if count == 1:
        return 0
    one = below(count)
    other = below(count - 1)
    if other >= one:
        other += 1
    return one if loads[one] <= loads[other] else other
