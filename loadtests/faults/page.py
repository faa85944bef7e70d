"""What a run found as text: one Markdown table, readable in a terminal and in the docs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.faults.promise import Promise

BEGIN: Final = "<!-- made by `make faults`: begin -->"
END: Final = "<!-- made by `make faults`: end -->"
HEAD: Final = "| fault | promised | seen | held |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one scene."""

    name: str
    title: str
    seconds: float
    promises: Sequence[Promise]
    tries: int = 1

    @property
    def broken(self) -> list[Promise]:
        return [promise for promise in self.promises if not promise.held]

    @property
    def is_only_late(self) -> bool:
        """Whether promises were broken, and all of them about time."""
        return bool(self.broken) and all(promise.is_timing for promise in self.broken)


def table(found: Sequence[Found]) -> str:
    """Write one line a promise."""
    return "\n".join([HEAD, *(line for scene in found for line in _lines(scene))])


def summary(found: Sequence[Found]) -> str:
    """Say in one line how it went."""
    promises = [promise for scene in found for promise in scene.promises]
    kept = sum(promise.held for promise in promises)
    seconds = sum(scene.seconds for scene in found)
    return f"{kept} of {len(promises)} promises held in {len(found)} scenes, {seconds:.0f} s."


def _lines(scene: Found) -> Iterator[str]:
    again = f" ({scene.tries} tries)" if scene.tries > 1 else ""
    title = f"**{scene.title}**{again}"
    for promise in scene.promises:
        held = "yes" if promise.held else "**NO**"
        yield f"| {title} | {_cell(promise.promised)} | {_cell(promise.seen)} | {held} |"
        title = ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
