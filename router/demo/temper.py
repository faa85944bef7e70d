"""How a backend behaves from request to request: how long it thinks, and when it gives up.

Drawn from the seed and the request alone, so the same request gets the same treatment in every
run, whatever came before it.
"""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Mood:
    """What one request meets."""

    seconds: float
    overloaded: bool


@dataclass(frozen=True, slots=True)
class Temper:
    """`seconds` is the median; `spread` the sigma of its logarithm; the rest are shares."""

    seconds: float
    spread: float
    slow: float = 0.0
    slow_factor: float = 1.0
    overloaded: float = 0.0

    def mood(self, seed: int, request: str) -> Mood:
        # A string as seed goes through SHA-512: the same in every process.
        rng = random.Random(f"{seed}/{request}")
        seconds = self.seconds * rng.lognormvariate(0.0, self.spread)
        if rng.random() < self.slow:
            seconds *= self.slow_factor
        return Mood(seconds, overloaded=rng.random() < self.overloaded)


STEADY: Final = Temper(seconds=0.003, spread=0.25)
MOODY: Final = Temper(seconds=0.028, spread=0.4, slow=0.03, slow_factor=7.0, overloaded=0.005)
