import os
from dataclasses import replace

from router.compare.callers import Callers
from router.compare.rules import CompareRules
from router.compare.sample import decode_sample
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.comparer.judging import Shown
from router.comparer.samples import Samples
from router.routing.snapshot import Place, PlaceKind
from router.vault import Vault
from router.wire.comparing import CompareBy
from router.wire.pairs import PairDecoder
from tests.support.pairs import pair

KEY, SECRET = bytes(range(32)), bytes(range(1, 33))
DIFFERENT = Verdict((Difference("/label", Change.VALUE, "/label", "refund", "secret"),))


def samples(record: str, key: bytes = b"") -> Samples:
    places = (Place(PlaceKind.JSON, "/text"), Place(PlaceKind.CLIENT_IP))
    rules = {"support": CompareRules(record=record)}
    return Samples(CompareBy(rules, key=key, keys={"support": places}, secret=SECRET), os.urandom)


def shown(*callers: bytes) -> Shown:
    it = replace(pair(ai=b'{"label": "secret"}'), callers=callers)
    return Shown(it, Judged("support", "7/m", it.at, DIFFERENT), Result.DIVERGENT)


def test_a_sample_is_found_by_its_differences_and_shows_what_its_level_allows() -> None:
    sample = samples("metadata").portray(shown())
    assert (sample.service, sample.phase, sample.detail) == ("support", "7/m", "metadata")
    assert sample.differences == (("/label", "value"),)
    assert decode_sample(sample.text).id == sample.id
    assert b"secret" not in sample.text
    assert b"secret" in samples("diff").portray(shown()).text


def test_whose_it_is_is_named_by_digests_of_every_key_that_the_request_bears() -> None:
    digest = Callers(SECRET).digest
    assert samples("metadata").portray(shown()).callers == (digest(b"request-0"), digest(b"hello"))


def test_whoever_is_known_by_what_a_copy_does_not_bear_is_named_by_a_digest_alone() -> None:
    digest = Callers(SECRET).digest
    sample = samples("full", KEY).portray(shown(b"kcook", b"hello"))
    assert sample.callers == (digest(b"request-0"), digest(b"hello"), digest(b"kcook"))
    assert b"kcook" not in sample.text
    assert b"kcook" not in Vault([KEY], os.urandom).open(sample.sealed, "support", sample.id)


def test_the_original_is_sealed_where_there_is_a_key_and_everything_is_to_be_kept() -> None:
    assert samples("full").portray(shown()).sealed == b""
    assert samples("diff", KEY).portray(shown()).sealed == b""
    sample = samples("full", KEY).portray(shown())
    opened = Vault([KEY], os.urandom).open(sample.sealed, "support", sample.id)
    assert list(PairDecoder().feed(opened)) == [[shown().pair]]
