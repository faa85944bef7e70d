import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from router.control import webhooks
from router.control.dead_letters import FILE, DeadLetters
from router.control.webhook_message import Alert, Message
from router.control.webhook_post import Hook
from router.control.webhooks import (
    ATTEMPTS,
    CROWDED_OUT,
    LONGEST_PAUSE,
    MOST_WAITING,
    REMOVED,
    STOPPED,
    Webhooks,
    pause_until,
    pauses,
)
from tests.support.background import Told, settle
from tests.support.hooks import BACK, HOOK, ROLLING, PostOffice, event

OTHER = Hook("https://other.example.com/", "fedcba9876543210", frozenset({"rollback"}))


class Working:
    """Webhooks, a post office, and a folder for dead letters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.office = PostOffice()
        self.webhooks = Webhooks([HOOK, OTHER], DeadLetters(folder), self.office.means())

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [(hook.site, message.kind) for hook, message in self.office.sent]

    async def fail(self, times: int) -> None:
        """Let this many attempts fail that stand behind a pause."""
        for _ in range(times):
            self.office.end_pauses()
            await settle()

    async def letters(self) -> list[dict[str, Any]]:
        """Return the dead letters, once all is over."""
        await self.webhooks.close()
        file = self.folder / FILE
        lines = file.read_text().splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Working]:
    working = Working(tmp_path)
    yield working
    await working.webhooks.close()


async def test_each_hook_hears_what_it_asked_for(it: Working) -> None:
    it.webhooks.hear(event())
    it.webhooks.hear(event(BACK, ROLLING))
    it.webhooks.hear(event(refused="frozen"))
    assert it.sent == []  # whoever commands does not wait
    await settle()
    assert it.sent == [
        (HOOK.site, "release"),
        (HOOK.site, "rollback"),
        (OTHER.site, "rollback"),
    ]
    assert it.webhooks.results == {"delivered": 3}
    assert await it.letters() == []


async def test_what_was_not_taken_is_sent_again_as_the_same_delivery(
    it: Working, told: list[Told]
) -> None:
    it.office.answers = ["status 503", "timeout"]
    it.webhooks.hear(event())
    await settle()
    await it.fail(2)
    assert [message.delivery for _, message in it.office.sent] == ["d1"] * 3
    assert it.office.paused == [2, 4]
    assert it.webhooks.results == {"failed": 2, "delivered": 1}
    assert told == [
        ("webhook_failed", {"hook": HOOK.site, "because": "status 503"}),
        ("webhook_recovered", {"hook": HOOK.site}),
    ]


async def test_one_that_is_not_taken_does_not_hold_up_the_next(it: Working) -> None:
    it.office.answers = ["status 400"]
    it.webhooks.hear(event())
    await settle()
    it.webhooks.hear(event(BACK, ROLLING))
    await settle()
    assert (HOOK.site, "rollback") in it.sent


async def test_what_nobody_ever_takes_is_a_dead_letter(it: Working, told: list[Told]) -> None:
    it.office.always = "status 500"
    it.webhooks.hear(event())
    await settle()
    await it.fail(ATTEMPTS)
    assert len(it.sent) == ATTEMPTS
    known = {
        "hook": HOOK.site,
        "delivery": "d1",
        "kind": "release",
        "service": "support",
        "failures": ATTEMPTS,
        "because": "status 500",
    }
    assert told[-1] == ("webhook_given_up", known)
    (letter,) = await it.letters()
    assert json.loads(letter.pop("body"))["percent"] == 20.5
    assert letter == {"at": "2026-09-21T14:13:20.000Z", **known}
    assert it.webhooks.results["given_up"] == 1


async def test_neither_url_nor_secret_is_told_or_kept(it: Working, told: list[Told]) -> None:
    it.office.always = "refused"
    it.webhooks.hear(event())
    await settle()
    seen = f"{await it.letters()} {told}"
    assert "refused" in seen
    assert "KEY" not in seen
    assert HOOK.secret not in seen


async def test_at_the_end_everything_is_tried_once_more(it: Working) -> None:
    it.office.answers = ["refused"]
    it.webhooks.hear(event())
    await settle()
    assert await it.letters() == []
    assert it.webhooks.results == {"failed": 1, "delivered": 1}


async def test_what_fails_at_the_end_is_a_dead_letter(it: Working) -> None:
    it.office.always = "refused"
    it.webhooks.hear(event())
    await settle()
    (letter,) = await it.letters()
    assert (letter["failures"], letter["because"]) == (2, "refused")


async def test_who_does_not_answer_at_the_end_is_not_waited_for(it: Working) -> None:
    it.office.is_silent = True
    it.webhooks.hear(event())
    await settle()
    await it.webhooks.close(0.05)
    (letter,) = await it.letters()
    assert (letter["failures"], letter["because"]) == (0, STOPPED)


async def test_after_the_end_nothing_is_sent(it: Working) -> None:
    await it.webhooks.close()
    it.webhooks.hear(event())
    await settle()
    assert it.sent == []


async def test_more_than_fit_push_out_the_oldest(it: Working, told: list[Told]) -> None:
    it.office.is_silent = True
    for _ in range(MOST_WAITING + 1):
        it.webhooks.hear(event())
    await settle()
    (given_up,) = [fields for name, fields in told if name == "webhook_given_up"]
    assert (given_up["delivery"], given_up["because"]) == ("d1", CROWDED_OUT)
    await it.webhooks.close(0)


async def test_few_posts_are_on_their_way_to_one_hook_at_a_time(it: Working) -> None:
    it.office.is_silent = True
    for _ in range(10):
        it.webhooks.hear(event())
    await settle()
    assert len(it.sent) == webhooks.AT_ONCE
    await it.webhooks.close(0)


async def test_another_config_changes_who_is_told(it: Working) -> None:
    it.office.answers = ["refused"]
    it.webhooks.hear(event())
    await settle()
    renewed = replace(HOOK, secret="another-secret-of-ours")  # noqa: S106 - not a real one
    it.webhooks.serve_by([renewed, replace(OTHER, url="https://third.example.com/")])
    await it.fail(1)
    assert it.office.sent[-1][0] is renewed  # also what was on its way
    it.webhooks.hear(event(BACK, ROLLING))
    await settle()
    assert {hook.site for hook, _ in it.office.sent[2:]} == {
        HOOK.site,
        "https://third.example.com",
    }


async def test_a_hook_that_is_taken_out_leaves_dead_letters(it: Working) -> None:
    it.office.answers = ["refused"]
    it.webhooks.hear(event())
    await settle()
    it.webhooks.serve_by([])
    (letter,) = await it.letters()
    assert (letter["failures"], letter["because"]) == (1, REMOVED)


async def test_a_bug_of_ours_costs_no_command(it: Working, told: list[Told]) -> None:
    odd = event()
    assert odd.new is not None
    del odd.new["status"]
    it.webhooks.hear(odd)
    (name, fields) = told[-1]
    assert (name, fields["task"]) == ("webhook_broken", "hear")


async def test_a_bug_while_sending_is_told_and_leaves_a_dead_letter(
    tmp_path: Path, told: list[Told]
) -> None:
    async def post(_hook: Hook, _message: Message, _at: float) -> str:
        raise RuntimeError("odd")

    letters = DeadLetters(tmp_path)
    webhooks = Webhooks([HOOK], letters, replace(PostOffice().means(), post=post))
    webhooks.hear(event())
    await settle()
    assert [name for name, _ in told] == ["webhook_broken"]
    await webhooks.close()
    assert [name for name, _ in told] == ["webhook_broken", "webhook_given_up"]
    assert (tmp_path / FILE).exists()


def test_pauses_grow_to_ten_minutes_and_an_hour_in_all() -> None:
    found = list(pauses(lambda: 0.5))
    assert len(found) == ATTEMPTS - 1
    assert found[:4] == [2, 4, 8, 16]
    assert max(found) == LONGEST_PAUSE
    assert 50 * 60 < sum(found) < 70 * 60


def test_pauses_are_never_quite_the_same() -> None:
    assert next(pauses(lambda: 0.0)) == 1.5
    assert next(pauses(lambda: 1.0)) == 2.5


async def test_a_pause_ends_with_its_time_or_with_the_event() -> None:
    hurry = asyncio.Event()
    await pause_until(0.001, hurry)
    hurry.set()
    await pause_until(3600, hurry)


# Alerts...


async def test_an_alert_is_posted_to_whoever_wants_alerts(it: Working) -> None:
    wants = Hook("https://pager.example.com/", "fedcba9876543210", frozenset({"alert"}))
    it.webhooks.serve_by([HOOK, wants])
    it.webhooks.alert(Alert("configs_differ", "they do", False, 0.0, 9, 3))
    await settle()
    assert it.sent == [("https://pager.example.com", "alert")]


async def test_nobody_is_alerted_while_the_router_stops(it: Working) -> None:
    it.webhooks.serve_by([replace(HOOK, events=frozenset({"alert"}))])
    await it.webhooks.close()
    it.webhooks.alert(Alert("configs_differ", "they do", False, 0.0, 9, 3))
    await settle()
    assert it.sent == []
