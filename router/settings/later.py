"""What the full contract has and this version does not: refused by name, never ignored.

A key moves out of here when its feature comes; then it is found in the models.
"""

from typing import Final

KEYS: Final[dict[str, frozenset[str]]] = {
    "": frozenset({"telemetry", "alerts"}),
    "services[]": frozenset(
        {
            "owner",
            "outcome",
            "validate",
            "breaker",
            "budget",
            "handoff",
            "targets",
            "data_audit",
            "drift",
        }
    ),
    "services[].release": frozenset(
        {
            "gates",
            "alpha",
            "window",
            "auto_promote",
            "auto_rollback",
            "burn_guard",
            "reset_evidence_on",
        }
    ),
    "services[].release.require": frozenset({"evaluation", "checklist"}),
    "services[].release.stages[]": frozenset({"hold", "min_requests"}),
    "services[].fallback": frozenset(
        {
            "methods",
            "unknown",
            "status",
            "confidence",
            "missing_confidence",
            "first_byte",
            "max_cost",
            "to",
            "static",
            "hedge_after",
            "hedge_budget",
            "answer_buffer",
            "on_large",
            "retry_budget",
        }
    ),
}
"""The parent's path without indexes → the keys below it."""


def is_known(parent: str, key: str) -> bool:
    """Say whether ``key`` is a word of the contract that this version cannot carry out."""
    return key in KEYS.get(parent, frozenset())
