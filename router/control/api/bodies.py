"""What requests to the admin API bring along: JSON, read once and strictly."""

import json  # noqa: TID251 - orjson and pydantic keep the last of equal keys and do not tell
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from router.control.api.problems import MALFORMED_BODY, NOT_JSON, RefusedError


class Body(BaseModel):
    """The body of a request: nothing unknown, and nothing that has to be guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


B = TypeVar("B", bound=Body)


async def read_body(request: web.Request, model: type[B]) -> B:
    """Return the request's body, or refuse it."""
    # A form on a foreign page can send text/plain without asking first, application/json it cannot.
    if request.content_type != "application/json":
        raise RefusedError(
            NOT_JSON,
            "send the body as JSON, with the header `Content-Type: application/json`",
        )
    return _parsed(model, await bytes_of(request))


async def bytes_of(request: web.Request) -> bytes:
    """Return the body as it came, or refuse it: that it cannot be read is the sender's doing."""
    try:
        return await request.read()
    except (web.RequestPayloadError, ConnectionError) as error:
        raise RefusedError(
            MALFORMED_BODY, "body: it breaks off, or is not coded as said"
        ) from error


def answer(view: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Write an answer as JSON."""
    return web.json_response(text=view.model_dump_json(by_alias=True) + "\n", status=status)


def _parsed(model: type[B], body: bytes) -> B:
    try:
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise RefusedError(MALFORMED_BODY, "; ".join(faults)) from error
    _refuse_repetition(body)
    return parsed


def _refuse_repetition(body: bytes) -> None:
    """Refuse an object that says the same thing twice: two readers could take it differently."""
    try:
        json.loads(body, object_pairs_hook=_each_once)
    except ValueError as error:
        raise RefusedError(MALFORMED_BODY, f"body: {error}") from error


def _each_once(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise RefusedError(MALFORMED_BODY, "body: a key stands twice")
