import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest

from router.control.fleet import outreach
from router.control.fleet.answering import Answering
from router.control.fleet.messages import Call, Words, hear, say
from router.control.fleet.outreach import LISTEN_AGAIN, MOST_SAID, RETRY_EVERY, Outreach, Ways
from router.control.fleet.words import Word
from router.errors import PeerError, PeerMessageError
from router.release.state import Release
from router.tasks import TaskOwner
from tests.support.background import Pauses, Told, owner, settle
from tests.support.peers import SOON, Company, Line, Radio, Workers, replica, rolled_back, word

R1 = replica("r1", "http://r1:9902")
R2 = replica("r2", "http://r2:9902")
R3 = replica("r3")  # nobody reaches it directly
CALLED = (rolled_back(),)


@dataclass
class Replica:
    """One that speaks to others; what it heard of them stands in `words`."""

    company: Company
    radio: Radio | None
    tasks: TaskOwner
    line: Line = field(default_factory=Line)
    pauses: Pauses = field(default_factory=Pauses)
    words: list[Word] = field(default_factory=list[Word])

    def __post_init__(self) -> None:
        self.workers = Workers(self.company.own.replica)
        answering = Answering(self.workers.obey, self.tasks)
        numbers = count(1)
        name = f"{self.company.own.replica}-call"
        ways = Ways(self.radio, self.line, lambda: f"{name}-{next(numbers)}", self.pauses.sleep)
        self.outreach = Outreach(self.company, answering, ways, self.tasks)

    def call(self, *releases: Release) -> None:
        self.outreach.call(releases or CALLED, self.company.members(), self.words.append)

    def answers(self, other: Company, *words: Word) -> None:
        self.line.answers[other.me] = Words("any", other.own, words)

    @property
    def asked(self) -> list[str]:
        return [instance for instance, _ in self.line.asked]


@asynccontextmanager
async def running(company: Company, radio: Radio | None = None) -> AsyncIterator[Replica]:
    with owner() as tasks:
        it = Replica(company, radio, tasks)
        tasks.spawn(it.outreach.run(), "outreach")
        await settle()
        yield it
        await tasks.close()


# Directly...


async def test_a_member_is_told_directly_at_once_and_its_word_is_heard() -> None:
    async with running(Company(R1, [R2])) as it:
        it.answers(Company(R2), word("r2"))
        it.call()
        await settle()
        ((instance, call),) = it.line.asked
        assert (instance, call.presence, call.releases) == ("r2-1", R1, CALLED)
        assert it.words == [word("r2")]
        assert it.company.heard_of == [R2]
        await it.pauses.end()
        assert it.asked == ["r2-1"]


async def test_who_does_not_answer_is_told_again_each_second() -> None:
    async with running(Company(R1, [R2])) as it:
        it.call()
        await settle()
        await it.pauses.end()
        assert it.pauses.asked == [RETRY_EVERY] * 2
        assert it.asked == ["r2-1"] * 2
        it.answers(Company(R2), word("r2"))
        await it.pauses.end()
        await it.pauses.end()
        assert it.asked == ["r2-1"] * 3
        assert it.words == [word("r2")]


async def test_who_has_not_done_all_of_it_is_told_again() -> None:
    async with running(Company(R1, [R2])) as it:
        it.answers(Company(R2), word("r2", acked=1))
        it.call()
        await settle()
        it.answers(Company(R2), word("r2", acked=2))
        await it.pauses.end()
        await it.pauses.end()
        assert it.words == [word("r2", acked=1), word("r2", acked=2)]
        assert len(it.asked) == 2


async def test_a_word_upon_one_of_two_services_is_not_enough() -> None:
    async with running(Company(R1, [R2])) as it:
        it.answers(Company(R2), word("r2"))
        it.call(rolled_back(), rolled_back("orders"))
        await settle()
        await it.pauses.end()
        assert len(it.asked) == 2
        it.answers(Company(R2), word("r2", "orders"))
        await it.pauses.end()
        await it.pauses.end()
        assert len(it.asked) == 3


async def test_who_is_no_member_any_more_is_left_alone() -> None:
    async with running(Company(R1, [R2])) as it:
        it.call()
        await settle()
        it.company.known.clear()
        await it.pauses.end()
        it.company.known.append(R2)
        await it.pauses.end()
        assert it.asked == ["r2-1"]


async def test_who_keeps_us_waiting_is_told_once_more_meanwhile() -> None:
    async with running(Company(R1, [R2])) as it:
        it.line.may_answer.clear()
        it.call()
        await settle()
        await it.pauses.end()
        assert it.asked == ["r2-1"] * 2


async def test_a_second_rollback_does_not_wait_for_the_first() -> None:
    async with running(Company(R1, [R2])) as it:
        it.line.may_answer.clear()
        it.call()
        await settle()
        it.call(rolled_back(epoch=2))
        await settle()
        assert it.asked == ["r2-1"] * 2


async def test_rollbacks_that_are_owed_are_told_in_one_message() -> None:
    async with running(Company(R1, [R2])) as it:
        for epoch in (1, 2, 3):
            it.call(rolled_back(epoch=epoch))
        it.call(rolled_back("orders"))
        await settle()
        assert len(it.asked) == 4
        it.answers(Company(R2), word("r2"), word("r2", "orders"))
        await it.pauses.end()
        _, last = it.line.asked[-1]
        assert set(last.releases) == {rolled_back(epoch=3), rolled_back("orders")}
        assert it.words.count(word("r2")) == 3
        assert it.words.count(word("r2", "orders")) == 1
        await it.pauses.end()
        assert len(it.asked) == 5


async def test_we_do_not_tell_ourselves() -> None:
    async with running(Company(R1, [])) as it:
        it.call()
        await settle()
        await it.pauses.end()
        assert it.asked == []


async def test_a_successor_that_answers_is_heard_and_who_was_called_is_still_owed() -> None:
    async with running(Company(R1, [R2])) as it:
        successor = replica("r2", "http://r2:9902")
        it.line.answers["r2-1"] = Words("any", successor, (word("r9"),))
        it.call()
        await settle()
        await it.pauses.end()
        assert it.words == [word("r9")] * 2
        assert len(it.asked) == 2


async def test_silence_is_told_when_it_begins_and_when_it_ends(told: list[Told]) -> None:
    async with running(Company(R1, [R2])) as it:
        it.line.answers["r2-1"] = PeerError("timeout")
        it.call()
        await settle()
        await it.pauses.end()
        it.answers(Company(R2), word("r2"))
        await it.pauses.end()
    place = {"replica": "r2", "address": "http://r2:9902"}
    assert told == [
        ("peer_unreachable", {**place, "because": "timeout"}),
        ("peer_reached", place),
    ]


async def test_an_answer_that_means_nothing_is_none() -> None:
    async with running(Company(R1, [R2])) as it:
        it.line.answers["r2-1"] = PeerMessageError("the answer is not sealed with our secret")
        it.call()
        await settle()
        await it.pauses.end()
        assert it.words == []
        assert len(it.asked) == 2


# By pub/sub...


async def test_all_who_listen_hear_of_it_at_once_and_are_heard() -> None:
    radio = Radio()
    async with (
        running(Company(R1, [R3]), radio) as it,
        running(Company(R3, [R1]), radio) as other,
    ):
        it.call()
        await settle()
        assert other.workers.obeyed == [CALLED]
        assert other.company.heard_of == [R1]
        assert it.words == [word("r3")]
        assert it.company.heard_of == [R3]
        await it.pauses.end()
        assert len(radio.said) == 2


async def test_we_do_not_obey_ourselves() -> None:
    radio = Radio()
    async with running(Company(R1, [R2]), radio) as it:
        it.call()
        await settle()
        assert it.workers.obeyed == []


async def test_one_that_was_deaf_hears_it_the_next_time() -> None:
    radio = Radio()
    async with running(Company(R1, [R3]), radio) as it:
        it.call()
        await settle()
        async with running(Company(R3, [R1]), radio) as other:
            await it.pauses.end()
            assert other.workers.obeyed == [CALLED]
            assert it.words == [word("r3")]


async def test_it_is_told_directly_while_the_store_is_away() -> None:
    radio = Radio()
    async with running(Company(R1, [R2]), radio) as it:
        radio.is_away = True
        it.answers(Company(R2), word("r2"))
        it.call()
        await settle()
        assert it.words == [word("r2")]


async def test_a_call_that_comes_twice_is_answered_twice_and_changes_nothing() -> None:
    radio = Radio()
    async with running(Company(R2, [R1]), radio) as it:
        call = say(Call("call-7", R1, CALLED))
        for _ in range(2):
            await radio.call_out(call)
            await settle()
        answers = [hear(text) for text in radio.said if text != call]
        assert answers == [Words("call-7", R2, (word("r2"),))] * 2
        assert it.workers.obeyed == [CALLED] * 2


async def test_a_word_upon_an_unknown_call_is_ignored() -> None:
    radio = Radio()
    async with running(Company(R1, [R2]), radio) as it:
        it.call()
        await radio.call_out(say(Words("call-7", R2, (word("r2"),))))
        await settle()
        assert it.words == []
        await radio.call_out(say(Words("r1-call-1", R2, (word("r2", "orders"),))))
        await settle()
        assert it.words == []


async def test_calls_are_not_remembered_for_ever() -> None:
    radio = Radio()
    async with running(Company(R1, []), radio) as it:
        for _ in range(MOST_SAID + 1):
            it.call()
        await settle()
        await radio.call_out(say(Words("r1-call-1", R2, (word("r2"),))))
        await settle()
        assert it.words == []
        await radio.call_out(say(Words("r1-call-2", R2, (word("r2"),))))
        await settle()
        assert it.words == [word("r2")]


async def test_it_listens_again_when_the_connection_is_lost() -> None:
    radio = Radio()
    async with running(Company(R2, [R1]), radio) as it:
        radio.hang_up()
        radio.is_away = True
        await settle()
        for _ in range(7):
            await it.pauses.end()
        waits = [seconds for seconds in it.pauses.asked if seconds != RETRY_EVERY]
        first, longest = LISTEN_AGAIN
        assert waits[:2] == [first, 2 * first]
        assert waits[-1] == longest
        radio.is_away = False
        await it.pauses.end()
        await radio.call_out(say(Call("call-7", R1, CALLED)))
        await settle()
        assert it.workers.obeyed == [CALLED]


async def test_it_listens_on_another_connection_from_time_to_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outreach, "LISTEN_ANEW", 0.001)
    radio = Radio()
    async with running(Company(R2, [R1]), radio) as it:
        async with asyncio.timeout(SOON):
            for _ in range(3):
                await radio.is_heard.wait()
                radio.is_heard.clear()
        assert it.pauses.asked == [RETRY_EVERY]


async def test_what_is_no_message_is_told_and_left_alone(told: list[Told]) -> None:
    radio = Radio()
    async with running(Company(R2, [R1]), radio) as it:
        await radio.call_out(b"KEY")
        await radio.call_out(b'{"kind":"weather","said":{}}')
        await radio.call_out(say(Call("call-7", R1, CALLED)))
        await settle()
        assert it.workers.obeyed == [CALLED]
    assert [name for name, _ in told] == ["call_garbled"]
    assert "KEY" not in str(told)


async def test_an_answer_that_finds_no_store_is_given_up() -> None:
    radio = Radio()
    async with running(Company(R2, [R1]), radio) as it:
        it.workers.may_answer.clear()
        await radio.call_out(say(Call("call-7", R1, CALLED)))
        await settle()
        radio.is_away = True
        it.workers.may_answer.set()
        await settle()
        assert it.workers.obeyed == [CALLED]
