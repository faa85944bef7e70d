"""What is copied and how it is compared, in the form that workers and the comparer use."""

from dataclasses import replace

from router.compare.rules import CompareRules, Decision, Fold, Profile, Tolerance
from router.model import BasisPoints
from router.routing.snapshot import Endpoint, Match, Sends, Shadow, Upstream
from router.settings.schema import Settings
from router.settings.schema_compare import CompareSettings, DecisionSettings, FoldSettings
from router.settings.schema_service import ServiceSettings
from router.settings.schema_shadow import ShadowSettings


def compile_rules(settings: Settings) -> dict[str, CompareRules]:
    """Return by which rules each service's answers are compared."""
    return {service.name: _rules(service.compare) for service in settings.services}


def compile_shadow(
    service: ServiceSettings,
    legacy: Upstream,
    ai: Upstream,
    share: BasisPoints | None,
    key: bytes,
) -> Shadow | None:
    """Return what is copied of a service's requests; None where nothing is.

    share: what operators said while it runs, None where that is what the file says. Without a key
    nothing is drawn: whoever knows none could choose.
    """
    shadow = service.shadow
    if shadow is None or not key:
        return None
    sampled = shadow.sample if share is None else share
    if not sampled:
        return None
    return Shadow(
        sends=Sends(shadow.send),
        share=sampled,
        key=key,
        legacy=_pool(legacy, shadow.endpoints.legacy, shadow),
        ai=_pool(ai, shadow.endpoints.ai, shadow),
        match=_match(shadow),
        methods=shadow.methods,
        keep=shadow.headers.keep,
        put=tuple(shadow.headers.set_.items()),
        max_body=shadow.max_body,
        max_concurrency=shadow.max_concurrency,
        timeout=shadow.timeout,
        repeat=shadow.repeat,
        per_second=shadow.budget.requests_per_second,
        cost_per_hour=shadow.budget.cost_per_hour,
        stops_at_rollback=service.release.rollback.shadow == "stop",
    )


def _pool(variant: Upstream, sandbox: tuple[Endpoint, ...], shadow: ShadowSettings) -> Upstream:
    """Return where a variant's copies go: connections of their own, one for each copy.

    A sandbox goes by names of its own: what the variant's certificates must name is not for it.
    """
    tls = replace(variant.tls, server_name="") if sandbox else variant.tls
    return replace(
        variant,
        endpoints=sandbox or variant.endpoints,
        connect_timeout=min(variant.connect_timeout, shadow.timeout),
        first_byte_timeout=shadow.timeout,
        idle_timeout=shadow.timeout,
        max_connections=shadow.max_concurrency,
        max_pending=shadow.max_concurrency,
        tls=tls,
    )


def _match(shadow: ShadowSettings) -> Match:
    """The methods are told apart from what does not match: the one is counted, the other not."""
    where = shadow.match
    return Match(hosts=where.hosts, paths=where.paths, headers=tuple(where.headers.items()))


def _rules(compare: CompareSettings) -> CompareRules:
    return CompareRules(
        profile=Profile(compare.profile),
        status=compare.status,
        headers=compare.headers,
        ignore=compare.ignore,
        classes=tuple(compare.classes.items()),
        tolerance=tuple(
            (place, Tolerance(by.absolute, by.relative)) for place, by in compare.tolerance.items()
        ),
        unordered=compare.unordered,
        match_by=tuple(compare.match_by.items()),
        fold=_fold(compare.fold),
        text=tuple((place, text.similarity) for place, text in compare.text.items()),
        decision=_decision(compare.decision),
        custom=compare.custom or "",
        budget=compare.budget,
        mask=compare.mask,
        record=compare.record,
    )


def _fold(fold: FoldSettings) -> Fold:
    return Fold(fold.case, fold.whitespace, fold.numeric_strings, fold.null_is_missing)


def _decision(decision: DecisionSettings | None) -> Decision | None:
    if decision is None:
        return None
    return Decision(decision.legacy, decision.ai, tuple(decision.map_.items()))
