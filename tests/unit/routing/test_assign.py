import subprocess
import sys
from dataclasses import replace

import pytest

from router.model import Reason, Variant
from router.routing.assign import NO_BUCKET, Assigner, Assignment
from router.routing.snapshot import (
    Condition,
    CookiePolicy,
    Force,
    Place,
    PlaceKind,
    Rule,
    Split,
)
from tests.support.views import BY_USER, MINTED, View, asks, assign, assigner, service

DENY = Rule(Condition(headers=(("x-contract", "true"),)), Variant.LEGACY)
ALLOW = Rule(Condition(headers=(("x-employee", "true"),)), Variant.AI)
FORCE = Force("x-gray-variant", ("10.9.0.0/16",))
EVERYTHING = Split("support", BY_USER, rules=(ALLOW, DENY), force=FORCE)
WITH_COOKIE = Split("support", BY_USER, cookie=CookiePolicy("gray_id", 60))
BY_BODY = Split("support", (Place(PlaceKind.JSON, "/id"), *BY_USER))

LEGACY, AI = Variant.LEGACY, Variant.AI
INSIDE, OUTSIDE = b"10.9.0.7", b"10.8.0.7"
USER_1 = 1733  # the bucket of `user-1` under the salt `support`


@pytest.mark.parametrize(
    ("share", "client", "headers", "variant", "reason"),
    [
        (0, OUTSIDE, {}, LEGACY, Reason.BUCKET),
        (10_000, OUTSIDE, {}, AI, Reason.BUCKET),
        (USER_1, OUTSIDE, {}, LEGACY, Reason.BUCKET),
        (USER_1 + 1, OUTSIDE, {}, AI, Reason.BUCKET),
        (0, OUTSIDE, {"x_employee": "true"}, AI, Reason.ALLOWED),
        (10_000, INSIDE, {"x_gray_variant": "legacy"}, LEGACY, Reason.FORCED),
        (0, INSIDE, {"x_gray_variant": "ai"}, AI, Reason.FORCED),
        (0, INSIDE, {"x_gray_variant": "legacy", "x_employee": "true"}, LEGACY, Reason.FORCED),
        (0, OUTSIDE, {"x_gray_variant": "ai"}, LEGACY, Reason.BUCKET),
        (0, INSIDE, {"x_gray_variant": "AI"}, LEGACY, Reason.BUCKET),
        (0, INSIDE, {"x_gray_variant": ""}, LEGACY, Reason.BUCKET),
        (10_000, INSIDE, {"x_contract": "true"}, LEGACY, Reason.DENIED),
        (10_000, INSIDE, {"x_contract": "true", "x_gray_variant": "ai"}, LEGACY, Reason.DENIED),
        (10_000, INSIDE, {"x_contract": "true", "x_employee": "true"}, LEGACY, Reason.DENIED),
    ],
)
def test_the_stronger_word_decides(
    share: int, client: bytes, headers: dict[str, str], variant: Variant, reason: Reason
) -> None:
    head = asks(x_user_id="user-1", **headers)
    bucket = USER_1 if reason is Reason.BUCKET else NO_BUCKET
    assert assign(assigner(EVERYTHING, share=share), head, client) == Assignment(
        variant, reason, bucket
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_user_id": "user-1"},
        {"x_employee": "true"},
        {"x_gray_variant": "ai"},
        {"x_contract": "true"},
        {"cookie": f"gray_id={MINTED.decode()}"},
    ],
)
def test_after_a_rollback_nothing_reaches_ai(headers: dict[str, str]) -> None:
    split = replace(EVERYTHING, cookie=CookiePolicy("gray_id", 60))
    it = assigner(split, share=10_000, rolled_back=True)
    assert assign(it, asks(**headers), INSIDE) == Assignment(LEGACY, Reason.ROLLED_BACK)


def test_only_the_first_forcing_field_counts() -> None:
    head = View(fields=[(b"x-gray-variant", b"nonsense"), (b"x-gray-variant", b"ai")])
    it = assigner(Split("support", (Place(PlaceKind.CLIENT_IP),), force=FORCE))
    assert assign(it, head, INSIDE).reason is Reason.BUCKET


def test_the_first_key_that_is_there_counts() -> None:
    keys = (*BY_USER, Place(PlaceKind.COOKIE, "session"), Place(PlaceKind.CLIENT_IP))
    it = assigner(Split("support", keys))

    def bucket(head: View) -> int:
        return assign(it, head, b"user-2").bucket

    assert bucket(asks(x_user_id="user-1", cookie="session=u")) == USER_1
    assert bucket(asks(x_user_id="", cookie="session=u")) == 7375
    assert bucket(asks(cookie="session=")) == 1628
    assert bucket(asks()) == 1628


def test_a_user_stays_when_the_key_moves_to_another_place() -> None:
    places = [
        (Place(PlaceKind.HEADER, "x-user-id"), asks(x_user_id="user-1"), None),
        (Place(PlaceKind.COOKIE, "user"), asks(cookie="user=user-1"), None),
        (Place(PlaceKind.QUERY, "user"), asks(b"/?user=user-1"), None),
        (Place(PlaceKind.JSON, "/user"), asks(), b'{"user": "user-1"}'),
    ]
    for place, head, body in places:
        assert assign(assigner(Split("support", (place,))), head, body=body).bucket == USER_1


def test_a_caller_without_a_key_gets_a_cookie_and_stays_by_it() -> None:
    it = assigner(WITH_COOKIE, share=5000)
    first = assign(it, asks())
    assert first.new_cookie == MINTED
    again = assign(it, asks(cookie=f"a=b; gray_id={MINTED.decode()}"))
    assert again == Assignment(first.variant, Reason.BUCKET, first.bucket)


def test_a_caller_with_a_key_gets_no_cookie() -> None:
    assert assign(assigner(WITH_COOKIE), asks(x_user_id="user-1")).new_cookie is None


@pytest.mark.parametrize(
    "value", ["", "me", MINTED.decode().upper(), MINTED.decode() + "0", MINTED.decode()[1:] + "\n"]
)
def test_a_cookie_that_is_not_ours_is_replaced(value: str) -> None:
    assert assign(assigner(WITH_COOKIE), asks(cookie=f"gray_id={value}")).new_cookie == MINTED


def test_our_cookie_is_found_behind_a_foreign_one_of_its_name() -> None:
    head = asks(cookie=f"gray_id=me; gray_id={MINTED.decode()}")
    assert assign(assigner(WITH_COOKIE), head).new_cookie is None


@pytest.mark.parametrize(
    ("roll", "share", "variant"),
    [(0, 0, LEGACY), (0, 1, AI), (1, 1, LEGACY), (9999, 9999, LEGACY), (9999, 10_000, AI)],
)
def test_without_key_and_cookie_the_dice_decide(roll: int, share: int, variant: Variant) -> None:
    it = assigner(Split("support"), share=share)
    assert assign(it, asks(), roll=roll) == Assignment(variant, Reason.RANDOM, roll)


@pytest.mark.parametrize(
    ("body", "bucket"),
    [
        (b'{"id": "user-2"}', 1628),
        (b'{"id": ["user-2"]}', USER_1),
        (b'{"id": null}', USER_1),
        (b'{"id"', USER_1),
        (b"", USER_1),
        (None, USER_1),
    ],
)
def test_without_a_readable_key_in_the_body_the_next_place_counts(
    body: bytes | None, bucket: int
) -> None:
    assert assign(assigner(BY_BODY), asks(x_user_id="user-1"), body=body).bucket == bucket


def test_a_body_is_wanted_only_where_something_reads_it() -> None:
    rule = Rule(Condition(json=(("/contract", True),)), LEGACY)
    assert assigner(BY_BODY).needs_body
    assert assigner(Split("support", rules=(rule,))).needs_body
    assert not assigner(EVERYTHING).needs_body
    assert not Assigner(service(None, BY_BODY, rolled_back=True), lambda: MINTED).needs_body


def test_a_rule_on_the_body_denies_ai() -> None:
    rule = Rule(Condition(json=(("/contract", True),)), LEGACY)
    it = assigner(Split("support", BY_USER, rules=(rule,)), share=10_000)
    head = asks(x_user_id="user-1")
    assert assign(it, head, body=b'{"contract": true}').reason is Reason.DENIED
    assert assign(it, head, body=b'{"contract": "true"}').reason is Reason.BUCKET


LOADED = """
import sys
from router.routing.assign import Assigner
from tests.support.views import assigner
from tests.unit.routing.test_assign import {split}
assert "orjson" not in sys.modules
assigner({split})
print("orjson" in sys.modules)
"""


@pytest.mark.parametrize(("split", "loaded"), [("EVERYTHING", "False"), ("BY_BODY", "True")])
def test_the_json_library_is_loaded_only_for_services_that_read_bodies(
    split: str, loaded: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(split=split)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout.strip()) == ("", loaded)
