"""Who judges a replayed pair: the service's rules, and its own function as a comparer asks it."""

import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from router.compare.judge import Judge
from router.compare.pair import Pair
from router.compare.rules import CompareRules
from router.compare.verdict import Judged
from router.comparer.custom import Custom, Running, Senses
from router.comparer.custom_process import Deadlines, started
from router.comparer.custom_words import Reply
from router.comparer.judging import Judging, Weighted
from router.comparer.phases import Phases
from router.errors import RecordingError

Ask = Callable[[Pair, Judged], Awaitable[Judged]]


def judge_of(service: str, rules: CompareRules, prefix: str) -> Callable[[Pair], Judged]:
    """Return what judges by the rules; a bug of ours costs its pair, and is counted as an error."""
    judges = {service: Judge(rules)}
    judging = Judging(judges, Phases(prefix), lambda _: None, time.process_time, lambda _: None)
    return lambda pair: judging.judge([Weighted(pair, 1)])[0].judged


@asynccontextmanager
async def custom_of(rules: CompareRules, tell: Callable[[str], None]) -> AsyncGenerator[Ask | None]:
    """Have the service's own function ready, if there is one, and end it afterwards.

    Raises:
        RecordingError: it cannot be loaded. That is said before any backend was asked.
    """
    if not rules.custom:
        yield None
        return
    first = await started(rules.custom, Deadlines())
    if first[0].is_over:
        raise RecordingError(f"compare.custom {rules.custom} cannot be asked: {first[1].detail}")
    waiting: list[tuple[Running, Reply]] = [first]
    roll = secrets.SystemRandom().random
    senses = Senses(time.monotonic, roll, lambda _, detail: tell(f"compare.custom {detail}"))
    custom = Custom(rules, partial(_begun, rules.custom, waiting), senses)
    try:
        yield custom.judged
    finally:
        await custom.close()
        for process, _ in waiting:
            await process.end()


async def _begun(target: str, waiting: list[tuple[Running, Reply]]) -> tuple[Running, Reply]:
    """Return the process that is there already, and another one after it."""
    return waiting.pop() if waiting else await started(target, Deadlines())
