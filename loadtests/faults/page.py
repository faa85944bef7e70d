"""What a run found as text: one Markdown table, readable in a terminal and in the docs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.faults.promise import Promise

BEGIN: Final = "<!-- made by `make faults`: begin -->"
END: Final = "<!-- made by `make faults`: end -->"
DISTURBED: Final = 0.25
"""Where others have more of the cores, a time that is missed says nothing about the router."""
HEAD: Final = "| fault | promised | seen | held |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one scene."""

    name: str
    title: str
    seconds: float
    promises: Sequence[Promise]
    others: float = 0.0
    """Which part of the cores' time other processes had."""
    tries: int = 1

    @property
    def missed(self) -> list[Promise]:
        """What was not held, whoever is to blame."""
        return [promise for promise in self.promises if not promise.held]

    @property
    def is_disturbed(self) -> bool:
        """Whether too little of the machine was ours for a figure about time."""
        return self.others > DISTURBED

    @property
    def broken(self) -> list[Promise]:
        return [promise for promise in self.missed if not self.is_excused(promise)]

    def is_excused(self, promise: Promise) -> bool:
        """Tell whether a promise that was missed cannot be judged."""
        return promise.is_timing and self.is_disturbed

    @property
    def is_only_late(self) -> bool:
        """Whether promises were missed, and all of them about time."""
        return bool(self.missed) and all(promise.is_timing for promise in self.missed)


def table(found: Sequence[Found]) -> str:
    """Write one line a promise."""
    return "\n".join([HEAD, *(line for scene in found for line in _lines(scene))])


def summary(found: Sequence[Found]) -> str:
    """Say in one line how it went."""
    promises = [promise for scene in found for promise in scene.promises]
    kept = sum(promise.held for promise in promises)
    seconds = sum(scene.seconds for scene in found)
    excused = sum(len(scene.missed) - len(scene.broken) for scene in found)
    not_judged = f", {excused} not judged" if excused else ""
    of_all = f"{kept} of {len(promises)} promises held{not_judged}"
    return f"{of_all} in {len(found)} scenes, {seconds:.0f} s."


def _lines(scene: Found) -> Iterator[str]:
    again = f" ({scene.tries} tries)" if scene.tries > 1 else ""
    title = f"**{scene.title}**{again}"
    for promise in scene.promises:
        cells = (_cell(promise.promised), _cell(promise.seen), _word(scene, promise))
        yield f"| {title} | {' | '.join(cells)} |"
        title = ""


def _word(scene: Found, promise: Promise) -> str:
    if promise.held:
        return "yes"
    if scene.is_excused(promise):
        return f"not judged: others had {100 * scene.others:.0f} % of the cores"
    return "**NO**"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
