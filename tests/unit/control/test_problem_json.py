from http import HTTPStatus

import orjson

from router.control.problem_json import PROBLEM_JSON, problem_json


def test_a_problem_has_the_members_of_all_and_those_of_its_own() -> None:
    answer = problem_json(HTTPStatus.CONFLICT, "late", "our clocks differ", answer="12:00")
    assert (answer.status, answer.content_type) == (409, PROBLEM_JSON)
    assert isinstance(answer.body, bytes)
    assert orjson.loads(answer.body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "our clocks differ",
        "code": "late",
        "answer": "12:00",
    }
