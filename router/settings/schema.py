"""The whole config as the operator writes it. Start reading here."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from router.settings.kinds import Lease, StateFolder
from router.settings.kinds_control import StoreUrl
from router.settings.schema_admin import AdminSettings
from router.settings.schema_proxy import ProxySettings
from router.settings.schema_service import ServiceSettings
from router.settings.section import Section


class StoreSettings(Section):
    """What is remembered: releases, the audit log, answers to requests that may come again."""

    url: StoreUrl = Field(
        default="sqlite:///./data/gray-router.db",
        description="Where it is kept. A path starts at this file's folder; put it on a disk of "
        "the machine. `memory:` forgets everything when the router stops.",
        examples=["sqlite:////var/lib/gray-router/gray-router.db"],
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
    lease: Lease = Field(
        default=15.0,
        description="How long workers may send to AI without a word from their supervisor; then "
        "legacy serves everyone.",
        examples=["10s"],
    )
    services: Annotated[tuple[ServiceSettings, ...], Field(min_length=1)] = Field(
        description="What is routed: at least one service."
    )
