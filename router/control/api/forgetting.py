"""`DELETE /api/v1/records?key=`: what was recorded of a caller's requests is removed."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.bodies import answer
from router.control.api.guard import asker_of
from router.control.api.problems import (
    MALFORMED_QUERY,
    STORE_UNREADABLE,
    RefusedError,
)
from router.control.api.queries import one
from router.control.forgetting import Forgetting
from router.errors import StoreError


class ForgottenView(BaseModel):
    """What is no longer there."""

    samples: int = Field(description="Samples of pairs that were removed.")
    sealed: int = Field(description="Originals that were removed from the vault.")


@dataclass(frozen=True, slots=True)
class Forget:
    """Passes the call on. known: raises where there is no such service."""

    forgetting: Forgetting
    known: Callable[[str], object]

    async def forget(self, request: web.Request) -> web.Response:
        """Remove every sample and every original of a caller's requests; counts hold nobody."""
        key, service = one(request, "key"), one(request, "service")
        if key is None:
            raise RefusedError(MALFORMED_QUERY, "key is missing: whom is it about?")
        if service is not None:
            self.known(service)
        try:
            removed = await self.forgetting.forget(asker_of(request).caller, key, service)
        except StoreError as error:
            raise RefusedError(STORE_UNREADABLE, str(error)) from error
        return answer(ForgottenView(samples=removed.samples, sealed=removed.sealed))
