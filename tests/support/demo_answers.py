"""Answers as the tour's customers get them, made by hand."""

from typing import Any

from router.demo.comparison import (
    Cell,
    Compared,
    Contents,
    Coverage,
    Decision,
    Field,
    Message,
    Named,
    Pair,
    Rate,
    Rates,
    Seen,
)
from router.demo.corpus import Label, Ticket
from router.demo.plan import Plan, Step
from router.demo.shoppers import Visit
from router.demo.tally import Answer, Tally
from router.model import Variant

MODELS = {"rules": Variant.LEGACY, "bayes": Variant.AI}
NAMES = {variant: name for name, variant in MODELS.items()}
PLAN = Plan((Step(0, 1), Step(20, 1), Step(50, 1), Step(0, 1)))


SEEN = Seen(
    Compared(
        Coverage(300, 290, 0.9667),
        Rates(Rate(0.4, 0.3, 0.5), Rate(0.4, 0.3, 0.5), claimed=True),
        [Field(Rate(0.4, 0.3, 0.5), Rate(0.4, 0.3, 0.5), claimed=True, field="decision")],
        Decision(
            ["refund", "other"], [Cell("refund", "refund", 170), Cell("other", "refund", 120)]
        ),
        [Named("s1")],
    ),
    Pair(
        Contents(
            Message({"ticket": "my money, please"}),
            Message({"label": "other", "model": "rules"}),
            Message({"label": "refund", "model": "bayes"}),
        )
    ),
)
"""What a router has compared."""


def visit(customer: str = "anna") -> Visit:
    return Visit(customer, f"talk-of-{customer}", Ticket(Label.REFUND, "my money, please"))


def answer(
    variant: Variant | None,
    customer: str = "anna",
    *,
    step: int | None = 0,
    began: float = 0.0,
    **more: Any,
) -> Answer:
    """Make one that is right in all respects but those that are named."""
    usual: dict[str, Any] = {
        "ended": began + 0.01,
        "status": 200,
        "variant": variant,
        "model": NAMES[variant] if variant else "",
        "conversation": f"talk-of-{customer}",
        "label": "refund",
        "confidence": 0.9,
    }
    return Answer(visit(customer), step, began, **{**usual, **more})


def tally_at(step: int) -> Tally:
    """A tally at ``step`` of the walk; step N was called at N and acknowledged at N + 0.1."""
    tally = Tally(PLAN, MODELS)
    for number in range(step + 1):
        tally.call(number, float(number))
        tally.acknowledge(number, number + 0.1)
    return tally


def full_walk(customers: int = 400) -> Tally:
    """A tally of a tour in which everything held."""
    tally = tally_at(len(PLAN.steps) - 1)
    tally.compared = SEEN
    for number, step in enumerate(PLAN.steps):
        for person in range(customers):
            on_ai = person * 100 < step.percent * customers
            variant = Variant.AI if on_ai else Variant.LEGACY
            tally.add(answer(variant, f"c{person}", step=number, began=number + 0.2))
    return tally
