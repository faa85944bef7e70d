"""What replicas have counted, without a store between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.store.tallying import Sheet, Tallied


@dataclass
class Others:
    """A store in which others have these sheets; ours is kept whole, and lost when we say so."""

    sheets: Mapping[str, Sheet]
    before: int = 0
    written: list[Sheet] = field(default_factory=list[Sheet])
    asked: list[Mapping[str, int]] = field(default_factory=list[Mapping[str, int]])
    error: Exception | None = None

    async def tally(
        self, instance: str, sheet: Sheet, known: Mapping[str, int], *, keep: float
    ) -> Tallied:
        if self.error is not None:
            raise self.error
        self.written.append(sheet)
        self.asked.append(known)
        before, self.before = self.before, sheet.number
        return Tallied(before, self.sheets)
