"""What is known of every endpoint: where it is, whether it is up, and who leaves it out."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from router.control.directory import Directory, Found, Means, Watched
from router.control.ejections import Ejections, Outcast
from router.control.events import tell
from router.model import Variant
from router.wire.messages import Locate, Telemetry

TELEMETRY_EVERY: Final = 1.0
"""Seconds between two looks at whom the workers leave out; they say it as often."""


@dataclass(frozen=True, slots=True)
class EndpointState:
    """One address of one endpoint, or a name that has none.

    reason: why its last probe failed, or `no address`; empty where nothing is wrong.
    ejected_by: how many workers leave it out because requests to it failed.
    """

    service: str
    variant: Variant
    endpoint: str
    is_up: bool
    reason: str
    ejected_by: int

    @property
    def shown(self) -> str:
        """Say it in one word, and why."""
        if not self.is_up:
            return f"down ({self.reason})" if self.reason else "down"
        return "ejected" if self.ejected_by else "up"


class Endpoints:
    """Joins the directory and the workers' ejections, and tells when AI has nobody left.

    telemetry: the last word of every worker that is alive.
    """

    def __init__(
        self,
        means: Means,
        send: Callable[[Locate], None],
        telemetry: Callable[[], Mapping[str, Telemetry]],
    ) -> None:
        self._directory = Directory(means, self._on_located)
        self._ejections = Ejections()
        self._send = send
        self._telemetry = telemetry
        self._vacant: set[str] = set()

    # Told what to watch...

    async def prepare(self, watched: Iterable[Watched]) -> None:
        """Look up the names of what will be watched next; return when all is known, or soon."""
        await self._directory.prepare(watched)

    def watch(self, watched: Sequence[Watched]) -> None:
        """Follow exactly these; call it right before the snapshot that they stand in."""
        self._directory.watch(watched)
        self._look_for_vacancy()

    # Following the workers...

    async def follow(self) -> None:
        """Take their words as they come, whether anybody asks for states or not."""
        while True:
            await asyncio.sleep(TELEMETRY_EVERY)
            self._hear()

    # Answering...

    def states(self) -> tuple[EndpointState, ...]:
        """Show everything, by the workers' last words too, in the order of the config."""
        self._hear()
        return self._states(self._directory.found())

    # Own...

    def _hear(self) -> None:
        words = {worker: word.ejected for worker, word in self._telemetry().items()}
        if self._ejections.hear(words):
            self._look_for_vacancy()

    def _states(self, found: Iterable[Found]) -> tuple[EndpointState, ...]:
        return tuple(
            EndpointState(
                each.service,
                each.variant,
                each.name,
                each.is_up,
                each.reason,
                self._ejections.count(Outcast(each.service, each.variant, each.name)),
            )
            for each in found
        )

    def _on_located(self, locate: Locate) -> None:
        """Look at this service alone: hundreds of others may be located in the same moment."""
        self._send(locate)
        if locate.variant is Variant.AI:
            found = self._directory.found_of(locate.service, locate.variant)
            self._judge_vacancy(locate.service, self._states(found))

    def _look_for_vacancy(self) -> None:
        """Tell of each service whose AI has nobody left for some worker, or somebody again."""
        by_service: dict[str, list[EndpointState]] = {}
        for state in self._states(self._directory.found()):
            if state.variant is Variant.AI:
                by_service.setdefault(state.service, []).append(state)
        for service, states in by_service.items():
            self._judge_vacancy(service, states)
        self._vacant &= by_service.keys()

    def _judge_vacancy(self, service: str, states: Sequence[EndpointState]) -> None:
        up = {Outcast(service, Variant.AI, state.endpoint) for state in states if state.is_up}
        outcasts = self._ejections.by_worker.items()
        without = sorted(worker for worker, ejected in outcasts if up <= ejected)
        if up and not without:
            if service in self._vacant:
                self._vacant.remove(service)
                tell("ai_endpoint_back", service=service)
        elif service not in self._vacant:
            self._vacant.add(service)
            _tell_vacancy(service, states, "all" if not up else without[0])


def _tell_vacancy(service: str, states: Iterable[EndpointState], worker: str) -> None:
    tell(
        "no_ai_endpoint",
        level=logging.ERROR,
        service=service,
        worker=worker,
        endpoints={state.endpoint: state.shown for state in states},
    )
