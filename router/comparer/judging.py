"""Pairs in; what is counted of them, and what is shown, out. It runs in a thread of its own.

A comparison may take its time (a large document, a `custom` one that is waited for), and meanwhile
pairs are taken in, and the supervisor hears that we live. Nothing here is shared with that side.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.compare.pair import Answer, Pair
from router.compare.verdict import Judged, Result, Verdict
from router.comparer.phases import Phases
from router.model import Variant
from router.wire.comparing import Sample

SLICE: Final = 0.01
"""Seconds after which what is left waits: by then others want their turn."""

FAILED: Final = "failed"
"""The error of a comparison that raised: a bug of ours, which costs one pair."""

_SERVER_ERROR: Final = 500


class Judge(Protocol):
    """How one service's answers are compared (`compare.judge.Judge`)."""

    def compare(self, legacy: Answer, ai: Answer) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Weighted:
    """A pair, and how many it stands for."""

    pair: Pair
    weight: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A pair, what is counted of it, and the seconds of a core that this took."""

    pair: Pair
    judged: Judged
    seconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A judged pair that is to be shown, and what became of it."""

    pair: Pair
    judged: Judged
    result: Result


Portray = Callable[[Shown], Sample | None]
"""Make of a pair what may be shown of it; None where nothing may."""


class Judging:
    """Judges by the judges of the services. ``cpu`` reads the calling thread's use of its core.

    ``on_failure`` hears of bugs: none of them costs more than its pair.
    """

    def __init__(
        self,
        judges: Mapping[str, Judge],
        phases: Phases,
        portray: Portray,
        cpu: Callable[[], float],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._judges = judges
        self._phases = phases
        self._portray = portray
        self._cpu = cpu
        self.on_failure = on_failure

    def judge(self, batch: Sequence[Weighted]) -> list[Outcome]:
        """Judge at least the first, and no further ones after `SLICE`."""
        outcomes: list[Outcome] = []
        began = before = self._cpu()
        for each in batch:
            judged = self._judged(each)
            after = self._cpu()
            outcomes.append(Outcome(each.pair, judged, after - before))
            before = after
            if after - began > SLICE:
                break
        return outcomes

    def portray(self, shown: Sequence[Shown]) -> tuple[list[Sample], float]:
        """Make samples; return them, and the seconds of a core that this took."""
        began = self._cpu()
        made = [sample for each in shown if (sample := self._portrait(each)) is not None]
        return made, self._cpu() - began

    def _portrait(self, shown: Shown) -> Sample | None:
        try:
            return self._portray(shown)
        except Exception as error:  # noqa: BLE001 - as below
            self.on_failure(error)
            return None

    def _judged(self, weighted: Weighted) -> Judged:
        pair = weighted.pair
        judge = self._judges[pair.service]
        legacy, ai = pair.legacy, pair.ai
        return Judged(
            service=pair.service,
            phase=self._phases.of(pair),
            at=pair.at,
            verdict=self._verdict(judge, legacy, ai),
            legacy_noise=self._own(judge, legacy, pair.legacy_repeat),
            ai_noise=self._own(judge, ai, pair.ai_repeat),
            failed=(_has_failed(legacy), _has_failed(ai)),
            seconds=(legacy.seconds, ai.seconds),
            weight=weighted.weight,
            is_copied=pair.served is not Variant.LEGACY,
        )

    def _own(self, judge: Judge, first: Answer, second: Answer | None) -> Verdict | None:
        return None if second is None else self._verdict(judge, first, second)

    def _verdict(self, judge: Judge, first: Answer, second: Answer) -> Verdict:
        try:
            return judge.compare(first, second)
        except Exception as error:  # noqa: BLE001 - one pair, whatever it holds, ends no comparer
            self.on_failure(error)
            return Verdict(error=FAILED)


def _has_failed(answer: Answer) -> bool:
    return answer.loss is not None or answer.status >= _SERVER_ERROR
