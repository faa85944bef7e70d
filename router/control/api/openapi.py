"""The API's description for programs (OpenAPI 3.1), made from the table of calls and its models."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from router.control.api.calls import Call, text_of
from router.control.api.guard import COOKIE, CSRF
from router.control.api.problems import Kind
from router.control.api.refusals import refusals_of
from router.control.problem_json import PROBLEM_JSON

Json = dict[str, Any]

_MODELS: Final = "#/components/schemas/{model}"

_PLACES: Final = {"service": "The service's name.", "pair": "The pair's id."}
"""What stands in a path in place of a name."""


class Problem(BaseModel):
    """What every error looks like (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`about:blank`: `code` says what it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What is wrong, for people.")
    code: str = Field(description="What is wrong, for programs.")


@dataclass(slots=True)
class Description:
    """Answers with the description of the API that it is a part of.

    It is written when somebody asks for it first, so that no start waits for it; and in a thread,
    because it takes a tenth of a second.
    """

    calls: Sequence[Call]
    version: str
    _document: bytes = b""

    async def show(self, request: web.Request) -> web.Response:
        """Describe this API: every call, what it takes and what it answers (OpenAPI 3.1)."""
        if not self._document:
            self._document = await asyncio.to_thread(written, self.calls, self.version)
        return web.Response(body=self._document, content_type="application/json")


def written(calls: Sequence[Call], version: str) -> bytes:
    """Return the document as it is served."""
    return orjson.dumps(openapi(calls, version), option=orjson.OPT_INDENT_2) + b"\n"


def openapi(calls: Sequence[Call], version: str) -> Json:
    """Describe these calls."""
    schemas, components = _schemas(calls)
    by_path = groupby(sorted(calls, key=lambda call: call.path), key=lambda call: call.path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gray Router: the admin API", "version": version},
        "paths": {
            path: {call.method.lower(): _operation(call, schemas) for call in of_path}
            for path, of_path in by_path
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": f"Changes take the header `{CSRF}` besides.",
                },
            },
        },
    }


Wanted = tuple[type[BaseModel], JsonSchemaMode]
Schemas = Mapping[Wanted, Json]


def _schemas(calls: Iterable[Call]) -> tuple[Schemas, Json]:
    wanted: dict[Wanted, None] = {(Problem, "serialization"): None}
    for call in calls:
        if call.takes is not None:
            wanted[call.takes, "validation"] = None
        if call.gives is not None:
            wanted[call.gives, "serialization"] = None
    found, definitions = models_json_schema(list(wanted), ref_template=_MODELS)
    return {each: found[each] for each in wanted}, definitions["$defs"]


def _operation(call: Call, schemas: Schemas) -> Json:
    operation: Json = {
        "operationId": call.operation,
        "summary": text_of(call),
        "parameters": list(_parameters(call)),
        "responses": {**_answers(call, schemas), **_problems(call, schemas)},
        "security": [] if call.is_open else [{"token": []}, {"session": []}],
    }
    if call.takes is not None:
        schema = schemas[call.takes, "validation"]
        operation["requestBody"] = {
            "required": not call.is_bodiless,
            # Whatever comes in place of a body that may be left out is taken for none.
            "content": {
                "application/json": {
                    "schema": {"anyOf": [schema, {}]} if call.is_bodiless else schema
                }
            },
        }
    return operation


def _parameters(call: Call) -> Iterator[Json]:
    for name in call.places:
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PLACES[name],
            "schema": {"type": "string", "minLength": 1},
        }
    for parameter in call.parameters:
        yield {
            "name": parameter.name,
            "in": parameter.where,
            "required": parameter.is_required,
            "description": parameter.means,
            "schema": parameter.schema,
        }


def _answers(call: Call, schemas: Schemas) -> Json:
    content: Json = {media: {"schema": {}} for media in call.media}
    if call.gives is not None:
        content["application/json"] = {"schema": schemas[call.gives, "serialization"]}
    return {
        str(status.value): {
            "description": status.phrase,
            **({} if status is HTTPStatus.NO_CONTENT else {"content": content}),
        }
        for status in call.statuses
    }


def _problems(call: Call, schemas: Schemas) -> Json:
    def status_of(kind: Kind) -> int:
        return kind.status.value

    kinds = sorted(refusals_of(call), key=status_of)
    return {
        str(status): _problem(list(of_status), schemas)
        for status, of_status in groupby(kinds, key=status_of)
    }


def _problem(kinds: Sequence[Kind], schemas: Schemas) -> Json:
    codes = {"properties": {"code": {"enum": [kind.code for kind in kinds]}}}
    schema = {"allOf": [schemas[Problem, "serialization"], codes]}
    return {
        "description": " ".join(f"`{kind.code}`: {kind.means}" for kind in kinds),
        "content": {PROBLEM_JSON: {"schema": schema}},
    }
