"""The whole config as the operator writes it. Start reading here."""

from typing import Annotated

from pydantic import Field

from router.settings.schema_proxy import AdminSettings, ProxySettings
from router.settings.schema_service import ServiceSettings
from router.settings.section import Section


class Settings(Section):
    """A config file of Gray Router."""

    proxy: ProxySettings = Field(
        default=ProxySettings(), description="How clients reach the router."
    )
    admin: AdminSettings = Field(
        default=AdminSettings(), description="How operators reach the router."
    )
    services: Annotated[tuple[ServiceSettings, ...], Field(min_length=1)] = Field(
        description="What is routed: at least one service."
    )
