"""What readers of recordings say: requests, and what was none, each with its place."""

from dataclasses import dataclass

from router.compare.pair import Asked


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request. place: where it stands, as `line 7`. service: whose it is; "": nobody said."""

    asked: Asked
    place: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """What cannot be replayed. why: it repeats nothing of what stands there."""

    place: str
    why: str


Entry = Recorded | Broken
