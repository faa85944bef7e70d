from dataclasses import replace

import pytest

from router.compare.pair import Asked, Fields
from router.model import Variant
from router.proxy.shadow.shadows import dropped_fields
from router.replay.copying import fields_for
from router.routing.shadowing import CREDENTIALS
from router.routing.snapshot import Forward, HeaderPolicy, Shadow
from tests.support.shadows import shadow_to

RECORDED = Asked(
    b"POST",
    b"/v1/classify",
    [
        (b"host", b"support.example.com"),
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"connection", b"keep-alive"),
        (b"authorization", b"Bearer secret"),
        (b"cookie", b"session=1"),
        (b"idempotency-key", b"one"),
        (b"x-request-id", b"of-then"),
        (b"x-gray-variant", b"ai"),
        (b"x-env", b"production"),
    ],
    b"{}",
    2,
)

PLAIN = HeaderPolicy()


def copied(shadow: Shadow | None = None) -> dict[bytes, bytes]:
    shadow = shadow or shadow_to()
    return dict(fields_of(shadow))


def fields_of(
    shadow: Shadow,
    variant: Variant = Variant.AI,
    headers: HeaderPolicy = PLAIN,
    asked: Asked = RECORDED,
) -> Fields:
    upstream = shadow.ai if variant is Variant.AI else shadow.legacy
    return fields_for(
        asked, b"replay-1", upstream=upstream, shadow=shadow, headers=headers, variant=variant
    )


def test_a_copy_proves_nothing_and_says_what_it_is() -> None:
    assert copied() == {
        b"host": b"support.example.com",
        b"content-type": b"application/json",
        b"x-env": b"production",
        b"x-request-id": b"replay-1",
        b"x-gray-shadow": b"1",
        b"x-gray-variant": b"ai",
    }


def test_what_copies_keep_and_bear_stands_in_the_config() -> None:
    shadow = replace(shadow_to(), keep=("Authorization",), put=(("X-Env", "shadow"),))
    assert copied(shadow)[b"authorization"] == b"Bearer secret"
    assert copied(shadow)[b"x-env"] == b"shadow"
    assert b"cookie" not in copied(shadow)


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
def test_of_what_proves_who_somebody_is_a_replay_bears_what_a_shadow_does(name: bytes) -> None:
    asked = replace(RECORDED, fields=[(name, b"proof")])
    keeps = replace(shadow_to(), keep=(name.decode(),))
    for shadow in (shadow_to(), keeps):
        is_borne = name not in dropped_fields(shadow)
        assert ((name, b"proof") in fields_of(shadow, asked=asked)) is is_borne
        assert is_borne is (shadow is keeps)


def test_what_a_variant_is_not_told_it_is_not_told_here() -> None:
    shadow = shadow_to()
    shadow = replace(shadow, ai=replace(shadow.ai, forward=Forward(drop=("x-env",))))
    assert b"x-env" not in copied(shadow)
    assert (b"x-env", b"production") in fields_of(shadow, Variant.LEGACY)


def test_our_own_fields_are_called_as_the_config_calls_them() -> None:
    headers = HeaderPolicy(prefix="X-Ours-", request_id="X-Trace")
    fields = fields_of(shadow_to(), headers=headers)
    own = [(b"x-ours-variant", b"ai"), (b"x-ours-shadow", b"1"), (b"x-trace", b"replay-1")]
    assert fields[-3:] == own
    assert (b"x-request-id", b"of-then") in fields
    assert b"x-gray-variant" not in dict(fields)


def test_what_copies_do_not_bear_is_not_sent_in_another_spelling_either() -> None:
    shadow = replace(shadow_to(), put=(("X-Env", "shadow"),))
    shadow = replace(shadow, ai=replace(shadow.ai, forward=Forward(drop=("x-api-key", "X_Team"))))
    headers = HeaderPolicy(prefix="X_Ours-", request_id="X-Trace")
    disguised = [
        (b"x_api_key", b"secret"),
        (b"x-team", b"blue"),
        (b"x_env", b"production"),
        (b"idempotency_key", b"one"),
        (b"transfer_encoding", b"chunked"),
        (b"x_gray_variant", b"legacy"),
        (b"x-ours_shadow", b"0"),
        (b"x_trace", b"of-then"),
        (b"x_colour", b"red"),
    ]
    asked = replace(RECORDED, fields=disguised)
    assert fields_of(shadow, headers=headers, asked=asked) == [
        (b"x_colour", b"red"),
        (b"x_ours-variant", b"ai"),
        (b"x_ours-shadow", b"1"),
        (b"x-env", b"shadow"),
        (b"x-trace", b"replay-1"),
    ]
