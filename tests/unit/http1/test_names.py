import pytest

from router.http1.names import FORBIDDEN_TRAILERS, Kind, Names

REQUESTS = Names(replies=False, prefix=b"x-gray-", request_id=b"x-request-id")
REPLIES = Names(replies=True, prefix=b"x-gray-", request_id=b"x-request-id")


@pytest.mark.parametrize(
    ("name", "in_request", "in_reply"),
    [
        (b"accept", Kind.PLAIN, Kind.PLAIN),
        (b"content_type", Kind.PLAIN, Kind.PLAIN),
        (b"host", Kind.HOST, Kind.PLAIN),
        (b"content-length", Kind.CONTENT_LENGTH, Kind.CONTENT_LENGTH),
        (b"transfer-encoding", Kind.TRANSFER_ENCODING, Kind.TRANSFER_ENCODING),
        (b"keep-alive", Kind.DROPPED, Kind.DROPPED),
        (b"date", Kind.PLAIN, Kind.DATE),
        (b"x-request-id", Kind.REQUEST_ID, Kind.REQUEST_ID),
        (b"x-forwarded-for", Kind.DROPPED, Kind.PLAIN),
        (b"x-gray-variant", Kind.DROPPED, Kind.DROPPED),
    ],
)
def test_a_name_means_what_its_direction_says(
    name: bytes, in_request: Kind, in_reply: Kind
) -> None:
    assert REQUESTS.kind(name) is in_request
    assert REPLIES.kind(name) is in_reply


@pytest.mark.parametrize("name", [b"content_length", b"transfer_encoding"])
def test_framing_with_underscores_is_a_disguise(name: bytes) -> None:
    assert REQUESTS.kind(name) is Kind.DISGUISED


@pytest.mark.parametrize("name", [b"x_forwarded_for", b"x-forwarded_for", b"x_real_ip"])
def test_an_origin_with_underscores_is_not_passed_on(name: bytes) -> None:
    assert REQUESTS.kind(name) is Kind.DROPPED


@pytest.mark.parametrize("name", [b"x_gray_variant", b"x-gray_variant", b"x_request_id"])
def test_what_looks_like_ours_is_dropped(name: bytes) -> None:
    assert REQUESTS.kind(name) is Kind.DROPPED


def test_no_trailer_steers_framing_routing_or_trust() -> None:
    steering = {b"content-length", b"transfer-encoding", b"host", b"x-forwarded-for", b"cookie"}
    assert steering <= FORBIDDEN_TRAILERS


def test_our_own_prefix_is_ours_also_where_another_is_configured() -> None:
    names = Names(replies=True, prefix=b"x-rollout-", request_id=b"x-request-id")
    assert names.kind(b"x-rollout-variant") is Kind.DROPPED
    assert names.kind(b"x-gray-confidence") is Kind.DROPPED
    assert names.kind(b"x_gray_confidence") is Kind.DROPPED
