from dataclasses import replace

import pytest

from router.compare.rules import (
    CompareRules,
    Decision,
    Fold,
    Profile,
    Tolerance,
    ValueClass,
)
from router.model import BasisPoints
from router.release.state import Release, Status
from router.routing.snapshot import Endpoint, Forward, Match, Sends, Shadow, Upstream
from router.settings.compile import compile_snapshot
from router.settings.compile_shadow import compile_rules
from router.settings.problems import Data
from router.wire.codec import Decoder, encode
from router.wire.messages import Apply
from tests.unit.settings.configs import AI, service, settings_of

KEY = bytes(range(32))


def shadow_of(release: Release | None = None, key: bytes = KEY, **keys: Data) -> Shadow | None:
    releases = {"support": release or Release("support")}
    return compile_snapshot(settings_of(service(**keys)), releases, 1, key).services[0].shadow


def said(share: int | None) -> Release:
    """Make a release whose operators said how much is copied."""
    return Release("support", shadow=None if share is None else BasisPoints(share))


def test_the_least_that_copies_says_who_gets_copies() -> None:
    pool = Upstream(
        (Endpoint("127.0.0.1", 9001),),
        first_byte_timeout=30.0,
        idle_timeout=30.0,
        max_connections=64,
        max_pending=64,
    )
    assert shadow_of(shadow={"send": "to_legacy"}) == Shadow(
        sends=Sends.TO_LEGACY,
        share=BasisPoints(10_000),
        key=KEY,
        legacy=pool,
        ai=replace(pool, endpoints=(Endpoint("127.0.0.1", 9002),)),
    )


def test_everything_about_copies_is_carried_over() -> None:
    plan: Data = {"rollback": {"shadow": "continue"}}
    copies: Data = {
        "send": "both",
        "sample": "0.5%",
        "methods": ["GET", "POST"],
        "side_effects": "none",
        "headers": {"keep": ["Authorization"], "set": {"X-Env": "shadow"}},
        "match": {"paths": ["/v1/*"], "hosts": ["a.com"], "headers": {"x-t": "1"}},
        "max_body": "1MiB",
        "max_concurrency": 8,
        "timeout": "5s",
        "repeat": 5,
        "budget": {"requests_per_second": 20, "cost_per_hour": 0.5},
    }
    compiled = compile_snapshot(
        settings_of(service(shadow=copies, release=plan)), {}, 1, KEY
    ).services[0]
    assert compiled.shadow is not None
    assert compiled.shadow == Shadow(
        sends=Sends.BOTH,
        share=BasisPoints(50),
        key=KEY,
        legacy=compiled.shadow.legacy,
        ai=compiled.shadow.ai,
        match=Match(hosts=("a.com",), paths=("/v1/*",), headers=(("x-t", "1"),)),
        methods=("GET", "POST"),
        keep=("authorization",),
        put=(("x-env", "shadow"),),
        max_body=1 << 20,
        max_concurrency=8,
        timeout=5.0,
        repeat=BasisPoints(500),
        per_second=20.0,
        cost_per_hour=0.5,
        stops_at_rollback=False,
    )
    for pool in (compiled.shadow.legacy, compiled.shadow.ai):
        assert (pool.max_connections, pool.max_pending) == (8, 8)
        assert (pool.connect_timeout, pool.first_byte_timeout, pool.idle_timeout) == (2.0, 5.0, 5.0)


def test_a_copy_connects_in_no_more_than_its_whole_time() -> None:
    compiled = shadow_of(shadow={"send": "both", "timeout": "500ms"})
    assert compiled is not None
    assert compiled.ai.connect_timeout == 0.5


def test_a_sandbox_is_spoken_to_as_its_variant_but_by_its_own_name() -> None:
    ai: Data = {"endpoints": ["https://ai:1"], "tls": {"server_name": "ai.internal"}}
    without = shadow_of(ai=ai, shadow={"send": "to_ai"})
    sandbox: Data = {"ai": ["https://sandbox:1"]}
    within = shadow_of(ai=ai, shadow={"send": "to_ai", "endpoints": sandbox})
    assert without is not None
    assert within is not None
    assert without.ai.tls.server_name == "ai.internal"
    assert within.ai.tls == replace(without.ai.tls, server_name="")
    assert within.ai.endpoints == (Endpoint("sandbox", 1, is_tls=True),)
    assert within.legacy == without.legacy


def test_ai_is_not_told_by_a_copy_what_it_is_not_told_by_a_user() -> None:
    forward: Data = {"drop_headers": ["Cookie"], "mask": ["json:/customer/email"]}
    settings = settings_of(service(ai={**AI, "forward": forward}, shadow={"send": "both"}))
    compiled = compile_snapshot(settings, {}, 1, KEY).services[0]
    assert compiled.shadow is not None
    assert compiled.ai.forward == Forward(("cookie",), ("/customer/email",))
    assert compiled.shadow.ai.forward == compiled.ai.forward
    assert compiled.legacy.forward == compiled.shadow.legacy.forward == Forward()


def test_legacy_may_be_told_less_as_well() -> None:
    told: Data = {"drop_headers": ["x-ai"], "mask": ["json:/items/*/note"]}
    legacy: Data = {"endpoints": ["http://127.0.0.1:9001"], "forward": told}
    settings = settings_of(service(legacy=legacy, shadow={"send": "both"}))
    compiled = compile_snapshot(settings, {}, 1, KEY).services[0]
    assert compiled.shadow is not None
    assert compiled.legacy.forward == Forward(("x-ai",), ("/items/*/note",))
    assert compiled.shadow.legacy.forward == compiled.legacy.forward


@pytest.mark.parametrize(
    ("share", "sampled"), [(None, 1000), (50, 50), (10_000, 10_000), (0, None)]
)
def test_what_operators_said_stands_above_the_file(share: int | None, sampled: int | None) -> None:
    compiled = shadow_of(said(share), shadow={"send": "both", "sample": 10})
    assert (compiled and compiled.share) == sampled


def test_nothing_is_copied_where_the_file_says_nothing_of_it() -> None:
    assert shadow_of(said(10_000)) is None
    assert shadow_of(shadow={"send": "both", "sample": 0}) is None


def test_nothing_is_drawn_without_a_key() -> None:
    assert shadow_of(key=b"", shadow={"send": "both"}) is None


def test_a_rollback_changes_nothing_of_what_is_said_of_copies() -> None:
    rolled_back = Release("support", Status.ROLLED_BACK, epoch=1, revision=2, phase=3)
    settings = settings_of(service(shadow={"send": "both"}))
    compiled = compile_snapshot(settings, {"support": rolled_back}, 1, KEY).services[0]
    assert compiled.phase == 3
    assert compiled.shadow is not None
    assert compiled.shadow.stops_at_rollback


def test_a_key_reaches_workers_and_no_text() -> None:
    settings = settings_of(service(shadow={"send": "both"}))
    snapshot = compile_snapshot(settings, {}, 1, KEY)
    (arrived,) = Decoder().feed(encode(Apply(snapshot)))
    assert arrived == Apply(snapshot)
    assert "x1f" not in repr(snapshot)


def test_the_least_config_compares_everything_as_it_is() -> None:
    assert compile_rules(settings_of(service("a"))) == {"a": CompareRules()}


def test_everything_about_comparison_is_carried_over() -> None:
    compare: Data = {
        "profile": "openai",
        "status": False,
        "headers": ["Content-Type"],
        "ignore": ["/request_id"],
        "classes": {"/at": "timestamp", "": "any"},
        "tolerance": {"/score": {"absolute": 0.05, "relative": 0.01}, "/rank": {"absolute": 1}},
        "unordered": ["/tags", ""],
        "match_by": {"/items": "id"},
        "fold": {"case": True, "null_is_missing": True},
        "text": {"/answer": {"similarity": 0.85}},
        "decision": {"legacy": "/label", "ai": "/result/label", "map": {"REFUND": "refund"}},
        "custom": "my_module:compare",
        "budget": 0.25,
        "mask": ["json:/customer/email", "header:X-Customer"],
        "record": "diff",
    }
    assert compile_rules(settings_of(service(compare=compare)))["support"] == CompareRules(
        profile=Profile.OPENAI,
        status=False,
        headers=("content-type",),
        ignore=("/request_id",),
        classes=(("/at", ValueClass.TIMESTAMP), ("", ValueClass.ANY)),
        tolerance=(("/score", Tolerance(0.05, 0.01)), ("/rank", Tolerance(1.0, 0.0))),
        unordered=("/tags", ""),
        match_by=(("/items", "id"),),
        fold=Fold(case=True, null_is_missing=True),
        text=(("/answer", 0.85),),
        decision=Decision("/label", "/result/label", (("REFUND", "refund"),)),
        custom="my_module:compare",
        budget=0.25,
        mask=("/customer/email", "header:x-customer"),
        record="diff",
    )
