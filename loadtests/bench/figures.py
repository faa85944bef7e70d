"""A figure that Gray Router has to reach, and how far it is from it."""

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """What was measured, and the limit that it must not exceed."""

    name: str
    measured: float
    limit: float

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit

    def sentence(self) -> str:
        """Say it as a line of the page."""
        verdict = "met" if self.is_met else f"MISSED by {self._excess()}"
        return f"{verdict}: {self.name} is {self.measured:.2f}, the limit {self.limit:g}"

    def _excess(self) -> str:
        percent = 100 * (self.measured / self.limit - 1)
        return f"{percent:.0f} %" if percent >= 1 else f"{percent:.2g} %"
