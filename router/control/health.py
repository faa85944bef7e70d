"""Whether an endpoint is up: what its probes said, counted.

Rule 1: whatever turns an endpoint up or down lives in `judge`.
Rule 2: this file knows no socket and no clock; who probes, and when, is in `probing`.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Health:
    """How a variant's endpoints are probed. `interval` and `timeout` in seconds.

    healthy_after, unhealthy_after: probes in a row that must pass, or fail, before it is believed.
    """

    path: str
    interval: float = 5.0
    timeout: float = 2.0
    healthy_after: int = 2
    unhealthy_after: int = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """What is believed of an endpoint: it is up until probed.

    against: probes in a row that said the contrary.
    """

    is_up: bool = True
    against: int = 0
    was_probed: bool = False


def judge(standing: Standing, health: Health, *, passed: bool) -> Standing:
    """Return what is believed after one more probe.

    The first probe decides at once: there is nothing yet that one lost packet could spoil, and a
    backend that is dead when the router starts gets no traffic meanwhile.
    """
    if not standing.was_probed:
        return Standing(is_up=passed, was_probed=True)
    if passed is standing.is_up:
        return replace(standing, against=0)
    against = standing.against + 1
    needed = health.healthy_after if passed else health.unhealthy_after
    if against >= needed:
        return Standing(is_up=passed, was_probed=True)
    return replace(standing, against=against)
