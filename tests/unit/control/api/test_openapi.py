import json
from collections.abc import Iterator
from typing import Any

import pytest

from router.control.api.openapi import openapi, written
from router.control.api.refusals import refusals_of
from router.control.api.table import CALLS
from tests.support.admin_api import AdminApi

DOCUMENT = openapi(CALLS, "1.2.3")


def operation(title: str) -> dict[str, Any]:
    method, path = title.split(" ")
    return dict(DOCUMENT["paths"][path][method.lower()])


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_every_call_is_described() -> None:
    described = {
        f"{method.upper()} {path}" for path, of in DOCUMENT["paths"].items() for method in of
    }
    assert described == {call.title for call in CALLS}


def test_every_reference_leads_somewhere() -> None:
    found = set(references(json.loads(written(CALLS, "1.2.3"))))
    schemas = DOCUMENT["components"]["schemas"]
    assert "#/components/schemas/Problem" in found
    assert {name.removeprefix("#/components/schemas/") for name in found} <= set(schemas)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.title)
def test_a_call_lists_every_problem_by_its_status(call: Any) -> None:
    answers = operation(call.title)["responses"]
    for kind in refusals_of(call):
        schema = answers[str(kind.status.value)]["content"]["application/problem+json"]["schema"]
        assert kind.code in schema["allOf"][1]["properties"]["code"]["enum"]


def test_a_call_says_what_it_takes_and_heeds() -> None:
    change = operation("PUT /api/v1/services/{service}/percent")
    assert change["requestBody"]["required"] is True
    assert [(each["in"], each["name"]) for each in change["parameters"]] == [
        ("path", "service"),
        ("header", "If-Match"),
        ("header", "Idempotency-Key"),
    ]
    assert {"200", "202", "409", "412"} <= set(change["responses"])


def test_open_calls_need_no_credentials() -> None:
    assert operation("GET /livez")["security"] == []
    assert {"token": []} in operation("GET /api/v1/services")["security"]


async def test_the_document_is_served() -> None:
    async with AdminApi.serving() as api:
        answer = await api.client.get("/api/v1/openapi.json")
        assert answer.content_type == "application/json"
        assert (await answer.json())["openapi"] == "3.1.0"
        again = await api.client.get("/api/v1/openapi.json")
        assert await again.read() == await answer.read()
