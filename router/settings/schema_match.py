"""The config's part about requests: which ones something is said of."""

from collections.abc import Mapping

from pydantic import Field

from router.settings.kinds import HeaderName, HeaderValue, Host, Method, RequestPath
from router.settings.section import Section


class WhereSettings(Section):
    """Requests by where they go; what is left out accepts everything of its kind."""

    hosts: tuple[Host, ...] = Field(
        default=(),
        description="Hosts that clients ask for: exact, or `*.` before a domain.",
        examples=[["support.example.com", "*.help.example.com"]],
    )
    paths: tuple[RequestPath, ...] = Field(
        default=(),
        description="`/v1/x` exactly, `/v1/*` that and everything below it, `regex:EXPR` the "
        "whole path.",
        examples=[["/v1/classify", "/v2/*"]],
    )
    headers: Mapping[HeaderName, HeaderValue] = Field(
        default={},
        description="Headers that must all be there with exactly these values.",
        examples=[{"x-tenant": "acme"}],
    )


class MatchSettings(WhereSettings):
    """Which requests belong to a service; what is left out accepts everything of its kind."""

    methods: tuple[Method, ...] = Field(
        default=(), description="HTTP methods, in capitals.", examples=[["POST"]]
    )
