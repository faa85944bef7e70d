"""From a judged pair to what leaves this process.

What is shown is masked, and bears digests of whom it may be forgotten for; the original goes only
under lock and key.
"""

from collections.abc import Callable
from dataclasses import replace

from router.compare.callers import Callers
from router.compare.detectors import Detectors
from router.compare.pair import Asked, Fields, Pair
from router.compare.portrait import FULL, Portrayer
from router.compare.redact import Redactor
from router.compare.sample import encode_sample
from router.comparer.judging import Shown
from router.comparer.reservoir import differences_of
from router.places.document import Document, json_parser
from router.routing.keys import ReadKey, compile_key
from router.routing.snapshot import PlaceKind
from router.vault import Vault
from router.wire.comparing import CompareBy, Sample
from router.wire.pairs import encode_pairs


class Samples:
    """Makes them by the rules in force. ``entropy`` gives so many random bytes.

    The original of a pair is `encode_pairs` of it alone, sealed for its service and its id.
    """

    def __init__(self, by: CompareBy, entropy: Callable[[int], bytes]) -> None:
        self._rules = by.rules
        self._entropy = entropy
        self._callers = Callers(by.secret)
        self._vault = Vault(by.opening_keys, entropy) if by.key else None
        self._keys: dict[str, list[ReadKey]] = {
            service: [compile_key(it) for it in places if it.kind is not PlaceKind.CLIENT_IP]
            for service, places in by.keys.items()
        }
        detectors = Detectors(by.detectors)
        self._portrayers = {
            service: Portrayer(
                rules, Redactor(rules.mask, detectors, rules.headers), self._callers.digest
            )
            for service, rules in by.rules.items()
        }

    def portray(self, shown: Shown) -> Sample:
        """Return what may be shown of a pair."""
        pair, judged = shown.pair, shown.judged
        number = self._entropy(8).hex()
        sample = self._portrayers[pair.service].portray(number, pair, judged, shown.result)
        return Sample(
            id=number,
            service=pair.service,
            phase=judged.phase,
            at=pair.at,
            detail=sample.detail,
            differences=differences_of(judged.verdict),
            text=encode_sample(sample),
            callers=self._digests(pair),
            sealed=self._sealed(pair, number),
        )

    def _sealed(self, pair: Pair, number: str) -> bytes:
        if self._vault is None or self._rules[pair.service].record != FULL:
            return b""
        original = replace(pair, callers=())
        return self._vault.seal(encode_pairs([original]), pair.service, number)

    def _digests(self, pair: Pair) -> tuple[bytes, ...]:
        """Name whoever asked by all keys that the request bore, and the request by its id."""
        head = _Head(pair.request)
        document = Document(pair.request.body, json_parser())
        found = [read(head, b"", document) for read in self._keys.get(pair.service, ())]
        keys = dict.fromkeys((pair.request_id, *found, *pair.callers))
        return tuple(self._callers.digest(key) for key in keys if key)


class _Head:
    """A captured request as readers of keys see it."""

    host = b""
    minor = 1

    def __init__(self, asked: Asked) -> None:
        self.method = asked.method
        self.target = asked.target
        self.fields: Fields = asked.fields
