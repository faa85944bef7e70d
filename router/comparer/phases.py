"""In which phase a pair was made: the release's, and which model answered by which prompt.

A figure of one phase says nothing of another, so whatever AI says of itself divides them. What it
says is bounded: an AI that names another model with each answer must not cost memory.
"""

from typing import Final

from router.compare.pair import Fields, Pair

LONGEST: Final = 64
"""Characters that are kept of a model's or a prompt version's name."""

MOST: Final = 64
"""Names that a service's AI may give to one phase of the release; beyond it they are not told."""


class Phases:
    """Names phases: `7`, `7/gpt-x`, `7/gpt-x/v3`, or `7//v3` where the model is not said."""

    def __init__(self, prefix: str) -> None:
        self._model = f"{prefix}model".encode()
        self._prompt = f"{prefix}prompt-version".encode()
        self._known: dict[str, dict[str, None]] = {}
        self._phase: dict[str, int] = {}

    def of(self, pair: Pair) -> str:
        said = self._said(pair.ai.fields)
        if not said:
            return str(pair.phase)
        if pair.phase > self._phase.get(pair.service, -1):
            self._phase[pair.service] = pair.phase
            self._known[pair.service] = {}
        known = self._known[pair.service]
        if said not in known and len(known) >= MOST:
            return str(pair.phase)
        known[said] = None
        return f"{pair.phase}/{said}"

    def _said(self, fields: Fields) -> str:
        model = prompt = b""
        for name, value in fields:
            if name == self._model:
                model = value
            elif name == self._prompt:
                prompt = value
        return f"{_plain(model)}/{_plain(prompt)}".rstrip("/")


def _plain(name: bytes) -> str:
    """Return a name in which a slash divides nothing, and that harms no log."""
    text = name[:LONGEST].decode("ascii", "replace").strip()
    return "".join(c if c.isprintable() and c != "/" else "_" for c in text)
