"""Settings and releases → the snapshot that workers serve by.

Rule: nothing is decided here. What the operator wrote and what the releases say is put into the
form that costs the least on the way of a request.
"""

from collections.abc import Mapping

from router.release.plan import ReleasePlan
from router.release.state import Release
from router.routing.snapshot import (
    Condition,
    CookiePolicy,
    Ejection,
    Force,
    Forward,
    HeaderPolicy,
    InFlight,
    Limits,
    ListenerTls,
    Match,
    Rate,
    Rule,
    Service,
    Snapshot,
    Split,
    Upstream,
    UpstreamTls,
)
from router.settings.compile_shadow import compile_shadow
from router.settings.files import PemFile
from router.settings.fingerprint import config_hash
from router.settings.schema import Settings
from router.settings.schema_match import MatchSettings
from router.settings.schema_proxy import (
    ListenerTlsSettings,
    ProxySettings,
    RateSettings,
)
from router.settings.schema_service import (
    CookieSettings,
    EjectionSettings,
    ForceSettings,
    RuleSettings,
    ServiceSettings,
    SplitSettings,
    UpstreamSettings,
    UpstreamTlsSettings,
)


def compile_snapshot(
    settings: Settings, releases: Mapping[str, Release], version: int, shadow_key: bytes = b""
) -> Snapshot:
    """Return the routing table; a service without a release stands at 0.

    shadow_key: what is drawn by, which requests are copied; without one none are.
    """
    proxy = settings.proxy
    prefix = proxy.headers.prefix
    return Snapshot(
        version=version,
        services=tuple(
            _service(service, releases.get(service.name, Release(service.name)), prefix, shadow_key)
            for service in settings.services
        ),
        trusted_proxies=proxy.trusted_proxies,
        limits=_limits(proxy),
        headers=_headers(proxy),
        drain_timeout=proxy.drain_timeout,
        tls=_listener_tls(proxy.tls),
        access_log=proxy.access_log,
        config_hash=config_hash(settings),
    )


def compile_plan(service: ServiceSettings) -> ReleasePlan:
    """Return by which rules a service's share grows."""
    release = service.release
    return ReleasePlan(
        stages=tuple(stage.percent for stage in release.stages),
        max_step=release.max_step,
        approvals=release.approvals,
        require_reason=release.require_reason,
        no_raise=release.no_raise,
        holds_on=release.on_partition == "hold",
        drill_within=release.require.drill,
        sample=service.shadow.sample if service.shadow else None,
    )


def _service(service: ServiceSettings, release: Release, prefix: str, shadow_key: bytes) -> Service:
    legacy, ai = _upstream(service.legacy), _upstream(service.ai)
    return Service(
        name=service.name,
        match=_match(service.match),
        legacy=legacy,
        ai=ai,
        split=_split(service.split, service.name, prefix),
        share=release.share,
        epoch=release.epoch,
        revision=release.revision,
        rolled_back=release.is_barred,
        fall_back_on_connect="connect" in service.fallback.on,
        replay_buffer=service.fallback.replay_buffer,
        in_flight=InFlight(service.release.rollback.in_flight),
        stream_drain=service.release.stream_drain,
        holds_on=compile_plan(service).holds(release),
        phase=release.phase,
        shadow=compile_shadow(service, legacy, ai, release.shadow, shadow_key),
    )


def _match(match: MatchSettings) -> Match:
    return Match(match.hosts, match.paths, match.methods, tuple(match.headers.items()))


def _upstream(upstream: UpstreamSettings) -> Upstream:
    return Upstream(
        endpoints=upstream.endpoints,
        connect_timeout=upstream.connect_timeout,
        first_byte_timeout=upstream.first_byte_timeout,
        idle_timeout=upstream.idle_timeout,
        max_connections=upstream.pool.max_connections,
        max_pending=upstream.pool.max_pending,
        pool_idle=upstream.pool.idle,
        retry_attempts=upstream.retry.attempts,
        retry_backoff=upstream.retry.backoff,
        tls=_upstream_tls(upstream.tls),
        ejection=_ejection(upstream.ejection),
        slow_start=upstream.slow_start,
        forward=Forward(upstream.forward.drop_headers, upstream.forward.mask),
    )


def _upstream_tls(tls: UpstreamTlsSettings) -> UpstreamTls:
    return UpstreamTls(
        verify=tls.verify,
        server_name=tls.server_name or "",
        ca=_text(tls.ca),
        certificate=_text(tls.cert),
        key=_text(tls.key),
    )


def _text(file: PemFile | None) -> str:
    return file.text if file else ""


def _ejection(ejection: EjectionSettings) -> Ejection:
    return Ejection(ejection.consecutive, ejection.base, ejection.max_percent / 100)


def _split(split: SplitSettings, name: str, prefix: str) -> Split:
    return Split(
        salt=split.salt or name,
        keys=split.key,
        cookie=_cookie(split.cookie),
        rules=tuple(_rule(rule) for rule in split.rules),
        force=_force(split.force, prefix),
        cache_private=split.cache == "private",
    )


def _cookie(cookie: CookieSettings | None) -> CookiePolicy | None:
    return None if cookie is None else CookiePolicy(cookie.name, int(cookie.max_age))


def _rule(rule: RuleSettings) -> Rule:
    when = rule.when
    condition = Condition(
        headers=tuple(when.header.items()),
        cookies=tuple(when.cookie.items()),
        query=tuple(when.query.items()),
        json=tuple(when.json_.items()),
        cidrs=when.cidr,
    )
    return Rule(condition, rule.variant)


def _force(force: ForceSettings | None, prefix: str) -> Force | None:
    return None if force is None else Force(force.header or f"{prefix}variant", force.from_)


def _limits(proxy: ProxySettings) -> Limits:
    limits = proxy.limits
    return Limits(
        header_bytes=limits.header_bytes,
        header_count=limits.header_count,
        body=limits.body or 0,
        header_timeout=limits.header_timeout,
        idle_timeout=limits.idle_timeout,
        connections=limits.connections,
        rate=_rate(limits.rate),
        buffers=proxy.buffers,
    )


def _rate(rate: RateSettings | None) -> Rate | None:
    if rate is None:
        return None
    # A bucket that holds less than one request would never let any pass.
    return Rate(rate.key, rate.per_second, float(rate.burst or max(1.0, rate.per_second)))


def _listener_tls(tls: ListenerTlsSettings | None) -> ListenerTls | None:
    return None if tls is None else ListenerTls(tls.cert.text, tls.key.text)


def _headers(proxy: ProxySettings) -> HeaderPolicy:
    return HeaderPolicy(
        prefix=proxy.headers.prefix,
        expose=proxy.headers.expose,
        expose_to=proxy.headers.expose_to,
        request_id=proxy.request_id.header,
        request_id_from_any=proxy.request_id.from_ == "any",
    )
