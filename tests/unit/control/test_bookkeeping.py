from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from router.control.booked import Booked, BookedFile
from router.control.bookkeeping import Bookkeeping
from router.control.plan import Plan
from router.wire.comparing import CompareBy
from tests.support.fake_stream import FakeStream
from tests.support.plans import planned

RULES = CompareBy({})
OTHERS = CompareBy({}, prefix="x-other-")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return replace(planned(tmp_path, []), compare=RULES)


@pytest.fixture
async def books(plan: Plan) -> AsyncIterator[Bookkeeping]:
    books = Bookkeeping(plan, dict, list, lambda: True)
    yield books
    await books.close()


def heard(books: Bookkeeping, monkeypatch: pytest.MonkeyPatch) -> list[CompareBy | None]:
    said: list[CompareBy | None] = []
    monkeypatch.setattr(books.comparing, "serve_by", said.append)
    return said


async def test_the_comparer_hears_the_rules_with_what_callers_are_named_by(
    books: Bookkeeping, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = heard(books, monkeypatch)
    books.begin()
    assert said == [replace(RULES, secret=plan.shadow_key.value)]


async def test_it_hears_them_again_when_the_store_has_another_secret(
    books: Bookkeeping, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.begin()
    said = heard(books, monkeypatch)
    for tell in plan.shadow_key.observers:
        tell()
    assert len(said) == 1


async def test_another_config_is_gone_by_at_once(
    books: Bookkeeping, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = heard(books, monkeypatch)
    books.serve_by(replace(plan, compare=OTHERS))
    books.serve_by(replace(plan, compare=None))
    assert said == [replace(OTHERS, secret=books.caller_secret()), None]


async def test_the_stream_is_let_go_of_with_the_records(plan: Plan) -> None:
    stream = FakeStream()
    books = Bookkeeping(replace(plan, stream=lambda: stream), dict, list, lambda: True)
    await books.close()
    assert stream.is_closed


@pytest.mark.parametrize("has_orphans", [True, False])
async def test_whoever_finds_no_workers_does_not_go_on_from_what_was_booked(
    books: Bookkeeping, plan: Plan, *, has_orphans: bool
) -> None:
    file = BookedFile(plan.state_dir, lambda: True)
    plan.state_dir.mkdir(parents=True, exist_ok=True)
    file.keep(Booked("i1/ledger"))
    books.inherit(has_orphans=has_orphans)
    assert (file.found() is not None) == has_orphans
