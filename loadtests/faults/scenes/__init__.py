"""The scenes, in the order in which they are played."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from loadtests.faults.promise import Promise
from loadtests.faults.scenes import (
    bulk,
    changes,
    changes_cut,
    clock,
    comparer,
    descriptors,
    drain,
    fleet_chaos,
    fleet_cut_off,
    fleet_rollbacks,
    full_disk,
    hung,
    mutations,
    races,
    redis_away,
    reload,
    restarts,
    rollbacks,
    shadow,
    slow_clients,
    split_brain,
    stale_writer,
    store,
    store_emptied,
    supervisor_killed,
    worker_killed,
    worker_stopped,
)
from loadtests.faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Scene:
    """A fault and how it is played; `title` is what a reader of the table sees.

    limit: seconds that it may take.
    """

    name: str
    title: str
    play: Callable[[Stage], Awaitable[Sequence[Promise]]]
    limit: float = 120.0


SCENES = (
    Scene("worker-killed", "kill -9 of a worker under load", worker_killed.play),
    Scene("worker-dying", "kill -9 again and again", worker_killed.play_again_and_again),
    Scene("worker-stopped", "a worker hangs (SIGSTOP) under load", worker_stopped.play),
    Scene("supervisor-killed", "kill -9 of the supervisor under load", supervisor_killed.play),
    Scene("reload", "10 reloads and 20 replaced workers under load", reload.play),
    Scene("drain", "SIGTERM with answers and streams in flight", drain.play),
    Scene("hung", "300 requests to an AI that hangs", hung.play),
    Scene("comparer-killed", "kill -9 of the comparer under load", comparer.play_killed),
    Scene("comparer-hung", "the comparer hangs (SIGSTOP) under load", comparer.play_hung),
    Scene("shadow", "copies to a backend that is slow, hung or dead", shadow.play, limit=240.0),
    Scene("slow-clients", "1,500 clients that drip their headers", slow_clients.play),
    Scene("slow-tls-clients", "1,000 that drip over TLS", slow_clients.play_over_tls),
    Scene("descriptors", "400 clients take the router's 128 descriptors", descriptors.play),
    Scene("bulk", "bodies of 100 MiB, and peers that stop reading", bulk.play),
    Scene("mutations", "1,000 damaged configs over the running one", mutations.play),
    Scene("changes", "certificates, config, DNS and health change under load", changes.play),
    Scene("rollbacks", "rollbacks at full load, half of them with a fault", rollbacks.play),
    Scene("races", "raises that meet a rollback", races.play),
    Scene("full-disk", "the disk is full", full_disk.play),
    Scene("store", "a store that is damaged, and one that is deleted", store.play),
    Scene("changes-cut", "kill -9 of the supervisor in the middle of changes", changes_cut.play),
    Scene("restarts", "each state of a release over a restart", restarts.play),
    Scene("clock", "the time of day jumps by an hour", clock.play),
    Scene(
        "fleet",
        "rollbacks of 10 replicas of 2 workers on one Redis, lease 15 s",
        fleet_rollbacks.play,
    ),
    Scene(
        "fleet-redis-killed",
        "the same, and Redis is killed at the same moment",
        fleet_rollbacks.play_redis_killed,
    ),
    Scene("fleet-cut-off", "a replica that nobody reaches, lease 4 s", fleet_cut_off.play),
    Scene(
        "split-brain", "a deposed master that a replica still hears, lease 4 s", split_brain.play
    ),
    Scene("redis-away", "Redis is away, and comes back; lease 3 s", redis_away.play),
    Scene(
        "store-emptied",
        "an empty Redis and a stopped replica come back, lease 3 s",
        store_emptied.play,
    ),
    Scene("stale-writer", "fail-overs that lose what was written last", stale_writer.play),
    Scene(
        "fleet-chaos", "whatever may happen to 4 replicas, lease 3 s", fleet_chaos.play, limit=400.0
    ),
)
