"""Whatever is wrong with a body is said, on every call that takes one, and nothing is done."""

from collections.abc import AsyncIterator

import pytest

from router.control.api.table import CALLS
from tests.support.admin_api import AdminApi
from tests.support.tokens import EVERYBODY, bearer

TAKING = {call.title: call for call in CALLS if call.takes is not None and not call.is_bodiless}

MALFORMED = {
    "nothing": b"",
    "half": b'{"reason": "x"',
    "two": b"{} {}",
    "a list": b"[]",
    "a word": b"null",
    "deep": b"[" * 60_000,
    "deep within": b'{"reason": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    "an unknown field": b'{"percent": 5, "token": "x", "unknown": 1}',
    "a wrong type": b'{"percent": {}, "reason": 7, "token": 7, "reshuffle": "no"}',
    "no number": b'{"percent": NaN, "reason": NaN, "token": NaN, "reshuffle": NaN}',
    "a field twice": b'{"percent": 5, "reason": "a", "reason": "b", "token": "x", "token": "y"}',
    "half a character": b'{"percent": 5, "reason": "\\ud800", "token": "\\ud800", "reshuffle": 1}',
    "no UTF-8": b'{"percent": 5, "reason": "\xff", "token": "\xff"}',
    "a long number": b'{"percent": ' + b"9" * 5000 + b', "reason": 1, "token": 1, "reshuffle": 1}',
}


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        yield api


@pytest.mark.parametrize("title", TAKING)
@pytest.mark.parametrize("body", MALFORMED)
async def test_a_malformed_body_is_refused(api: AdminApi, title: str, body: str) -> None:
    call = TAKING[title]
    headers = {"Content-Type": "application/json", **bearer("admin")}
    answer = await api.client.request(
        call.method, call.path_for("support"), data=MALFORMED[body], headers=headers
    )
    told = await answer.json()
    assert (answer.status, told["code"]) == (400, "malformed_body")
    assert len(told["detail"]) < 1000
    assert (api.workers.heard, api.reloads.heard) == ([], [])


@pytest.mark.parametrize("title", TAKING)
async def test_a_body_of_another_type_or_beyond_the_limit_is_refused(
    api: AdminApi, title: str
) -> None:
    call = TAKING[title]
    for content_type, body, status in (
        ("text/plain", b"{}", 415),
        ("application/json", b" " * 70_000, 413),
    ):
        headers = {"Content-Type": content_type, **bearer("admin")}
        answer = await api.client.request(
            call.method, call.path_for("support"), data=body, headers=headers
        )
        assert answer.status == status
    assert (api.workers.heard, api.reloads.heard) == ([], [])
