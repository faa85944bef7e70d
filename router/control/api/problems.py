"""What the admin API says when it says no: problem JSON (RFC 9457), for every error."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from router.control.events import tell
from router.control.problem_json import problem_json
from router.errors import (
    CommandRefusedError,
    ConfigRefusedError,
    DrainingError,
    KeyReusedError,
    ReleaseRefusedError,
    ReshuffleError,
    RevisionPassedError,
    StoreError,
    StoreUnavailableError,
    UnknownServiceError,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of problem. `code` is the stable name that programs compare."""

    status: HTTPStatus
    code: str
    means: str


MALFORMED_BODY: Final = Kind(
    HTTPStatus.BAD_REQUEST,
    "malformed_body",
    "The body is not what the call takes; `detail` says where.",
)
MALFORMED_IF_MATCH: Final = Kind(
    HTTPStatus.BAD_REQUEST,
    "malformed_if_match",
    "`If-Match` holds neither a single revision in quotes nor `*`.",
)
MALFORMED_QUERY: Final = Kind(
    HTTPStatus.BAD_REQUEST,
    "malformed_query",
    "What stands behind the `?` is not what the call takes; `detail` says what is.",
)
FOREIGN_HOST: Final = Kind(
    HTTPStatus.FORBIDDEN, "foreign_host", "The `Host` header names another machine than this one."
)
CROSS_ORIGIN: Final = Kind(
    HTTPStatus.FORBIDDEN, "cross_origin", "A browser asks for a page of another origin."
)
UNAUTHENTICATED: Final = Kind(
    HTTPStatus.UNAUTHORIZED,
    "unauthenticated",
    "The call needs to know who asks; `WWW-Authenticate` says how to tell it.",
)
MALFORMED_KEY: Final = Kind(
    HTTPStatus.BAD_REQUEST,
    "malformed_idempotency_key",
    "`Idempotency-Key` is not one word of at most 255 visible ASCII characters.",
)
KEY_REUSED: Final = Kind(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_key_reused",
    "The `Idempotency-Key` was used for another request within the last day; nothing has changed.",
)
FORBIDDEN: Final = Kind(
    HTTPStatus.FORBIDDEN,
    "forbidden",
    "Whoever asks may not do this; `role` is the one that it takes.",
)
CSRF_REFUSED: Final = Kind(
    HTTPStatus.FORBIDDEN,
    "csrf_refused",
    "A session's change came without the `csrf` of that session in `x-gray-csrf`.",
)
TOO_MANY_FAILURES: Final = Kind(
    HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_failures",
    "Too many sign-ins from this address have failed; `Retry-After` says when to try again. A "
    "right token passes at any time.",
)
NOT_FOUND: Final = Kind(HTTPStatus.NOT_FOUND, "not_found", "There is no such path.")
UNKNOWN_SERVICE: Final = Kind(
    HTTPStatus.NOT_FOUND,
    "unknown_service",
    "There is no such service; `detail` lists those there are.",
)
NO_SUCH_PAIR: Final = Kind(
    HTTPStatus.NOT_FOUND,
    "no_such_pair",
    "There is no such pair of answers, or none any more, or not for who asks.",
)
METHOD_NOT_ALLOWED: Final = Kind(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "method_not_allowed",
    "The path knows other methods: see `Allow`.",
)
REFUSED: Final = Kind(
    HTTPStatus.CONFLICT,
    "refused",
    "The command makes no sense now; nothing has changed. `refusal` is [one of these]"
    "(release.md#refusals).",
)
REVISION_PASSED: Final = Kind(
    HTTPStatus.PRECONDITION_FAILED,
    "revision_passed",
    "Somebody else has changed the release meanwhile; nothing has changed now.",
)
CONFIG_REFUSED: Final = Kind(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "config_refused",
    "The config on disk is wrong; `problems` says where. The running one serves on.",
)
RESHUFFLE_REFUSED: Final = Kind(
    HTTPStatus.CONFLICT,
    "reshuffle_refused",
    "The config on disk would move callers of a service that AI has a share of, and the call does "
    "not allow it; `problems` names the keys. The running one serves on.",
)
BODY_TOO_LARGE: Final = Kind(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", "The body exceeds 64 KiB."
)
NOT_JSON: Final = Kind(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "`Content-Type` is not `application/json`."
)
INTERNAL_ERROR: Final = Kind(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_error",
    "A bug in the router; its log has the traceback.",
)
STORE_UNREADABLE: Final = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "store_unreadable",
    "What is remembered cannot be read now; `detail` says why.",
)
NOT_DURABLE: Final = Kind(
    HTTPStatus.INSUFFICIENT_STORAGE,
    "not_durable",
    "The change cannot be written down (disk full, read-only or broken); nothing has changed. A "
    "rollback is possible all the same.",
)
STORE_UNAVAILABLE: Final = Kind(
    HTTPStatus.INSUFFICIENT_STORAGE,
    "store_unavailable",
    "The store does not answer, or has not been read yet. Look at the release before asking again: "
    "it is not served, but may have been written down.",
)
NOT_READY: Final = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", "`/readyz`: no worker accepts yet."
)
DRAINING: Final = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "draining",
    "The router is stopping; it takes no change and wants no traffic.",
)

ALL_KINDS: Final = (
    MALFORMED_BODY,
    MALFORMED_IF_MATCH,
    MALFORMED_QUERY,
    MALFORMED_KEY,
    UNAUTHENTICATED,
    FORBIDDEN,
    CSRF_REFUSED,
    FOREIGN_HOST,
    CROSS_ORIGIN,
    NOT_FOUND,
    UNKNOWN_SERVICE,
    NO_SUCH_PAIR,
    METHOD_NOT_ALLOWED,
    REFUSED,
    RESHUFFLE_REFUSED,
    REVISION_PASSED,
    BODY_TOO_LARGE,
    NOT_JSON,
    CONFIG_REFUSED,
    KEY_REUSED,
    TOO_MANY_FAILURES,
    INTERNAL_ERROR,
    NOT_READY,
    DRAINING,
    STORE_UNREADABLE,
    NOT_DURABLE,
    STORE_UNAVAILABLE,
)
"""Every problem that the admin API answers by itself."""

_KINDS: Final[Mapping[type[CommandRefusedError], Kind]] = {
    UnknownServiceError: UNKNOWN_SERVICE,
    RevisionPassedError: REVISION_PASSED,
    DrainingError: DRAINING,
    ConfigRefusedError: CONFIG_REFUSED,
    ReshuffleError: RESHUFFLE_REFUSED,
}


class RefusedError(CommandRefusedError):
    """A request to the admin API is refused; becomes its answer, with ``more`` members."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        more: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind: Final = kind
        self.detail: Final = detail
        self.more: Final = more or {}
        self.headers: Final = headers or {}


def problem(kind: Kind, detail: str, **more: object) -> web.Response:
    """Write a problem; ``detail`` is for people, ``more`` are members of this kind alone."""
    return problem_json(kind.status, kind.code, detail, **more)


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Translate every exception; the only place where one becomes an answer."""
    try:
        return await handler(request)
    except CommandRefusedError as refused:
        return _of_refusal(refused)
    except StoreError as error:
        kind = STORE_UNAVAILABLE if isinstance(error, StoreUnavailableError) else NOT_DURABLE
        return problem(kind, str(error))
    except web.HTTPException as error:
        return _of_framework(request, error)
    except Exception as error:  # noqa: BLE001 - the border: a bug is answered and logged
        tell("admin_failed", failure=error, path=request.path)
        return problem(INTERNAL_ERROR, "this is a bug in the router; its log has the traceback")


def _of_refusal(refused: CommandRefusedError) -> web.Response:
    if isinstance(refused, RefusedError):
        answer = problem(refused.kind, refused.detail, **refused.more)
        answer.headers.update(refused.headers)
        return answer
    if isinstance(refused, KeyReusedError):  # which names the key as it is stored
        return problem(KEY_REUSED, "this idempotency key was used for another request")
    return problem(_KINDS.get(type(refused), REFUSED), str(refused), **_more(refused))


def _more(refused: CommandRefusedError) -> Mapping[str, object]:
    match refused:
        case ConfigRefusedError(problems=problems):
            return {"problems": problems}
        case ReleaseRefusedError(code=code):
            return {"refusal": code}
        case _:
            return {}


def _of_framework(request: web.Request, error: web.HTTPException) -> web.Response:
    """Answer what aiohttp itself refuses: no such path or method, a body that is too large."""
    match error:
        case web.HTTPNotFound():
            return problem(NOT_FOUND, "there is no such path in the admin API")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            detail = f"{request.method} is not possible here; possible is {allowed}"
            answer = problem(METHOD_NOT_ALLOWED, detail)
            answer.headers["Allow"] = allowed
            return answer
        case web.HTTPRequestEntityTooLarge():
            return problem(BODY_TOO_LARGE, "the body exceeds the limit of the admin API")
        case _:
            status = HTTPStatus(error.status)
            return problem(Kind(status, status.name.lower(), ""), error.reason)
