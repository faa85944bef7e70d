"""The page is files, and a policy by which browsers load nothing else with them."""

import re
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.control.api.access import Access, Role, Token
from router.control.api.app import admin_app
from router.control.api.page import Page
from router.control.api.sites import guard_for
from tests.support.releases import HeardWorkers, conductor_of

FILES = {each.name: each.read_text() for each in files("router").joinpath("page").iterdir()}
Client = TestClient[Any, Any]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Somebody whom nobody knows, though there are tokens."""
    access = Access((Token("ada.lovelace", Role.VIEWER, "0" * 64),))
    noting = conductor_of(HeardWorkers())
    app = admin_app(guard_for(lambda: access, lambda: 0.0), noting, [], Page().routes())
    async with TestClient(TestServer(app, host="127.0.0.1")) as it:
        yield it


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in FILES)])
async def test_everybody_may_load_the_page_and_nothing_else_with_it(
    client: Client, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_each_file_says_what_it_is(client: Client) -> None:
    kinds = {name: (await client.get(f"/page/{name}")).content_type for name in FILES}
    assert kinds["app.js"] == "text/javascript"
    assert kinds["app.css"] == "text/css"
    assert kinds["icon.svg"] == "image/svg+xml"
    assert (await client.get("/")).content_type == "text/html"


@pytest.mark.parametrize("path", ["/page/", "/page/none.js", "/page/..%2f__init__.py", "/page"])
async def test_nothing_but_its_files_is_there(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


@pytest.mark.parametrize("name", FILES)
def test_no_file_asks_for_what_the_policy_forbids(name: str) -> None:
    text = FILES[name].replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|\bstyle=|<style|<script>| on[a-z]+=\"|javascript:", text)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_script_parses_text_as_html_or_as_code(name: str) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(forbidden, FILES[name])


def test_every_module_that_is_imported_is_there_and_every_one_that_is_there_is_imported() -> None:
    imported = {
        name for text in FILES.values() for name in re.findall(r'from "\./([a-z]+\.js)"', text)
    }
    loaded = set(re.findall(r'"page/([a-z.]+)"', FILES["index.html"]))
    assert imported | loaded | {"index.html"} == set(FILES)
