"""What is known of a call: routing, roles, the OpenAPI document and the docs are made from it."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel

from router.control.api.access import Role
from router.control.api.bodies import Body
from router.control.api.problems import Kind

Does = Callable[[Any, web.Request], Awaitable[web.StreamResponse]]
"""A method of one of the API's parts, not bound to any object."""

_OF_A_SERVICE: Final = "{service}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a call heeds beside its path and its body. schema: of what is understood."""

    where: Literal["header", "query"]
    name: str
    means: str
    schema: Mapping[str, object]
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One row of the table.

    does: the method that answers; its docstring says what the call does. role: who may, None for
    whoever is known at all. is_open: for everybody, known or not. is_whole: it shows or changes
    what belongs to all services, so that whoever is limited to some may not. takes: the body, which
    may be left out where it `is_bodiless` too. gives: the answer, with one of the `statuses`.
    media: other types that it may have. refuses: problems that are this call's own. command: what
    the audit log calls it, where that is to know who was refused. without_tokens: what is possible
    instead where nobody can have the role.
    """

    method: str
    path: str
    does: Does
    role: Role | None = None
    is_open: bool = False
    is_whole: bool = False
    takes: type[Body] | None = None
    is_bodiless: bool = False
    parameters: tuple[Parameter, ...] = ()
    gives: type[BaseModel] | None = None
    statuses: tuple[HTTPStatus, ...] = (HTTPStatus.OK,)
    media: tuple[str, ...] = ()
    refuses: tuple[Kind, ...] = ()
    command: str | None = None
    without_tokens: str = ""

    @property
    def title(self) -> str:
        """Write it as people do: `GET /livez`."""
        return f"{self.method} {self.path}"

    @property
    def is_of_service(self) -> bool:
        return _OF_A_SERVICE in self.path

    @property
    def places(self) -> list[str]:
        """Name what in the path stands for something."""
        return re.findall(r"\{([a-z]+)\}", self.path)

    @property
    def who(self) -> str:
        """Say who may make it."""
        if self.is_open:
            return "everybody"
        return "every role" if self.role is None else self.role.value

    def path_for(self, service: str) -> str:
        """Return the path for this service."""
        return self.path.replace(_OF_A_SERVICE, service)

    @property
    def operation(self) -> str:
        """Return its name for programs, as OpenAPI wants one."""
        words = re.findall(r"[a-z]+", self.path.removeprefix("/api/v1"))
        return "_".join([self.method.lower(), *words])


def text_of(call: Call) -> str:
    """Say what the call does: as its method does."""
    return (inspect.getdoc(call.does) or "").partition("\n\n")[0]
