"""The page of a router that really runs: who signs in, what is changed, and the way back."""

import hashlib
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.support.browser import DESKTOP, PHONE, sized
from tests.support.serving import RunningRouter, service
from tests.support.visit import BACK, Visit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

NOBODY = 9
"""The port of the discard service; nothing is ever asked there."""

SERVICES = [service(legacy=NOBODY, ai=NOBODY, split={"cache": "private"})]
TOKENS = {"ada.lovelace": "operator", "grace.hopper": "viewer"}
"""By name, which is the token too."""


@pytest.fixture(scope="module")
def router() -> Iterator[RunningRouter]:
    tokens = [
        {"name": name, "role": role, "sha256": hashlib.sha256(name.encode()).hexdigest()}
        for name, role in TOKENS.items()
    ]
    with RunningRouter({"services": SERVICES, "admin": {"tokens": tokens}}) as running:
        yield running


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_share_is_set_and_taken_back(
    chrome: Chrome, router: RunningRouter, size: tuple[int, int]
) -> None:
    sized(chrome, size)
    visit = Visit(chrome, router.admin_url)
    visit.sign_in("ada.lovelace")

    visit.find("#percent").send_keys("35")
    visit.reads("#foretold", "→ 35 %")
    visit.find("#reason").send_keys("calm so far")
    visit.press(".set")
    visit.reads(".controls .told", "Done: 35 % to AI, acknowledged everywhere in ")
    visit.reads(".number", "35 % to AI")
    visit.reads(".decided", "calm so far")

    visit.press(BACK)
    visit.reads(".rollback .large", "support: 0 % to AI, confirmed by all ")
    visit.reads(".rollback", "It is kept in the store.")
    workers = len(visit.all(".rollback .heard li")) - 1  # the first one: they are told
    assert f"all {workers} workers" in visit.find(".rollback .large").text
    visit.reads(".badge", "rolled back")
    visit.reads(".router", f"{workers} workers serve revision ")
    visit.reads(".events li", "ada.lovelace rollback: 35 % → 0 %")
    visit.press(".dismiss")
    assert visit.complaints() == []


def test_a_viewer_can_look_and_nothing_else(chrome: Chrome, router: RunningRouter) -> None:
    sized(chrome, DESKTOP)
    visit = Visit(chrome, router.admin_url)
    visit.sign_in("grace.hopper")
    visit.reads("#who", "grace.hopper (viewer)")
    buttons = chrome.find_elements(By.TAG_NAME, "button")
    assert [each.text for each in buttons] == ["Sign out"]
    buttons[0].click()
    visit.find("#token")
    assert visit.complaints() == []


def test_a_refusal_of_the_router_is_told_in_its_words(
    chrome: Chrome, router: RunningRouter
) -> None:
    sized(chrome, DESKTOP)
    visit = Visit(chrome, router.admin_url)
    visit.open()
    visit.find("#token").send_keys("guessed\n")
    visit.reads(".sign-in .told", "Not signed in: this token is not known here.")


def test_without_tokens_this_machine_may_operate_and_a_killed_router_is_noticed(
    chrome: Chrome,
) -> None:
    sized(chrome, DESKTOP)
    with RunningRouter({"services": SERVICES}) as router:
        visit = Visit(chrome, router.admin_url)
        visit.open()
        visit.find(BACK)
        assert visit.find("#who").text == "local (operator)"
        assert visit.complaints() == []
        router.process.terminate()
        visit.reads(".lost", "Connection to the router lost. These numbers are")
        visit.reads(".lost pre", f"gray-router rollback support --admin {router.admin_url}")
