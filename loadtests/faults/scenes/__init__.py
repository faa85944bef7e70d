"""The scenes, in the order in which they are played."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from loadtests.faults.promise import Promise
from loadtests.faults.scenes import bulk, descriptors, drain, hung, slow_clients
from loadtests.faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Scene:
    """A fault and how it is played; `title` is what a reader of the table sees."""

    name: str
    title: str
    play: Callable[[Stage], Awaitable[Sequence[Promise]]]


SCENES = (
    Scene("drain", "SIGTERM with answers and streams in flight", drain.play),
    Scene("hung", "300 requests to an AI that hangs", hung.play),
    Scene("slow-clients", "1,500 clients that drip their headers", slow_clients.play),
    Scene("descriptors", "400 clients take the router's 128 descriptors", descriptors.play),
    Scene("bulk", "bodies of 100 MiB, and peers that stop reading", bulk.play),
)
