"""What a classifier says of a ticket."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from router.demo.corpus import Label


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label, and between 0 and 1 how sure the classifier is of it."""

    label: Label
    confidence: float


class Classifier(Protocol):
    """Anything that reads tickets."""

    name: ClassVar[str]

    def classify(self, text: str) -> Verdict: ...
