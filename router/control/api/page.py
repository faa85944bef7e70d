"""`/`: the page for people. It is static files, and speaks to the same API as everybody else.

The files are read once, at the start. They load nothing from elsewhere, and the policy that goes
with them has browsers refuse whatever would: another origin, a script or a style within the page, a
frame around it. A text cannot become HTML or a script either, and no form leads away: ours are read
by the page's own script.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import web

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
INDEX: Final = "index.html"
_TYPES: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """One of the page's files."""

    content: bytes
    kind: str


class Page:
    """Answers with files, and with nothing else that lies beside them."""

    def __init__(self) -> None:
        self._files = {
            each.name: File(each.read_bytes(), _TYPES[each.name.rpartition(".")[2]])
            for each in files("router").joinpath("page").iterdir()
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self.show), web.get("/page/{file}", self.show_file)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the page."""
        return self._answer(INDEX)

    async def show_file(self, request: web.Request) -> web.Response:
        """Load a part of the page."""
        return self._answer(request.match_info["file"])

    def _answer(self, name: str) -> web.Response:
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound
        return web.Response(
            body=file.content, content_type=file.kind, charset="utf-8", headers=HEADERS
        )
