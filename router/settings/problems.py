"""What is wrong in a config file, and where: a value a mistake, so that all can be told at once."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

Data: TypeAlias = "bool | int | float | str | list[Data] | dict[str, Data] | None"
"""What a YAML document is made of once its tags, anchors and variables are resolved."""

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]

PEM_BEGIN: Final = "-----BEGIN"

LONGEST_SHOWN: Final = 60
"""Characters of a value that a message repeats."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SENSITIVE_KEY: Final = re.compile(
    r"secret|token|passw|sha256|credential|authorization|cookie$|api[_-]?key|^key$|^former_keys$",
    re.IGNORECASE,
)
_NOT_SENSITIVE: Final = frozenset(
    {"services[].split.key", "services[].split.cookie", "proxy.limits.rate.key"}
)
_PUBLIC: Final = frozenset(
    {"admin.tokens[].role", "admin.tokens[].services", "admin.tokens[].services[]"}
)
"""What stands below a sensitive key and may be repeated all the same."""
_SECRET: Final = frozenset({"admin.webhooks[].url"})
"""What no key's name gives away: many services put their key into a hook's path."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one piece of advice. `line` 0 means the file as a whole."""

    line: int
    path: str
    text: str = ""
    seen: str | None = None
    allowed: str | None = None
    suggestion: str | None = None

    def sentence(self, file: str) -> str:
        """Say it in one line, beginning with a place that editors and terminals can open."""
        place = f"{file}:{self.line}" if self.line else file
        return ": ".join(part for part in (place, self.path, self.statement) if part)

    @property
    def statement(self) -> str:
        """What is wrong, without its place."""
        parts = [self.text] if self.text else []
        if self.seen is not None:
            parts.append(f"saw {self.seen}")
        if self.allowed is not None:
            parts.append(f"allowed is {self.allowed}")
        question = f"; did you mean {self.suggestion}?" if self.suggestion is not None else ""
        return ", ".join(parts) + question


class NotAllowedError(ValueError):
    """A value cannot be read; whoever knows its place makes a `Problem` of it.

    `suggestion` and `detail` may repeat the value: both are left out where it is secret. `fact`
    never does: it goes on after the value, "'a.crt' cannot be read". `at` is the key that is to
    blame where a whole section was judged. `supported_later` marks what the contract knows and this
    version does not do.
    """

    def __init__(
        self,
        *,
        allowed: str = "",
        suggestion: str | None = None,
        detail: str | None = None,
        fact: str | None = None,
        at: str | None = None,
        supported_later: bool = False,
    ) -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.suggestion = suggestion
        self.detail = detail
        self.fact = fact
        self.at = at
        self.supported_later = supported_later


def dotted(path: Path) -> str:
    """Write a path as operators do: `services[0].ai.endpoints[1]`."""
    return "".join(_written_step(step) for step in path).removeprefix(".")


def pattern(path: Path) -> str:
    """Write a path without its indexes: `services[].ai.endpoints[]`."""
    steps = ("[]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def is_sensitive(path: Path) -> bool:
    """Say whether a value at this path may be a secret, by the names of the keys above it."""
    if pattern(path) in _PUBLIC:
        return False
    return pattern(path) in _SECRET or any(
        isinstance(step, str)
        and _SENSITIVE_KEY.search(step) is not None
        and pattern(path[: depth + 1]) not in _NOT_SENSITIVE
        for depth, step in enumerate(path)
    )


def shown(value: Data) -> str:
    """Repeat a value so that a reader knows it again: short, on one line, without passwords."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = _shown_text(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _shown_text(text: str) -> str:
    if PEM_BEGIN in text:
        return "a PEM text"
    before, slashes, rest = text.partition("//")
    if not slashes:
        return repr(text)
    # A password may hold any character, also those that should have been written as %XX.
    user, sign, place = rest.rpartition("@")
    place, mark, query = place.partition("?")
    if before.endswith(":") and query:
        query = "***"
    return repr(f"{before}//{'***' if user else ''}{sign}{place}{mark}{query}")


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that was probably meant."""
    folded = {candidate.lower().replace("-", "_"): candidate for candidate in words}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _written_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{step!r}]"
