"""The whole config as the operator writes it. Start reading here."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from router.redis_address import MAX_LAG, PREFIX
from router.settings.kinds import Duration, Lease, StateFolder
from router.settings.kinds_control import KeyPrefix, StoreUrl
from router.settings.schema_admin import AdminSettings
from router.settings.schema_comparer import ComparerSettings
from router.settings.schema_proxy import ProxySettings
from router.settings.schema_records import RecordsSettings
from router.settings.schema_replica import ReplicaSettings
from router.settings.schema_service import ServiceSettings
from router.settings.section import Section


class StoreSettings(Section):
    """What is remembered: releases, the audit log, answers to requests that may come again."""

    url: StoreUrl = Field(
        default="sqlite:///./data/gray-router.db",
        description="Where it is kept. A path starts at this file's folder; put it on a disk of "
        "the machine. Several routers share a Redis: `redis://`, `rediss://` (TLS, with "
        "`?ca=FILE` by a CA of your own) or `redis+sentinel://HOST,HOST/MASTER`, each with "
        "`USER:PASSWORD@` where it wants them. `memory:` forgets everything when the router "
        "stops.",
        examples=[
            "sqlite:////var/lib/gray-router/gray-router.db",
            "rediss://gray:${REDIS_PASSWORD}@redis.internal:6379/0?ca=redis-ca.pem",
        ],
    )
    prefix: KeyPrefix = Field(
        default=PREFIX,
        description="What the names of all keys in a Redis begin with: routers that are to share "
        "their releases have the same.",
        examples=["gray-staging"],
    )
    max_lag: Duration = Field(
        default=MAX_LAG,
        description="How long a Redis behind sentinels may go on that has lost its replicas: the "
        "`min-replicas-max-lag` of its own config. It adds to the time to zero.",
        examples=["2s"],
    )


class Settings(Section):
    """A config file of Gray Router."""

    proxy: ProxySettings = Field(
        default=ProxySettings(), description="How clients reach the router."
    )
    admin: AdminSettings = Field(
        default=AdminSettings(), description="How operators reach the router."
    )
    store: StoreSettings = Field(
        default=StoreSettings(), description="What is remembered of releases."
    )
    state_dir: StateFolder = Field(
        default=Path("data"),
        validate_default=True,
        description="Folder for what the router keeps: its lock, its control socket, the journal "
        "of rollbacks. It is made where it is missing. One router runs on it at a time.",
        examples=["/var/lib/gray-router"],
    )
    replica: ReplicaSettings = Field(
        default=ReplicaSettings(), description="This router among others that share its store."
    )
    lease: Lease = Field(
        default=15.0,
        description="How long workers may send to AI without a word from their supervisor; then "
        "legacy serves everyone.",
        examples=["10s"],
    )
    records: RecordsSettings = Field(
        default=RecordsSettings(), description="What is kept of traffic, and for how long."
    )
    comparer: ComparerSettings = Field(
        default=ComparerSettings(), description="Who compares answers: this router, or many."
    )
    services: Annotated[tuple[ServiceSettings, ...], Field(min_length=1)] = Field(
        description="What is routed: at least one service."
    )
