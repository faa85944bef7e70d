"""What the admin API says when it says no: problem JSON (RFC 9457), for every error."""

from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from router.control.events import tell
from router.errors import CommandRefusedError, RevisionPassedError, UnknownServiceError

PROBLEM_JSON: Final = "application/problem+json"


class RefusedError(CommandRefusedError):
    """A request to the admin API is refused; becomes its answer."""

    def __init__(self, status: HTTPStatus, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def problem(status: HTTPStatus, code: str, detail: str) -> web.Response:
    """Write a problem. `code` is the stable name that programs compare."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
    }
    return web.Response(status=status, body=orjson.dumps(body) + b"\n", content_type=PROBLEM_JSON)


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Translate every exception; the only place where one becomes an answer."""
    try:
        return await handler(request)
    except CommandRefusedError as refused:
        return _of_refusal(refused)
    except web.HTTPException as error:
        return _of_framework(request, error)
    except Exception as error:  # noqa: BLE001 - the border: a bug is answered and logged
        tell("admin_failed", failure=error, path=request.path)
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal_error",
            "this is a bug in the router; its log has the traceback",
        )


def _of_refusal(refused: CommandRefusedError) -> web.Response:
    match refused:
        case RefusedError():
            return problem(refused.status, refused.code, refused.detail)
        case UnknownServiceError():
            return problem(HTTPStatus.NOT_FOUND, "unknown_service", str(refused))
        case RevisionPassedError():
            return problem(HTTPStatus.PRECONDITION_FAILED, "revision_passed", str(refused))
        case _:
            return problem(HTTPStatus.CONFLICT, "refused", str(refused))


def _of_framework(request: web.Request, error: web.HTTPException) -> web.Response:
    """Answer what aiohttp itself refuses: no such path or method, a body that is too large."""
    status = HTTPStatus(error.status)
    match error:
        case web.HTTPNotFound():
            answer = problem(status, "not_found", "there is no such path in the admin API")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            detail = f"{request.method} is not possible here; possible is {allowed}"
            answer = problem(status, "method_not_allowed", detail)
            answer.headers["Allow"] = allowed
        case web.HTTPRequestEntityTooLarge():
            answer = problem(
                status, "body_too_large", "the body exceeds the limit of the admin API"
            )
        case _:
            answer = problem(status, status.phrase.lower().replace(" ", "_"), error.reason)
    return answer
