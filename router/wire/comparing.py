"""What the supervisor and the comparer say to each other.

Supervisor to comparer: `CompareBy` (first, and whenever it changes), `Kept`, `Finish`.
Comparer to supervisor: `Compared` about once a second; that it says it is the sign that it lives.

Counts are sums since this comparer's start, and a sample has an id: whatever was not acknowledged
is said again, and then stands once. Of messages of the stream counts hold all or nothing, and say
which: they are let go of when the counts are kept, and not before.
"""

from dataclasses import dataclass, field

from router.compare.rules import CompareRules
from router.routing.snapshot import Place


@dataclass(frozen=True, slots=True)
class StreamBy:
    """Share pairs with other comparers by the stream of this store.

    url: may hold a password. folder: where the paths in it start. most_bytes: of all that waits.
    max_age: seconds for which it may. judges: whether this comparer reads the stream, too.
    """

    url: str = field(repr=False)
    folder: str
    prefix: str
    most_bytes: int
    max_age: float
    judges: bool = True


@dataclass(frozen=True, slots=True)
class CompareBy:
    """Compare these services' pairs by these rules from now on; those of others are dropped.

    prefix: of our own header fields. request_id: the name of the field that names a request. key:
    what originals of pairs are encrypted with; empty: they are not kept. former_keys: what else may
    have encrypted what is to be read, as by a replica that has another one still. detectors: which
    kinds of content are masked wherever they are found. keys: where a request says whose it is, by
    service. secret: what callers are named by, so that they can be forgotten; all replicas share
    it. stream: by which pairs come, None where they come from our workers; it never changes.
    """

    rules: dict[str, CompareRules]
    prefix: str = "x-gray-"
    request_id: str = "x-request-id"
    key: bytes = field(default=b"", repr=False)
    detectors: tuple[str, ...] = ()
    keys: dict[str, tuple[Place, ...]] = field(default_factory=dict[str, tuple[Place, ...]])
    secret: bytes = field(default=b"", repr=False)
    former_keys: tuple[bytes, ...] = field(default=(), repr=False)
    stream: StreamBy | None = None

    @property
    def opening_keys(self) -> tuple[bytes, ...]:
        """Return the keys of a `Vault`, the one that it seals with first; none: there is none."""
        return (self.key, *self.former_keys) if self.key else ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one phase of a service since the comparer's start.

    minute: in this one (Unix minutes), or None: in all. era: with what was said of it in another
    one, this adds up; what was said in the same one, it replaces. at: when it counted last, Unix
    seconds. counts: of `compare`, which alone reads them.
    """

    service: str
    phase: str
    minute: int | None
    era: int
    at: float
    counts: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """A pair that is to be shown to people, masked.

    differences: (field, change). callers: keyed digests of whom it may be forgotten for. text: what
    is shown. sealed: the original, encrypted; empty where it is not kept.
    """

    id: str
    service: str
    phase: str
    at: float
    detail: str
    differences: tuple[tuple[str, str], ...]
    text: bytes
    callers: tuple[bytes, ...] = ()
    sealed: bytes = b""


@dataclass(frozen=True, slots=True)
class Settled:
    """Messages of the stream that are in the counts, and who has read them.

    after: by which number it said so before, 0 if it never did. messages: id, bytes, pairs.
    """

    reader: str
    after: int
    messages: list[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class StreamSeen:
    """What waits in the stream or is being judged. age: seconds since the oldest of it came."""

    pairs: int
    bytes: int
    age: float


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of the pairs that came.

    number: grows by one with each, the next one after `Kept`. results: by service, how many pairs
    became what, since the comparer's start. waiting: pairs that wait. weights: by service, for how
    many each pair stands now. cpu_seconds: of this process. settled: what is to be let go of with
    these counts, in one step. is_part: more counts follow that are to be kept with these. stream:
    how it stands, None where there is none.
    """

    number: int
    counted: list[Counted] = field(default_factory=list[Counted])
    samples: list[Sample] = field(default_factory=list[Sample])
    results: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    waiting: int = 0
    weights: dict[str, int] = field(default_factory=dict[str, int])
    cpu_seconds: float = 0.0
    settled: Settled | None = None
    is_part: bool = False
    stream: StreamSeen | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was said with this number is kept, and need not be said again."""

    number: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Compare what waits within so many seconds, say it, and exit 0 once it is kept."""

    timeout: float


ToComparer = CompareBy | Kept | Finish
FromComparer = Compared
