"""The audit log is checked here, on the reader's side: whoever keeps it is not asked to judge it.

What is heavy (the reader of events) is imported with this module, so commands import it late.
"""

import asyncio
import json  # noqa: TID251 - see admin_client
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from router.cli.admin_client import AdminClient
from router.cli.answers import is_chain
from router.store.audit import Broken, Head, Intact, Link, verify
from router.store.opening import open_existing

PAGE: Final = 1000
"""Events that are fetched at once."""

Links = Callable[[int], Awaitable[Sequence[Link]]]


@dataclass(frozen=True, slots=True)
class Noted:
    """The end of the log as somebody wrote it down."""

    sequence: int
    hash: str


@dataclass(slots=True)
class Verdict:
    """What came of a check; first and last are when (RFC 3339) those events were.

    broken: the first event that is wrong, and why.
    """

    head: Head = field(default_factory=Head)
    first: str | None = None
    last: str | None = None
    broken: Broken | None = None

    def as_json(self) -> dict[str, Any]:
        broken = self.broken and {"event": self.broken.sequence, "because": self.broken.because}
        return {
            "whole": broken is None,
            "events": self.head.sequence,
            "first_at": self.first,
            "last_at": self.last,
            "head": {"event": self.head.sequence, "hash": self.head.hash},
            "broken": broken,
        }


def check_router(client: AdminClient, noted: Noted | None) -> Verdict:
    """Check a router's log, page by page."""
    return asyncio.run(_check_router(client, noted))


def check_store(url: str, noted: Noted | None) -> Verdict:
    """Check the log in a store, with no router."""
    return asyncio.run(_check_store(url, noted))


async def _check_router(client: AdminClient, noted: Noted | None) -> Verdict:
    def page(after: int) -> Mapping[str, Any]:
        path = f"/events/chain?after={after}&limit={PAGE}"
        said: Mapping[str, Any] = client.call("GET", path, is_chain).data
        return said

    async def links(after: int) -> Sequence[Link]:
        return [_link(each) for each in page(after)["links"]]

    head = page(0)["head"]
    return await _check(links, Head(head["sequence"], head["hash"]), noted)


async def _check_store(url: str, noted: Noted | None) -> Verdict:
    store = open_existing(url, Path())
    try:
        return await _check(store.links, await store.head(), noted)
    finally:
        await store.close()


async def _check(links: Links, head: Head, noted: Noted | None) -> Verdict:
    verdict = Verdict(head)
    is_as_noted = noted is None

    async def seen(after: int) -> Sequence[Link]:
        nonlocal is_as_noted
        page = await links(after)
        for link in page:
            if link.sequence <= head.sequence:
                verdict.last = _when(link)
                verdict.first = verdict.first or verdict.last
            if noted is not None and (link.sequence, link.hash) == (noted.sequence, noted.hash):
                is_as_noted = True
        return page

    found = await verify(seen, head)
    if not isinstance(found, Intact):
        verdict.broken = found
    elif noted is not None and not is_as_noted:
        verdict.broken = Broken(noted.sequence, _unlike(noted, head))
    return verdict


def _unlike(noted: Noted, head: Head) -> str:
    if noted.sequence > head.sequence:
        return f"it was noted, and the log ends with event {head.sequence} now"
    return "it is not the event that was noted: the log was written anew"


def _link(said: Mapping[str, Any]) -> Link:
    text = said["text"].encode("utf-8", "surrogatepass")
    return Link(said["sequence"], str(_fields(text).get("service", "")), text, said["hash"])


def _when(link: Link) -> str | None:
    at = _fields(link.text).get("at")
    if not isinstance(at, int | float):
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fields(text: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", fields) if isinstance(fields, dict) else {}
