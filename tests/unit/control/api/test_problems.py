import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.control.api.problems import FOREIGN_HOST, RefusedError, answer_problems
from router.errors import (
    CommandRefusedError,
    ReleaseRefusedError,
    RevisionPassedError,
    UnknownServiceError,
)

Raising = Callable[[Exception], Awaitable[tuple[int, dict[str, object]]]]


@pytest.fixture
async def answer_to() -> AsyncIterator[Raising]:
    raised: list[Exception] = []

    async def fail(_: web.Request) -> web.Response:
        raise raised[-1]

    app = web.Application(middlewares=[answer_problems])
    app.router.add_get("/", fail)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:

        async def ask(error: Exception) -> tuple[int, dict[str, object]]:
            raised.append(error)
            answer = await client.get("/")
            assert answer.content_type == "application/problem+json"
            return answer.status, await answer.json()

        yield ask


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefusedError(FOREIGN_HOST, "x"), 403, "foreign_host"),
        (UnknownServiceError("x", ("support",)), 404, "unknown_service"),
        (RevisionPassedError("support", 3), 412, "revision_passed"),
        (CommandRefusedError("not now"), 409, "refused"),
        (web.HTTPLengthRequired(), 411, "length_required"),
        (ZeroDivisionError("secret"), 500, "internal_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_every_error_becomes_a_problem_with_a_stable_code(
    answer_to: Raising, error: Exception, status: int, code: str
) -> None:
    answered, problem = await answer_to(error)
    assert answered == problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == "about:blank"
    assert problem["title"] == HTTPStatus(status).phrase


async def test_a_refusal_of_the_release_is_named_for_programs(answer_to: Raising) -> None:
    answered, problem = await answer_to(ReleaseRefusedError("no_raise", "nothing is raised now"))
    assert (answered, problem["code"]) == (409, "refused")
    assert (problem["refusal"], problem["detail"]) == ("no_raise", "nothing is raised now")


async def test_a_bug_is_logged_with_its_traceback_and_told_to_nobody(
    answer_to: Raising, caplog: pytest.LogCaptureFixture
) -> None:
    _, problem = await answer_to(ZeroDivisionError("secret"))
    assert "secret" not in str(problem)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "secret" in caplog.text
