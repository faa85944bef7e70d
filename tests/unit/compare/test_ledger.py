from dataclasses import replace

import pytest

from router.compare.ledger import (
    added,
    coverage,
    dump_ledger,
    is_ledger,
    load_ledger,
)
from router.compare.pair import Loss
from router.compare.tally import Tally, load
from router.compare.verdict import Result, Verdict
from router.errors import TallyError
from tests.support.judging import judged

LEDGER = {"paired": 900, "too_large": 60, "queue_full": 40}


def tallied(pairs: int, *, requests: int = 0, **errors: int) -> Tally:
    failed = sum(errors.values())
    results = {Result.MATCH: pairs - failed, Result.ERROR: failed}
    return Tally(pairs=pairs, requests=requests or pairs, results=results, errors=errors)


def test_every_eligible_request_is_compared_or_has_one_reason() -> None:
    seen = coverage(LEDGER, tallied(440, requests=880, undecodable=15))
    assert (seen.eligible, seen.compared) == (1000, 425)
    assert seen.left_out == {
        "too_large": 60,
        "queue_full": 40,
        "undecodable": 15,
        "sampled_out": 440,
        "waiting": 20,
    }
    assert seen.compared + sum(seen.left_out.values()) == seen.eligible
    assert seen.ratio == 0.425


def test_pairs_that_were_brought_count_though_nobody_has_copied_them() -> None:
    seen = coverage({}, tallied(10))
    assert (seen.eligible, seen.compared, seen.left_out) == (10, 10, {})


def test_a_copy_that_was_lost_is_one_request_though_its_pair_is_counted_too() -> None:
    tally = Tally()
    for _ in range(9):
        tally.add(judged())
    tally.add(replace(judged(), verdict=Verdict(error=Loss.TIMEOUT.value)))
    seen = coverage({"paired": 9, "shadow_timeout": 1}, tally)
    assert (seen.eligible, seen.compared, seen.ratio) == (10, 9, 0.9)
    assert seen.left_out == {"shadow_timeout": 1}


def test_copies_that_were_lost_hide_no_pairs_that_are_waited_for() -> None:
    tally = Tally()
    for error in ("", "undecodable", *Loss):
        tally.add(replace(judged(weight=4), verdict=Verdict(error=str(error))))
    seen = coverage({"paired": 12, "shadow_error": 16}, tally)
    assert seen.left_out == {"shadow_error": 16, "undecodable": 1, "sampled_out": 6, "waiting": 4}
    assert seen.compared + sum(seen.left_out.values()) == seen.eligible == 28


def test_nothing_has_no_ratio() -> None:
    assert coverage({}, Tally()).ratio is None


def test_ledgers_add_up() -> None:
    assert added([LEDGER, {"paired": 100, "budget": 1}]) == {**LEDGER, "paired": 1000, "budget": 1}


def test_a_ledger_is_kept_as_bytes_that_no_tally_is_taken_for() -> None:
    dumped = dump_ledger(LEDGER)
    assert is_ledger(dumped)
    assert load_ledger(dumped) == LEDGER
    assert not is_ledger(Tally().dump())
    with pytest.raises(TallyError):
        load(dumped)


@pytest.mark.parametrize("damaged", [b"L", b"L\xff", b"L\x81\xa1a\xa1b"])
def test_what_means_nothing_is_said_so(damaged: bytes) -> None:
    with pytest.raises(TallyError):
        load_ledger(damaged)
