"""What is said of a rollback: to somebody who was woken up, and reads one line."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from router.cli.output import milliseconds, printable
from router.cli.rollback_call import Outcome, Report

_KEPT: Final = {
    "store": "kept in the store",
    "journal": "kept in the rollback journal: the store takes nothing now",
}
STILL_WAITING: Final = """\
still waiting, up to {limit:g} s: a router that has taken the call hangs, or its disk does. Workers
of one that hangs leave AI by themselves once their lease is over (15 s, unless the config says
otherwise)."""

HELP: Final = """\
What helps on that router's own machine:
  gray-router rollback {what} --store sqlite:////PATH/gray-router.db
      writes it into the store, that of `store.url` (a Redis: once for all that share it): a router
      that runs notices it by itself, and one that is started again begins rolled back
  systemctl restart gray-router
      after that, where the router does not answer any more
  systemctl stop gray-router
      ends all traffic through it, legacy's too: lead clients around it first
Workers whose supervisor is dead or hangs leave AI by themselves once their lease is over (15 s,
unless the config says otherwise)."""


def acknowledged(ack: Mapping[str, Any], where: str) -> str:
    """Say that a worker serves by it, or how many of another replica's do."""
    replica, service = printable(ack.get("replica", "?")), printable(ack.get("service", "?"))
    if "workers" in ack:
        who = f"{ack.get('acked', '?')} of {ack['workers']} workers"
    else:
        who = printable(ack.get("worker", "?"))
    return f"  {where}{service}: {replica} {who} after {milliseconds(ack.get('applied_ms'))}"


def sentence(report: Report, where: str, now: float) -> str:
    """Say in one line what became of one service at one router."""
    name = f"{printable(report['service'])}{where}"
    told = _complete(report) if report["complete"] else _incomplete(report, now)
    return f"{name}: {told} {_last_request(report)}{_not_kept(report)}"


def _complete(report: Report) -> str:
    replaced = f", {_missing(report)} replaced" if report.get("missing") else ""
    return (
        f"everyone is on legacy, {_count(report)}{replaced}, "
        f"{milliseconds(report['applied_ms'])} after the call{_kept(report)} "
        f"(epoch {report['epoch']})."
    )


def _incomplete(report: Report, now: float) -> str:
    told = (
        f"NOT YET EVERYWHERE: {_count(report)} on legacy{_kept(report)} (epoch {report['epoch']}); "
        f"not confirmed by {_missing(report)}."
    )
    return f"{told} {_bound(report, now)}"


def _bound(report: Report, now: float) -> str:
    is_one = len(_silent(report)) <= 1
    provided = f" Mind: {printable(report['provided'])}." if report.get("provided") else ""
    if report["bound_s"] is None:
        told = "IT MAY ASK AI FOR AS LONG AS IT RUNS: stop it by hand."
        if not is_one:
            told = "THEY MAY ASK AI FOR AS LONG AS THEY RUN: stop them by hand."
        return told + provided
    when = f"{clock(report, now)} (in {report['bound_s']:g} s)"
    if is_one:
        return f"It is safe by {when} by itself.{provided}"
    return f"They are safe by {when} by themselves.{provided}"


def clock(report: Report, now: float) -> str:
    """Return the time of day by which the silent ones are safe."""
    return time.strftime("%H:%M:%S", time.localtime(now + report["bound_s"] + 0.999))


def _count(report: Report) -> str:
    replicas = report["replicas"]
    acked = sum(each["acked"] for each in replicas)
    workers = f"{acked} of {sum(each['workers'] for each in replicas)} workers"
    return f"{workers} of {len(replicas)} replicas" if len(replicas) > 1 else workers


def _silent(report: Report) -> Sequence[str]:
    silent = [each["replica"] for each in report["replicas"] if each["acked"] < each["workers"]]
    return report.get("missing") or silent


def _missing(report: Report) -> str:
    return ", ".join(map(printable, _silent(report))) or "somebody"


def _kept(report: Report) -> str:
    kept = _KEPT.get(report["durable"])
    return "" if kept is None else f", {kept}"


def _not_kept(report: Report) -> str:
    if report["durable"] in _KEPT:
        return ""
    return (
        " BUT NO DISK TOOK IT: it holds until that router restarts. Make room, and roll back once "
        "more before that."
    )


def _last_request(report: Report) -> str:
    last = report["last_ai_byte_ms"]
    if last is None:
        began = "No request to AI was ever begun."
    elif last == 0:
        began = "No AI request began after the call."
    else:
        began = f"Last AI request began {milliseconds(last)} after it."
    if not report["complete"] and len(report["replicas"]) > 1:  # who is silent has told nothing
        began = f"Elsewhere: {began[0].lower()}{began[1:]}"
    running = report["in_flight_ai"]
    return f"{began} {running} begun before still run." if running else began


def seen_sentence(release: Mapping[str, Any], where: str) -> str:
    """Say what a router shows that was lost before it could report."""
    return (
        f"{printable(release['service'])}{where}: everyone is on legacy "
        f"(epoch {release['epoch']}), as its status says; the connection broke before its report."
    )


def problems(reports: Iterable[Report]) -> Iterator[str]:
    """Give what went wrong with keeping it, each sentence once."""
    sentences = (each for report in reports for each in report.get("problems") or ())
    yield from (f"  {printable(each)}" for each in dict.fromkeys(sentences))


def summary(outcomes: Sequence[Outcome], now: float) -> str:
    """Say in one line what became of all."""
    failed = [outcome for outcome in outcomes if outcome.problem is not None]
    if failed:
        return _failed(outcomes, failed)
    reports = [report for outcome in outcomes for report in outcome.reports]
    late = [report for report in reports if not report["complete"]]
    if late:
        return f"NOT YET EVERYWHERE: {_latest(late, now)}"
    services = {report["service"] for report in reports}
    services |= {release["service"] for outcome in outcomes for release in outcome.seen}
    last = max((report["applied_ms"] or 0 for report in reports), default=0.0)
    routers = f"{len(outcomes)} router{'s'[: len(outcomes) > 1]}"
    names = ", ".join(map(printable, sorted(services)))
    return f"EVERYONE IS ON LEGACY: {names} at {routers}, {milliseconds(last)} after the call."


def _failed(outcomes: Sequence[Outcome], failed: Sequence[Outcome]) -> str:
    if len(failed) < len(outcomes):
        return f"NOT EVERYWHERE: not known to be done at {', '.join(str(f.admin) for f in failed)}."
    if all(outcome.is_refused or not outcome.is_reached for outcome in outcomes):
        return "NOTHING WAS ROLLED BACK."
    return "NOT KNOWN TO BE DONE: call it again, and look with `gray-router status`."


def _latest(late: Sequence[Report], now: float) -> str:
    names = ", ".join(sorted({printable(report["service"]) for report in late}))
    if any(report["bound_s"] is None for report in late):
        return f"{names}; somebody may ask AI for as long as it runs, see above."
    when = max(clock(report, now) for report in late)
    on_what = ", on a condition: see above" if any(each.get("provided") for each in late) else ""
    return f"{names}; all are safe by {when} by themselves{on_what}."
