"""Judges a finished tour: every sentence is something that went wrong.

How far may a seen share lie from the configured one? A customer is on one side or the other, so the
share over `n` customers who come once each scatters by sqrt(p(1-p)/n); four of these are allowed,
which an honest split exceeds once in 16,000 steps. At 0 and 100 nothing scatters, and nothing is
allowed.
"""

import math
from collections.abc import Iterator
from typing import Final

from router.demo.tally import StepTally, Tally, Wrongs
from router.model import Variant

SIGMAS: Final = 4.0
FEWEST_CUSTOMERS: Final = 200
"""With fewer in a step, its share says too little to be judged."""
MOST_AI_ERRORS: Final = 0.03
"""The AI fails at times by itself; beyond this share something else is the matter."""


def tolerance(step: StepTally) -> float:
    """Return how far the seen share may lie from the configured one, as a ratio."""
    expected = step.percent / 100
    if not step.independent_answers:
        return 0.0
    return SIGMAS * math.sqrt(expected * (1 - expected) / step.independent_answers)


def findings(tally: Tally) -> tuple[str, ...]:
    """Return what went wrong, in whole sentences; nothing if all is well."""
    return (
        *_of_comparison(tally),
        *_of_shares(tally),
        *_of_wrongs(tally.wrongs),
        *_of_errors(tally),
    )


def step_holds(step: StepTally) -> bool:
    """Say whether the seen share agrees with the configured one."""
    if step.seen is None or step.customers < FEWEST_CUSTOMERS:
        return False
    return abs(step.seen - step.percent / 100) <= tolerance(step)


def _of_comparison(tally: Tally) -> Iterator[str]:
    if tally.compared is None:
        yield "At 0 % no copies of tickets were compared."


def _of_shares(tally: Tally) -> Iterator[str]:
    for step in tally.steps:
        if step.seen is None:
            yield f"At {step.percent} % no answer was counted at all."
        elif step.customers < FEWEST_CUSTOMERS:
            yield (
                f"At {step.percent} % only {step.customers} customers came: "
                f"too few to judge the share by ({FEWEST_CUSTOMERS} are needed)."
            )
        elif not step_holds(step):
            yield (
                f"At {step.percent} % the AI answered {step.seen:.1%} of {step.total:,} tickets: "
                f"more than {tolerance(step):.1%} away from what was configured."
            )


def _of_wrongs(wrongs: Wrongs) -> Iterator[str]:
    counted = {
        "requests were never answered": wrongs.unanswered,
        "answers did not say which variant gave them": wrongs.unlabelled,
        "answers came from the other variant than they said": wrongs.mislabelled,
        "answers belonged to another customer's ticket": wrongs.crossed,
        "requests went to legacy although their customer was on AI already": wrongs.moved_off_ai,
        "requests reached AI after 0 % was acknowledged": wrongs.ai_after_zero,
    }
    for what, count in counted.items():
        if count:
            yield f"{count:,} {what}."
    for code, count in sorted(wrongs.refused_by_router.items()):
        yield f"{count:,} requests were refused by the router itself ({code})."


def _of_errors(tally: Tally) -> Iterator[str]:
    legacy, ai = tally.variants[Variant.LEGACY], tally.variants[Variant.AI]
    if legacy.errors:
        yield f"Legacy answered {legacy.errors:,} requests with an error."
    if ai.answers and ai.errors / ai.answers > MOST_AI_ERRORS:
        yield f"The AI answered {ai.errors / ai.answers:.1%} of its requests with an error."
