"""`/api/v1/events`: the audit log, for people and for whoever checks its chain of hashes."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.access import Asker
from router.control.api.bodies import answer
from router.control.api.guard import asker_of, must_see
from router.control.api.problems import STORE_UNREADABLE, RefusedError
from router.control.api.queries import one, whole_number
from router.errors import StoreError
from router.lines_out import rfc3339
from router.release.state import Status
from router.store.audit import Event, Head, Link
from router.store.codec import Document
from router.store.port import LONGEST_PAGE, Store

PAGE: Final = 100
"""Events of a page where nobody says how many."""

FURTHEST: Final = 10
"""Pages of the store that are looked through for one page of somebody who may not see it all."""

LATEST: Final = 10**18
"""Beyond every event's number."""


class StandView(BaseModel):
    """A release at the time of an event."""

    status: Status = Field(description="Where it stood.")
    percent: float = Field(description="The share.")
    epoch: int = Field(description="Its epoch.")
    revision: int = Field(description="Its revision.")
    pending: float | None = Field(
        description="The share of a raise that waited for approval; null where none did."
    )


class EventView(BaseModel):
    """A command, carried out or refused."""

    sequence: int = Field(description="Its number in the log.")
    at: str = Field(description="When it was given (RFC 3339, UTC).")
    who: str = Field(description="Who gave it.")
    origin: str = Field(
        serialization_alias="from", description="Where it came from: an address, and the way."
    )
    command: str = Field(description="What was asked for.")
    service: str = Field(description="Of which service; empty for what concerns all.")
    why: str = Field(description="The reason that was given.")
    old: StandView | None = Field(description="The release before; null where none is concerned.")
    new: StandView | None = Field(description="The release after; null where nothing changed.")
    accepted: bool = Field(description="Whether it was carried out.")
    refused: str | None = Field(description="Why it was not; null where it was.")


class EventsView(BaseModel):
    """A page of the audit log."""

    events: tuple[EventView, ...] = Field(description="The newest first.")
    next: int | None = Field(
        description="The `before` of the page that follows; null at the end of the log."
    )


class LinkView(BaseModel):
    """An event as it is stored."""

    sequence: int = Field(description="Its number.")
    text: str = Field(description="Its canonical JSON, which is what is hashed.")
    hash: str = Field(description="SHA-256 of the text in UTF-8, in hex.")


class HeadView(BaseModel):
    """The end of the chain."""

    sequence: int = Field(description="The number of the last event; 0 where there is none.")
    hash: str = Field(description="Its hash.")


class ChainView(BaseModel):
    """Events in their order, each with its hash."""

    links: tuple[LinkView, ...] = Field(description="The oldest first.")
    head: HeadView = Field(description="Where the store holds that the chain ends.")


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Answers from the store."""

    store: Store

    async def show(self, request: web.Request) -> web.Response:
        """Show the audit log, the newest event first, of what the caller may see."""
        service = one(request, "service")
        before = whole_number(request, "before", LATEST, least=1, most=LATEST)
        limit = whole_number(request, "limit", PAGE, least=1, most=LONGEST_PAGE)
        asker = asker_of(request)
        if service is not None:
            must_see(asker, service)
        try:
            return answer(await self._page(asker, service, before, limit))
        except StoreError as error:
            raise RefusedError(STORE_UNREADABLE, str(error)) from error

    async def show_chain(self, request: web.Request) -> web.Response:
        """Show the log's events as they are stored and hashed, the oldest first."""
        after = whole_number(request, "after", 0, least=0, most=LATEST)
        limit = whole_number(request, "limit", LONGEST_PAGE, least=1, most=LONGEST_PAGE)
        try:
            head = await self.store.head()
            links = await self.store.links(after, limit)
        except StoreError as error:
            raise RefusedError(STORE_UNREADABLE, str(error)) from error
        return answer(ChainView(links=tuple(map(_link, links)), head=_head(head)))

    async def _page(self, asker: Asker, service: str | None, before: int, limit: int) -> EventsView:
        found: list[EventView] = []
        following: int | None = before
        for _ in range(FURTHEST):
            page = await self.store.events(service=service, before=following, limit=limit)
            following = page.following
            seen = [event for event in page.events if _may_see(asker, event)]
            room = limit - len(found)
            if len(seen) > room:
                following = seen[room - 1].sequence
            found += map(_event, seen[:room])
            if following is None or len(found) == limit:
                break
        return EventsView(events=tuple(found), next=following)


def _may_see(asker: Asker, event: Event) -> bool:
    """Say whether to show an event; one that concerns all services is not for everybody."""
    return asker.services is None or (event.service != "" and asker.may_see(event.service))


def _event(event: Event) -> EventView:
    return EventView(
        sequence=event.sequence,
        at=rfc3339(event.at),
        who=event.who,
        origin=event.origin,
        command=event.command,
        service=event.service,
        why=event.why,
        old=_stand(event.old),
        new=_stand(event.new),
        accepted=event.accepted,
        refused=event.refused,
    )


def _stand(release: Document | None) -> StandView | None:
    if release is None:
        return None
    pending = release.get("pending")
    return StandView(
        status=release["status"],
        percent=release["share"] / 100,
        epoch=release["epoch"],
        revision=release["revision"],
        pending=None if pending is None else pending["share"] / 100,
    )


def _link(link: Link) -> LinkView:
    # What was tampered with need not be text; with another one the hash does not fit, as it should.
    text = link.text.decode("utf-8", "replace")
    return LinkView(sequence=link.sequence, text=text, hash=link.hash)


def _head(head: Head) -> HeadView:
    return HeadView(sequence=head.sequence, hash=head.hash)
