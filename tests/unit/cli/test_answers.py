from typing import Any

import pytest

from router.cli.answers import (
    is_chain,
    is_change,
    is_divergences,
    is_events,
    is_listing,
    is_pair,
    is_problem,
    is_rehearsal,
    is_release,
    is_reload,
    is_replicas,
    is_report,
    is_reports,
    is_service,
)
from tests.support.admin_double import RELEASE, RELOADED, REPLICA, REPORT, SERVICE, WORKER
from tests.support.compared import ANSWERS, BARE, METRICS, PAIR

CHANGE = {**RELEASE, "missing": [], "applied_ms": 1.7}


@pytest.mark.parametrize("field", RELEASE)
@pytest.mark.parametrize("wrong", [(), object()], ids=["tuple", "object"])
def test_a_release_has_all_its_fields_and_each_of_its_type(field: str, wrong: object) -> None:
    assert is_release(RELEASE)
    assert not is_release({name: value for name, value in RELEASE.items() if name != field})
    assert not is_release({**RELEASE, field: wrong})


def test_stages_are_numbers() -> None:
    assert not is_release({**RELEASE, "stages": ["5"]})


def test_a_share_that_nobody_has_used_yet_is_a_release_too() -> None:
    assert is_release({**RELEASE, "effective_percent": None, "percent": 0})


def test_fallbacks_are_counts() -> None:
    assert is_release({**RELEASE, "fallbacks": {"connect": 3}})
    assert not is_release({**RELEASE, "fallbacks": {"connect": "3"}})


def test_a_service_is_a_release_with_its_endpoints() -> None:
    assert is_service(SERVICE)
    assert not is_service(RELEASE)
    for wrong in (None, {"ai": None}, {"ai": [None]}, {"ai": [{"endpoint": "10.0.0.6:9002"}]}):
        assert not is_service({**SERVICE, "endpoints": wrong})


def test_a_listing_holds_releases_only() -> None:
    assert is_listing({"services": [RELEASE, RELEASE]})
    assert not is_listing({"services": [RELEASE, {}]})
    assert not is_listing({"services": None})


def test_a_drill_is_a_report_and_the_release_that_follows() -> None:
    drill = {"report": REPORT, "restored": False, "because": "ill", "release": RELEASE}
    assert is_rehearsal(drill)
    for field, wrong in (("report", {}), ("release", {}), ("restored", 1), ("because", 0)):
        assert not is_rehearsal({**drill, field: wrong})
    assert not is_rehearsal(REPORT)


def test_a_change_is_a_release_and_what_became_of_it() -> None:
    assert is_change(CHANGE)
    assert not is_change(RELEASE)
    assert not is_change({"missing": [], "applied_ms": 1.7})


def test_replicas_are_routers_with_their_workers() -> None:
    assert is_replicas({"replicas": [REPLICA]})
    assert not is_replicas({"replicas": [REPLICA, {}]})
    assert not is_replicas({"replicas": [{**REPLICA, "workers": [WORKER, {}]}]})
    for field in REPLICA:
        assert not is_replicas({"replicas": [{**REPLICA, field: object()}]})


def test_a_reload_has_all_its_fields_and_whole_certificates() -> None:
    certificate = {"place": "proxy.tls.cert", "subject": "CN=a", "expires": None}
    assert is_reload({**RELOADED, "certificates": [certificate]})
    assert not is_reload({**RELOADED, "certificates": [certificate, {}]})
    for field in RELOADED.keys() - {"acknowledged"}:
        assert not is_reload({**RELOADED, field: object()})


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "detail",
        {"detail": "x"},
        {"code": 4, "detail": "x"},
        {"code": "x", "detail": "x", "problems": 7},
    ],
)
def test_a_refusal_names_its_code_and_its_reason(data: Any) -> None:
    assert is_problem({"code": "refused", "detail": "x"})
    assert not is_problem(data)


@pytest.mark.parametrize("field", REPORT.keys() - {"percent", "missing", "problems"})
def test_a_report_has_all_its_fields_and_each_of_its_type(field: str) -> None:
    assert is_report(REPORT)
    assert is_reports({"reports": [REPORT]})
    wrong = {**REPORT, field: object()}
    assert not is_report(wrong)
    assert not is_reports({"reports": [REPORT, wrong]})


def test_what_is_never_known_is_a_report_too() -> None:
    unknown = dict.fromkeys(("applied_ms", "last_ai_byte_ms", "bound_s"))
    assert is_report({**REPORT, **unknown})
    assert not is_report({**REPORT, "replicas": [{"replica": "r1"}]})


def test_a_chain_is_links_and_its_end() -> None:
    link = {"sequence": 1, "text": "{}", "hash": "0"}
    head = {"sequence": 1, "hash": "0"}
    assert is_chain({"links": [link], "head": head})
    assert not is_chain({"links": [link, {}], "head": head})
    assert not is_chain({"links": [link], "head": {}})
    assert not is_chain({"links": [link]})


def test_events_have_all_their_fields() -> None:
    event: dict[str, Any] = {
        **dict.fromkeys(("at", "who", "from", "command", "service", "why"), ""),
        **dict.fromkeys(("old", "new", "refused")),
        "sequence": 1,
        "accepted": True,
    }
    assert is_events({"events": [event], "next": None})
    assert not is_events({"events": [event], "next": "1"})
    for field in event:
        assert not is_events({"events": [{**event, field: object()}], "next": 7})
    assert not is_events({"events": [{**event, "new": {"percent": 5}}], "next": 7})


@pytest.mark.parametrize("said", [ANSWERS, METRICS], ids=["answers", "metrics"])
def test_divergences_have_all_their_fields(said: dict[str, Any]) -> None:
    assert is_divergences(said)
    for name in said:
        assert not is_divergences({key: value for key, value in said.items() if key != name})


def test_divergences_are_made_of_whole_parts() -> None:
    for part in ("coverage", "summary"):
        assert not is_divergences({**ANSWERS, part: {}})
    for part in ("fields", "samples"):
        assert not is_divergences({**ANSWERS, part: [{}]})
    assert not is_divergences({**METRICS, "minutes": [{}]})


def test_a_pair_may_lack_its_contents() -> None:
    assert is_pair(PAIR)
    assert is_pair(BARE)
    for name in ("id", "service", "legacy", "ai", "differences", "contents", "withheld"):
        assert not is_pair({key: value for key, value in PAIR.items() if key != name})
