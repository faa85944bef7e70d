"""What comparers tell, on its way into the records.

Where it was read from the stream of pairs, counts are kept and messages are let go of in one step;
samples follow, so that nothing is shown of what was not counted.
"""

from collections.abc import Callable, Iterable

from router.errors import OvertakenError
from router.store.records import Limits, Minute, Records, Sampled, Sealed, Total
from router.store.stream import Held, Settled, Stream
from router.wire import comparing as wire
from router.wire.comparing import Compared, Counted, Sample


class Recording:
    """Where counts and samples stay (`comparing.Keeps`). `limits`: how long, as of now."""

    def __init__(
        self, records: Records, limits: Callable[[], Limits], stream: Stream | None = None
    ) -> None:
        self._records = records
        self._limits = limits
        self._stream = stream

    async def add(self, compared: Compared, counter: str) -> None:
        """Keep what was told, in place of what was told of the same before.

        Raises StoreError; OvertakenError where it can never be kept.
        """
        minutes = [*_minutes(compared.counted, counter)]
        totals = [*_totals(compared.counted, counter)]
        if self._stream is not None and compared.settled is not None:
            if not await self._stream.settle(minutes, totals, _settled(compared, compared.settled)):
                raise OvertakenError
        elif compared.counted:
            await self._records.count(minutes, totals)
        if compared.samples:
            sealed = [*self._sealed(compared.samples)]
            await self._records.keep([_sampled(it) for it in compared.samples], sealed)

    def _sealed(self, samples: Iterable[Sample]) -> Iterable[Sealed]:
        age = self._limits().max_age
        for it in samples:
            if it.sealed:
                yield Sealed(it.id, it.service, it.at, it.at + age, it.callers, it.sealed)


def _settled(compared: Compared, told: wire.Settled) -> Settled:
    held = [Held(*message) for message in told.messages]
    return Settled(told.reader, compared.number, told.after, held)


def _minutes(counted: Iterable[Counted], counter: str) -> Iterable[Minute]:
    for it in counted:
        if it.minute is not None:
            yield Minute(it.service, it.phase, it.minute, _who(it, counter), it.counts)


def _totals(counted: Iterable[Counted], counter: str) -> Iterable[Total]:
    for it in counted:
        if it.minute is None:
            yield Total(it.service, it.phase, _who(it, counter), it.at, it.counts)


def _who(counted: Counted, counter: str) -> str:
    """Sums of another era add up with those before, and do not take their place."""
    return f"{counter}-{counted.era}"


def _sampled(sample: Sample) -> Sampled:
    return Sampled(
        sample.id,
        sample.service,
        sample.phase,
        sample.at,
        sample.detail,
        sample.differences,
        sample.callers,
        sample.text,
    )
