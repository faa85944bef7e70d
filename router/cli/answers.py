"""What the admin API's answers look like: whatever else listens on a port is known by its shape."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

Shape = Callable[[Any], bool]
"""Says whether JSON is the answer that was asked for."""

_NUMBER: Final = (int, float)
_COUNT: Final = (int, type(None))
_RATE: Final = (dict, type(None))
_RELEASE: Final[Mapping[str, tuple[type, ...]]] = {
    "service": (str,),
    "percent": _NUMBER,
    "effective_percent": (*_NUMBER, type(None)),
    "status": (str,),
    "epoch": (int,),
    "revision": (int,),
    "updated_at": (str,),
    "by": (str,),
    "reason": (str,),
    "sticky": (bool,),
    "stages": (list,),
    "fallbacks": (dict,),
    "unconfirmed": (list,),
}
_CHANGE: Final[Mapping[str, tuple[type, ...]]] = {"missing": (list,), "applied_ms": _NUMBER}
_ENDPOINT: Final[Mapping[str, tuple[type, ...]]] = {
    "endpoint": (str,),
    "up": (bool,),
    "reason": (str,),
    "ejected_by": (int,),
}
_WORKER: Final[Mapping[str, tuple[type, ...]]] = {
    "name": (str,),
    "pid": (int, type(None)),
    "state": (str,),
    "accepting": (list,),
}
_REPLICA: Final[Mapping[str, tuple[type, ...]]] = {
    "replica": (str,),
    "version": (str,),
    "config_hash": (str,),
    "config_loaded_at": (str, type(None)),
    "refused_since": (str, type(None)),
    "problems": (list,),
    "needs_restart": (list,),
    "lease": (*_NUMBER, type(None)),
    "draining": (bool, type(None)),
    "workers": (list,),
}
_RELOAD: Final[Mapping[str, tuple[type, ...]]] = {
    "config_hash": (str,),
    "is_changed": (bool,),
    "added": (list,),
    "changed": (list,),
    "removed": (list,),
    "needs_restart": (list,),
    "certificates": (list,),
    "warnings": (list,),
    "missing": (list,),
    "applied_ms": _NUMBER,
}
_CERTIFICATE: Final[Mapping[str, tuple[type, ...]]] = {
    "place": (str,),
    "subject": (str,),
    "expires": (str, type(None)),
}
_REPORT: Final[Mapping[str, tuple[type, ...]]] = {
    "service": (str,),
    "epoch": (int,),
    "revision": (int,),
    "complete": (bool,),
    "durable": (str,),
    "applied_ms": (*_NUMBER, type(None)),
    "last_ai_byte_ms": (*_NUMBER, type(None)),
    "replicas": (list,),
    "in_flight_ai": (int,),
    "bound_s": (*_NUMBER, type(None)),
}
_REHEARSAL: Final[Mapping[str, tuple[type, ...]]] = {
    "report": (dict,),
    "restored": (bool,),
    "because": (str, type(None)),
    "release": (dict,),
}
_REPLICA_REPORT: Final[Mapping[str, tuple[type, ...]]] = {
    "replica": (str,),
    "workers": (int,),
    "acked": (int,),
}
_EVENT: Final[Mapping[str, tuple[type, ...]]] = {
    "sequence": (int,),
    "at": (str,),
    "who": (str,),
    "from": (str,),
    "command": (str,),
    "service": (str,),
    "why": (str,),
    "old": (dict, type(None)),
    "new": (dict, type(None)),
    "accepted": (bool,),
    "refused": (str, type(None)),
}
_STAND: Final[Mapping[str, tuple[type, ...]]] = {
    "status": (str,),
    "percent": _NUMBER,
    "pending": (*_NUMBER, type(None)),
}
_LINK: Final[Mapping[str, tuple[type, ...]]] = {"sequence": (int,), "text": (str,), "hash": (str,)}
_PLAN: Final[Mapping[str, tuple[type, ...]]] = {
    "service": (str,),
    "percent_now": _NUMBER,
    "percent": _NUMBER,
    "status": (str,),
    "status_then": (str,),
    "stage": _COUNT,
    "requests_per_hour": _COUNT,
    "ai_requests_per_hour_now": _COUNT,
    "ai_requests_per_hour": _COUNT,
    "needs_reason": (bool,),
    "approvals": (int,),
    "refusal": (dict, type(None)),
}
_SUMMARY: Final[Mapping[str, tuple[type, ...]]] = {
    "raw": _RATE,
    "legacy_noise": _RATE,
    "ai_noise": _RATE,
    "beyond_noise": _RATE,
    "claimed": (bool,),
    "because": (str, type(None)),
}
_ANSWERS: Final[Mapping[str, tuple[type, ...]]] = {
    "service": (str,),
    "phase": (str, type(None)),
    "phases": (list,),
    "coverage": (dict,),
    "results": (dict,),
    "summary": (dict,),
    "fields": (list,),
    "decision": (dict, type(None)),
    "custom": _RATE,
    "suggested": (str,),
    "samples": (list,),
    "next": (str, type(None)),
}
_COVERAGE: Final[Mapping[str, tuple[type, ...]]] = {
    "eligible": (int,),
    "compared": (int,),
    "ratio": (*_NUMBER, type(None)),
    "left_out": (dict,),
}
_FIELD: Final[Mapping[str, tuple[type, ...]]] = {
    **_SUMMARY,
    "field": (str,),
    "changes": (dict,),
    "is_noise": (bool,),
}
_SIDE: Final[Mapping[str, tuple[type, ...]]] = {"status": (int, type(None))}
_SAMPLE: Final[Mapping[str, tuple[type, ...]]] = {
    "id": (str,),
    "at": (str,),
    "phase": (str,),
    "result": (str,),
    "fields": (list,),
    "legacy": (dict,),
    "ai": (dict,),
}
_PAIR: Final[Mapping[str, tuple[type, ...]]] = {
    **_SAMPLE,
    "service": (str,),
    "differences": (list, type(None)),
    "contents": (dict, type(None)),
    "withheld": (str, type(None)),
}
_MINUTE: Final[Mapping[str, tuple[type, ...]]] = {
    "at": (str,),
    "phase": (str,),
    "pairs": (int,),
    "metrics": (dict,),
}
_PROBLEM: Final[Mapping[str, tuple[type, ...]]] = {"code": (str,), "detail": (str,)}


def is_release(data: Any) -> bool:
    """Recognise one service's release."""
    return (
        _has(data, _RELEASE)
        and all(isinstance(stage, _NUMBER) for stage in data["stages"])
        and all(isinstance(count, int) for count in data["fallbacks"].values())
    )


def is_service(data: Any) -> bool:
    """Recognise one service's release with its endpoints."""
    return is_release(data) and _has(data, {"endpoints": (dict,)}) and _are_endpoints(data)


def is_listing(data: Any) -> bool:
    """Recognise all services' releases."""
    return _has(data, {"services": (list,)}) and all(map(is_release, data["services"]))


def is_change(data: Any) -> bool:
    """Recognise the answer to a change."""
    return is_release(data) and _has(data, _CHANGE)


def is_replicas(data: Any) -> bool:
    """Recognise all routers."""
    return _has(data, {"replicas": (list,)}) and all(map(_is_replica, data["replicas"]))


def is_reload(data: Any) -> bool:
    """Recognise the answer to a reload."""
    return _has(data, _RELOAD) and all(_has(each, _CERTIFICATE) for each in data["certificates"])


def is_forgotten(data: Any) -> bool:
    """Recognise how much was removed."""
    return _has(data, {"samples": (int,), "sealed": (int,)})


def is_rehearsal(data: Any) -> bool:
    """Recognise what became of a drill."""
    return _has(data, _REHEARSAL) and is_report(data["report"]) and is_release(data["release"])


def is_report(data: Any) -> bool:
    """Recognise what became of a rollback."""
    return _has(data, _REPORT) and all(_has(each, _REPLICA_REPORT) for each in data["replicas"])


def is_reports(data: Any) -> bool:
    """Recognise what became of several."""
    return _has(data, {"reports": (list,)}) and all(map(is_report, data["reports"]))


def is_events(data: Any) -> bool:
    """Recognise a page of the audit log."""
    return _has(data, {"events": (list,), "next": _COUNT}) and all(map(_is_event, data["events"]))


def is_chain(data: Any) -> bool:
    """Recognise a page of the chain, and its end."""
    return (
        _has(data, {"links": (list,), "head": (dict,)})
        and all(_has(each, _LINK) for each in data["links"])
        and _has(data["head"], {"sequence": (int,), "hash": (str,)})
    )


def is_plan(data: Any) -> bool:
    """Recognise what a change would come to."""
    return _has(data, _PLAN) and (data["refusal"] is None or _has(data["refusal"], _PROBLEM))


def is_divergences(data: Any) -> bool:
    """Recognise what was compared, by answers or by metrics."""
    if not _has(data, {"kind": (str,), "service": (str,)}):
        return False
    if data["kind"] == "metric":
        return _has(data, {"minutes": (list,)}) and all(_has(m, _MINUTE) for m in data["minutes"])
    return (
        _has(data, _ANSWERS)
        and _has(data["coverage"], _COVERAGE)
        and _has(data["summary"], _SUMMARY)
        and all(_has(field, _FIELD) for field in data["fields"])
        and all(map(_is_sample, data["samples"]))
    )


def is_pair(data: Any) -> bool:
    """Recognise one pair of answers."""
    return _is_sample(data) and _has(data, _PAIR)


def is_problem(data: Any) -> bool:
    """Recognise a refusal. A bare `detail` is what many a web framework says."""
    return _has(data, _PROBLEM) and isinstance(data.get("problems", []), list)


def _is_sample(data: Any) -> bool:
    return _has(data, _SAMPLE) and _has(data["legacy"], _SIDE) and _has(data["ai"], _SIDE)


def _is_event(data: Any) -> bool:
    return _has(data, _EVENT) and all(
        data[which] is None or _has(data[which], _STAND) for which in ("old", "new")
    )


def _is_replica(data: Any) -> bool:
    return _has(data, _REPLICA) and all(_has(worker, _WORKER) for worker in data["workers"])


def _are_endpoints(data: Mapping[str, Any]) -> bool:
    return all(map(_is_list_of_endpoints, data["endpoints"].values()))


def _is_list_of_endpoints(data: Any) -> bool:
    return isinstance(data, list) and all(
        _has(each, _ENDPOINT) for each in cast("list[object]", data)
    )


def _has(data: Any, fields: Mapping[str, tuple[type, ...]]) -> bool:
    if not isinstance(data, dict):
        return False
    told = cast("Mapping[str, object]", data)
    return all(isinstance(told.get(name, ...), types) for name, types in fields.items())
