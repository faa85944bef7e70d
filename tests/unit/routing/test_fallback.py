import pytest

from router.model import FallbackReason, Variant
from router.routing.fallback import Failure, fallback_reason, may_resend

NOTHING_SENT = {Failure.UNREACHABLE, Failure.CONNECT_TIMEOUT}


@pytest.mark.parametrize("failure", Failure)
def test_legacy_answers_for_an_ai_that_got_no_byte(failure: Failure) -> None:
    reason = fallback_reason(Variant.AI, failure, on_connect=True)
    assert reason == (FallbackReason.CONNECT if failure in NOTHING_SENT else None)


@pytest.mark.parametrize("failure", Failure)
def test_nobody_stands_behind_legacy(failure: Failure) -> None:
    assert fallback_reason(Variant.LEGACY, failure, on_connect=True) is None


@pytest.mark.parametrize("failure", Failure)
def test_a_service_may_do_without_falling_back(failure: Failure) -> None:
    assert fallback_reason(Variant.AI, failure, on_connect=False) is None


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS"])
def test_a_safe_request_lost_on_a_kept_connection_is_sent_once_more(method: bytes) -> None:
    assert may_resend(Failure.LOST, method=method, has_body=False, reused=True)


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"BREW"])
def test_a_request_that_may_have_been_acted_upon_is_never_sent_twice(method: bytes) -> None:
    assert not may_resend(Failure.LOST, method=method, has_body=False, reused=True)


def test_a_body_that_has_gone_out_cannot_go_out_again() -> None:
    assert not may_resend(Failure.LOST, method=b"GET", has_body=True, reused=True)


def test_a_fresh_connection_that_is_lost_was_lost_by_the_request() -> None:
    assert not may_resend(Failure.LOST, method=b"GET", has_body=False, reused=False)


@pytest.mark.parametrize("failure", sorted(set(Failure) - {Failure.LOST}, key=str))
def test_no_other_failure_is_a_reason_to_send_again(failure: Failure) -> None:
    assert not may_resend(failure, method=b"GET", has_body=False, reused=True)
