from loadtests.faults.book import Ask, Visit, failures, judge


def asked(number: int, backend: str = "answers-ai", service: str = "answers") -> Ask:
    return Ask(number, service, 1.0, 2.0, 200, f"{number} {backend}")


def lost(number: int, failure: str = "reset") -> Ask:
    return Ask(number, "answers", 1.0, 2.0, failure=failure)


def visit(number: int, backend: str = "answers-ai") -> Visit:
    return Visit(number, backend, 1.5)


def test_what_was_asked_once_seen_once_and_answered_is_right() -> None:
    verdict = judge([asked(1), asked(2)], [visit(1), visit(2)])
    assert verdict.asked == 2
    assert verdict.failed == []
    assert verdict.wrong == []


def test_an_answer_that_no_backend_gave_is_noticed() -> None:
    assert judge([asked(1)], []).unseen == [asked(1)]


def test_a_request_that_two_backends_saw_is_noticed_also_if_its_client_got_nothing() -> None:
    seen = [visit(1), visit(1, "answers-legacy")]
    assert judge([asked(1)], seen).doubled == [1]
    assert judge([lost(1)], seen).doubled == [1]


def test_another_request_s_answer_is_noticed() -> None:
    wrong = asked(1)
    wrong.answer = "2 answers-ai"
    assert judge([wrong], [visit(1)]).misdirected == [wrong]


def test_an_answer_by_a_backend_that_never_saw_the_request_is_noticed() -> None:
    assert judge([asked(1)], [visit(1, "answers-legacy")]).misdirected == [asked(1)]


def test_a_request_at_another_service_s_backend_is_noticed_although_it_failed() -> None:
    assert judge([lost(1)], [visit(1, "orders-ai")]).misdirected == [lost(1)]


def test_a_request_that_failed_unseen_is_lost_and_nothing_worse() -> None:
    verdict = judge([lost(1)], [])
    assert verdict.failed == [lost(1)]
    assert verdict.wrong == []


def test_an_error_of_the_router_is_a_failure_too() -> None:
    refused = Ask(1, "answers", 1.0, 2.0, 503, "no")
    assert judge([refused], []).failed == [refused]
    assert failures([refused, lost(2), lost(3), asked(4)]) == {"503": 1, "reset": 2}


def test_a_request_is_in_flight_from_its_begin_to_its_end() -> None:
    ask = asked(1)
    assert [ask.was_in_flight(at) for at in (0.9, 1.0, 1.5, 2.0, 2.1)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    ask.ended = 0.0
    assert ask.was_in_flight(99.0)
