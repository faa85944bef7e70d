"""What somebody sees and does on the page, in a browser; the API behind it is a double."""

import pytest
from selenium.common.exceptions import JavascriptException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser import DESKTOP, PHONE, sized
from tests.support.contrast import faint_texts
from tests.support.page_double import TOKENS, DoubledVisit, release
from tests.support.visit import BACK

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

OPERATOR, VIEWER = TOKENS


# Who...


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_operator_signs_in_sets_a_share_and_rolls_back(
    visit: DoubledVisit, size: tuple[int, int]
) -> None:
    sized(visit.chrome, size)
    visit.sign_in()
    visit.reads(".number", "20 % to AI")

    visit.find("#percent").send_keys("35")
    visit.reads("#foretold", "20 % → 35 %: about 63,315 requests an hour to AI")
    visit.find("#reason").send_keys("calm so far")
    visit.press(".set")
    visit.reads(".controls .told", "Done: 35 % to AI, acknowledged everywhere in 2 ms.")
    visit.reads(".number", "35 % to AI")
    visit.reads(".decided", "calm so far")

    visit.press(BACK)
    visit.reads(".rollback .heard", "worker-3 on r1 sends nobody to AI any more, after 3.0 ms")
    assert visit.all(".rollback .large") == []
    visit.double.may_report.set()
    visit.reads(".rollback .large", "support: 0 % to AI, confirmed by all 3 workers within 3.1 ms.")
    visit.reads(".number", "0 % to AI")
    assert visit.find(".rollback .large").is_displayed()
    visit.press(".dismiss")
    visit.until(lambda _: not visit.all(".rollback"))

    (method, path, body, headers), (back, back_path, back_body, _) = visit.double.heard
    assert (method, path) == ("PUT", "/api/v1/services/support/percent")
    assert body == {"percent": 35, "reason": "calm so far"}
    assert (headers["If-Match"], headers["x-gray-csrf"]) == ('"4"', "the-csrf")
    assert (back, back_path) == ("POST", "/api/v1/services/support/rollback")
    assert back_body == {"reason": ""}
    assert visit.complaints() == []


def test_a_wrong_token_is_refused_in_words(visit: DoubledVisit) -> None:
    visit.open()
    visit.find("#token").send_keys("guessed", Keys.ENTER)
    visit.reads(".sign-in .told", "Not signed in: the token is not known here.")


def test_a_viewer_sees_everything_and_no_button_but_the_way_out(visit: DoubledVisit) -> None:
    visit.sign_in(VIEWER)
    visit.reads(".events", "none yet")
    buttons = [each.text for each in visit.chrome.find_elements(By.TAG_NAME, "button")]
    assert buttons == ["Sign out"]
    assert visit.chrome.find_elements(By.TAG_NAME, "input") == []


def test_where_there_are_no_tokens_nobody_signs_in(visit: DoubledVisit) -> None:
    visit.double.has_tokens = False
    visit.open()
    visit.find(BACK)
    assert visit.find("#who").text == "local (operator)"
    assert visit.complaints() == []


def test_a_session_that_has_ended_asks_for_the_token_again(visit: DoubledVisit) -> None:
    visit.sign_in()
    visit.double.signed_in.clear()
    visit.reads(".sign-in .told", "Your session has ended.")


# What stands there...


def test_ai_stands_beside_legacy_and_the_difference_is_stressed(visit: DoubledVisit) -> None:
    visit.sign_in()
    rows = [each.text for each in visit.all(".measures tbody tr")]
    assert rows[:3] == [
        "Requests a second 40 10",
        "Errors (5xx) 0.10 % 3.10 % +3.00 points worse",
        "Latency p50 12 ms 41 ms \u00d7 3.39 worse",
    ]
    visit.reads(".measures", "legacy answered 3 times in AI's place (connect 3)")


def test_everybody_who_wanted_a_raise_is_named(visit: DoubledVisit) -> None:
    visit.double.services[0]["approved_by"] = ["alan.turing"]
    visit.sign_in()
    visit.reads(".decided", "by ada.lovelace, approved by alan.turing: first users are content")


def test_what_comes_from_the_server_is_text_whatever_stands_in_it(visit: DoubledVisit) -> None:
    evil = "<img src=x onerror=alert(1)><b>bold</b>"
    visit.double.services = [release(evil, reason=evil, by=evil)]
    visit.double.events = [
        {"at": "2026-11-21T10:00:00.000Z", "who": evil, "command": evil, "service": evil}
        | {"why": evil, "old": None, "new": None, "accepted": False, "refused": evil}
    ]
    visit.sign_in()
    visit.reads(".events", evil)
    assert visit.find("#service-name").text == evil
    assert visit.run("return document.querySelectorAll('main img, main b').length") == 0
    assert visit.complaints() == []


def test_not_even_our_own_script_could_make_html_of_a_text(visit: DoubledVisit) -> None:
    visit.sign_in()
    with pytest.raises(JavascriptException, match="TrustedHTML"):
        visit.run("document.getElementById('who').innerHTML = '<b>bold</b>'")
    assert visit.find("#who").text == "grace.hopper (operator) Sign out"


def test_a_worker_that_serves_by_an_older_revision_is_named(visit: DoubledVisit) -> None:
    visit.double.behind = ["worker-2"]
    visit.sign_in()
    visit.reads(".router", "2 of 3 workers serve revision 4")
    visit.reads(".router li", "worker-2: at revision 3")


def test_other_routers_are_shown_with_what_they_serve_by(visit: DoubledVisit) -> None:
    other = {"replica": "r2", "is_asked": False, "silent": False, "running": 2, "workers": []}
    visit.double.beside = [
        {**other, "stands": {"support": [0, 4]}},
        {**other, "replica": "r3", "silent": True, "stands": {"support": [0, 3]}},
    ]
    visit.sign_in()
    visit.reads(".router:nth-of-type(2)", "r2: 2 workers serve revision 4")
    visit.reads(".router:nth-of-type(3)", "r3 (says nothing any more): at revision 3")


def test_times_are_told_in_the_readers_zone_and_in_utc(visit: DoubledVisit) -> None:
    visit.chrome.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    try:
        visit.sign_in()
        decided = visit.find(".decided time")
        assert decided.get_attribute("title") == "2026-11-20T14:13:20.000Z"
        assert "11:13" in decided.text
    finally:
        visit.chrome.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


# What is done...


def test_a_refusal_is_told_in_words_before_and_after(visit: DoubledVisit) -> None:
    detail = "90 percent is too large a step; at most 50 percent may be next"
    visit.double.refusal = {"code": "step_too_large", "detail": detail}
    visit.sign_in()
    visit.find("#percent").send_keys("90")
    visit.reads("#foretold", f"Would be refused now: {detail}.")
    visit.press(".set")
    visit.reads(".controls .told", f"Refused: {detail}.")


def test_what_waits_for_approval_has_a_button(visit: DoubledVisit) -> None:
    visit.double.services[0]["pending"] = {
        "command": "promote",
        "percent": 50.0,
        "by": "alan.turing",
        "reason": "two calm days",
        "expires_at": "2026-11-22T10:00:00.000Z",
        "approved_by": [],
    }
    visit.sign_in()
    visit.reads(".pending", "alan.turing asks for 50 %")
    visit.press(".approve")
    visit.reads(".controls .told", "Done: 50 % to AI")
    assert visit.double.heard[0][:2] == ("POST", "/api/v1/services/support/approve")


def test_a_rollback_without_a_bound_is_said_above_the_share(visit: DoubledVisit) -> None:
    visit.double.services[0]["unbounded_because"] = "whoever is not reached goes on"
    visit.sign_in()
    visit.reads(".unbounded", "A rollback has no bound: whoever is not reached goes on.")
    visit.double.services[0]["unbounded_because"] = None
    visit.until(lambda _: not visit.all(".unbounded"))


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("idle", ["Set", "Start at 5 %"]),
        ("rolling", ["Set", "Promote to 50 %", "Pause"]),
        ("paused", ["Set", "Resume"]),
        ("complete", ["Set"]),
        ("rolled_back", ["Set", "Start at 5 %"]),
    ],
)
def test_only_what_is_possible_is_offered(
    visit: DoubledVisit, status: str, offered: list[str]
) -> None:
    visit.double.services[0]["status"] = status
    visit.sign_in()
    assert [each.text for each in visit.all(".moves button")] == offered
    assert visit.find(BACK).is_enabled()


def test_a_rollback_that_is_not_confirmed_is_told_loudly(visit: DoubledVisit) -> None:
    visit.double.report = {
        "complete": False,
        "durable": "none",
        "replicas": [{"replica": "r1", "workers": 3, "acked": 2, "applied_ms": None}],
        "missing": ["worker-2"],
        "bound_s": 25.0,
        "problems": ["the journal: No space left on device"],
    }
    visit.double.may_report.set()
    visit.sign_in()
    visit.press(BACK)
    visit.reads(".incomplete .large", "NOT CONFIRMED by 1 worker (worker-2)")
    visit.reads(".incomplete .large", "They are safe by themselves within 25 s.")
    visit.reads(".incomplete", "It could NOT be kept")
    visit.reads(".incomplete", "No space left on device")


def test_a_rollback_tells_of_every_replica_and_who_of_them_is_silent(visit: DoubledVisit) -> None:
    visit.double.others = [
        {"replica": "r2", "workers": 2, "acked": 1, "applied_ms": 12.0},
        {"replica": "r2", "workers": 2, "acked": 2, "applied_ms": 17.0},
        {"replica": "r3", "workers": 1, "acked": 1, "applied_ms": 19.0},
    ]
    visit.double.report = {
        "complete": False,
        "replicas": [
            {"replica": "r1", "workers": 3, "acked": 3, "applied_ms": 3.1},
            {"replica": "r2", "workers": 2, "acked": 2, "applied_ms": 17.0},
            {"replica": "r3", "workers": 1, "acked": 1, "applied_ms": 19.0},
            {"replica": "r4", "workers": 2, "acked": 0, "applied_ms": None},
        ],
        "missing": ["r4"],
        "bound_s": 25.1,
        "provided": "the store was not reached",
    }
    visit.double.may_report.set()
    visit.sign_in()
    visit.press(BACK)
    visit.reads(".heard", "1 of 2 workers on r2 send nobody to AI any more, after 12 ms")
    visit.reads(".heard", "all 2 workers on r2 send nobody to AI any more, after 17 ms")
    visit.reads(".heard", "the worker on r3 sends nobody to AI any more, after 19 ms")
    visit.reads(".incomplete .large", "NOT CONFIRMED by r4.")
    visit.reads(".incomplete .large", "Mind: the store was not reached.")


def test_all_services_are_rolled_back_by_one_press(visit: DoubledVisit) -> None:
    visit.double.services.append(release("orders"))
    visit.double.may_report.set()
    visit.sign_in()
    assert [each.text for each in visit.all(".overview .name")] == ["support", "orders"]
    visit.press(".overview .back")
    visit.reads(".rollback .large", "orders: 0 % to AI")
    visit.reads(".rollback .large", "support: 0 % to AI")
    assert [heard[:3] for heard in visit.double.heard] == [
        ("POST", "/api/v1/rollback", {"reason": ""})
    ]


# When nobody answers...


def test_a_lost_connection_is_told_at_once_with_the_way_around_it(visit: DoubledVisit) -> None:
    visit.sign_in()
    visit.double.stop()
    visit.reads(".lost", "Connection to the router lost. These numbers are")
    command = f"gray-router rollback support --admin {visit.double.url}"
    visit.reads(".lost pre", command)
    assert visit.find("#connection").text == "connection lost"

    visit.press(BACK)
    visit.reads(".rollback .large", "No answer. It may have arrived or not.")
    visit.reads(".rollback pre", command)


def test_whoever_waits_for_an_answer_is_told_the_other_way(visit: DoubledVisit) -> None:
    visit.double.may_publish.clear()
    visit.sign_in()
    visit.press(BACK)
    visit.reads(".rollback .large", "No answer yet. Do not wait for this page.")
    visit.reads(".rollback pre", f"gray-router rollback support --admin {visit.double.url}")
    visit.double.may_publish.set()
    visit.double.may_report.set()
    visit.reads(".rollback .large", "support: 0 % to AI, confirmed")
    assert visit.all(".rollback pre") == []


def test_another_s_answer_is_no_answer_until_the_router_is_heard_again(visit: DoubledVisit) -> None:
    visit.sign_in()
    visit.double.stranger = "<h1>We will be back soon</h1>"
    visit.reads(".lost", "Connection to the router lost.")
    visit.double.stranger = ""
    visit.until(lambda _: not visit.all(".lost"))
    assert visit.find("#connection").text == "live"


def test_whatever_stands_behind_the_hash_the_page_shows_a_service(visit: DoubledVisit) -> None:
    visit.double.services.append(release("orders & co"))
    visit.sign_in()
    for written, shown in (
        ("%", "support"),
        ("orders%20%26%20co", "orders & co"),
        ("?", "support"),
    ):
        visit.run(f"location.hash = '{written}'")
        visit.reads("#service-name", shown)
    assert visit.complaints() == []


# For everybody...


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_text_can_be_read_and_nothing_sticks_out(
    visit: DoubledVisit, size: tuple[int, int], scheme: str
) -> None:
    sized(visit.chrome, size, scheme=scheme)
    visit.double.services.append(release("a-service-with-a-" + "very-" * 12 + "long-name"))
    visit.double.may_report.set()
    visit.sign_in()
    visit.press(BACK)
    visit.find(".rollback .large")
    assert faint_texts(visit.chrome) == []
    width = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    needed, there = visit.run(width)
    assert needed <= there


def test_the_rollback_is_the_first_thing_that_the_keyboard_reaches(visit: DoubledVisit) -> None:
    visit.double.has_tokens = False
    visit.double.may_report.set()
    visit.open()
    button = visit.find(BACK)
    visit.find("body").send_keys(Keys.TAB)
    assert visit.chrome.switch_to.active_element == button
    visit.chrome.switch_to.active_element.send_keys(Keys.ENTER)
    visit.reads(".rollback .large", "support: 0 % to AI")
    visit.find("body").send_keys(Keys.TAB)
    assert visit.chrome.switch_to.active_element.text == "Dismiss"


def test_everything_that_is_used_has_a_name_and_news_are_announced(visit: DoubledVisit) -> None:
    visit.sign_in()
    used = visit.all("button, input, [role=img], article")
    assert [each.get_attribute("outerHTML") for each in used if not each.accessible_name] == []
    visit.press(BACK)
    assert visit.find(".rollback .heard").aria_role == "log"
    visit.double.may_report.set()
    visit.find(".rollback .large")
    assert visit.find(".rollback .verdict").aria_role == "alert"


def test_a_page_that_nobody_looks_at_asks_less_often(visit: DoubledVisit) -> None:
    visit.sign_in()
    hide = "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
    visit.run(f"{hide} document.dispatchEvent(new Event('visibilitychange'))")
    pause = "return new Promise((done) => setTimeout(done, arguments[0]))"
    visit.chrome.execute_script(pause, 1000)  # for the look that hiding has begun
    before = visit.double.looks
    visit.chrome.execute_script(pause, 2500)
    assert visit.double.looks == before
