"""One router is told to roll back, and asked again when the connection breaks.

A rollback that comes twice does the same as one: only the epoch grows. So whatever is not known is
asked for again.
"""

import contextlib
import http.client
import json  # noqa: TID251 - see admin_client
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from router.cli.access import Access
from router.cli.address import Address
from router.cli.admin_client import Call, ForeignError, is_foreign, understood, whole, why_silent
from router.cli.answers import is_listing, is_report, is_reports
from router.cli.changing import path_of
from router.cli.event_stream import events_of
from router.errors import AdminRefusedError

LIMIT: Final = 12.0
"""Seconds for one router. It answers within five, with a worker that hangs and a disk that does."""

ASK_AGAIN: Final = 0.2
"""Seconds after a connection broke: whoever started the router starts it again."""

EVENT_STREAM: Final = "text/event-stream"

Report = Mapping[str, Any]


class Listener(Protocol):
    """Is told what happens, as it happens."""

    def heard(self, admin: Address, ack: Mapping[str, Any]) -> None:
        """A worker has acknowledged."""
        ...

    def lost(self, admin: Address, why: Exception) -> None:
        """The connection broke, and is made again."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be rolled back; `service` is None for all."""

    service: str | None
    reason: str = ""

    @property
    def call(self) -> Call:
        path = "/rollback" if self.service is None else path_of(self.service, "rollback")
        shape = is_reports if self.service is None else is_report
        body = {"reason": self.reason} if self.reason else None
        return Call("POST", path, shape, body, {"Accept": f"{EVENT_STREAM}, application/json"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it at one router.

    seen: where the connection broke, the releases as the router shows them afterwards. problem: why
    it is not known to be done there. is_reached: whether the router was told at all. is_refused:
    it said no.
    """

    admin: Address
    reports: tuple[Report, ...] = ()
    seen: tuple[Mapping[str, Any], ...] = ()
    problem: str | None = None
    is_reached: bool = True
    is_refused: bool = False


class RollbackCall:
    """The conversation with one router."""

    def __init__(self, access: Access, admin: Address, wish: Wish, listener: Listener) -> None:
        self._access = access
        self._admin = admin
        self._wish = wish
        self._listener = listener
        self._published: dict[str, int] = {}
        self._is_reached = False
        self._until = time.monotonic() + LIMIT

    def finish(self) -> Outcome:
        """Return once it is done there, or is known not to be."""
        while True:
            try:
                return self._understood()
            except (OSError, http.client.IncompleteRead) as error:
                if not self._is_reached:
                    why = why_silent(error) if isinstance(error, OSError) else str(error)
                    return self._failed(f"{self._admin}: {why}", is_reached=False)
                if time.monotonic() >= self._until:
                    return self._failed(self._unknown(error))
                self._listener.lost(self._admin, error)
            time.sleep(ASK_AGAIN)

    def _understood(self) -> Outcome:
        try:
            return self._spoken()
        except AdminRefusedError as refused:
            return self._failed(str(refused), is_refused=True)
        except ForeignError as error:
            return self._failed(is_foreign(self._admin, error), is_reached=bool(self._published))
        except http.client.BadStatusLine as error:
            if isinstance(error, OSError):  # it hung up without an answer
                raise
            foreign = ForeignError("it does not speak HTTP")
            return self._failed(is_foreign(self._admin, foreign), is_reached=False)

    def _spoken(self) -> Outcome:
        if self._published:
            releases = self._look()
            if self._is_done(releases):
                return Outcome(self._admin, seen=releases)
        return Outcome(self._admin, self._order())

    def _failed(self, why: str, *, is_reached: bool = True, is_refused: bool = False) -> Outcome:
        return Outcome(self._admin, problem=why, is_reached=is_reached, is_refused=is_refused)

    # Order...

    def _order(self) -> tuple[Report, ...]:
        call = self._wish.call
        with self._asked(call) as response:
            if not response.getheader("Content-Type", "").startswith(EVENT_STREAM):
                return _reports(self._answer(response, call))
            reports = tuple(self._streamed(events_of(iter(response.readline, b""))))
        if not reports or len(reports) < len(self._published):
            raise ConnectionError("it ended before the report came")
        return reports

    def _streamed(self, events: Iterator[tuple[str, str]]) -> Iterator[Report]:
        for name, said in events:
            data = _read(said)
            if name == "published":
                self._published[str(data.get("service"))] = int(data.get("epoch", 0))
            elif name == "acknowledged":
                self._listener.heard(self._admin, data)
            elif name == "report":
                if not is_report(data):
                    raise ForeignError("its report is none")
                yield data

    # Look...

    def _look(self) -> tuple[Mapping[str, Any], ...]:
        call = Call("GET", "/services", is_listing)
        with self._asked(call) as response:
            listing = self._answer(response, call)
        wanted = self._wish.service
        return tuple(each for each in listing["services"] if wanted in (None, each["service"]))

    def _is_done(self, releases: tuple[Mapping[str, Any], ...]) -> bool:
        """Say whether the rollback stands; raise while a worker has not confirmed it."""
        for release in releases:
            epoch = self._published.get(release["service"], 0)
            if release["status"] != "rolled_back" or release["epoch"] < epoch:
                return False
        late = [name for release in releases for name in release["unconfirmed"]]
        if late:
            raise ConnectionError(f"{', '.join(late)} has not confirmed")
        return bool(releases)

    # Ask...

    @contextlib.contextmanager
    def _asked(self, call: Call) -> Generator[http.client.HTTPResponse]:
        with contextlib.closing(self._access.connect(self._admin)) as connection:
            self._is_reached = True
            connection.sock.settimeout(max(ASK_AGAIN, self._until - time.monotonic()))
            call.send(connection, self._access)
            with connection.getresponse() as response:
                yield response

    def _answer(self, response: http.client.HTTPResponse, call: Call) -> Any:
        received = whole(response, self._until)
        return understood(self._admin, response, received, call.shape, self._access).data

    def _unknown(self, lost: Exception) -> str:
        if self._published:
            return (
                f"{self._admin} began to roll back, and was lost ({lost}). Whether it is done "
                "everywhere, and kept, is not known."
            )
        told = f"{self._admin} took the rollback, and was lost ({lost}): not known to be done."
        return told + self._access.doubt(self._admin)


def _reports(data: Any) -> tuple[Report, ...]:
    return tuple(data["reports"]) if is_reports(data) else (data,)


def _read(said: str) -> Report:
    try:
        data = json.loads(said)
    except ValueError as error:
        raise ForeignError("its events are no JSON") from error
    if not isinstance(data, dict):
        raise ForeignError("its events are other JSON")
    return cast("Report", data)
