"""What others call the same: keys that people bring along from the tools that they know.

Envoy, Istio and Traefik mirror, Diffy and deepdiff compare; nobody should have to look up ours.
"""

from collections.abc import Mapping
from typing import Final

_OURS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "services[]": {
        "shadow": (
            "mirror", "mirrors", "mirroring", "mirror_policy", "request_mirror_policy",
            "request_mirror_policies", "requestmirror", "tee",
        ),
        "compare": ("comparison", "diff", "diffy"),
    },
    "services[].shadow": {
        "sample": (
            "percent", "percentage", "mirror_percent", "mirror_percentage", "mirrorpercentage",
            "runtime_fraction", "default_value", "fraction", "ratio", "rate", "weight",
        ),
        "endpoints": ("cluster", "host", "backend", "backend_ref", "upstream", "url", "target"),
        "max_body": ("max_body_size", "maxbodysize", "mirror_body", "mirrorbody", "body"),
        "send: to_ai": ("to_ai", "ai"),
        "send: to_legacy": ("to_legacy", "legacy"),
    },
    "services[].shadow.headers": {"keep": ("pass", "forward"), "set": ("add", "append")},
    "services[].compare": {
        "ignore": ("exclude", "exclude_paths", "excluded", "ignore_paths", "ignored_fields"),
        "unordered": ("ignore_order", "sets", "any_order"),
        "tolerance": ("epsilon", "significant_digits", "math_epsilon", "threshold", "thresholds"),
        "fold": ("ignore_string_case", "ignore_case", "ignore_whitespace"),
        "text.similarity": ("similarity",),
        "record": ("store", "keep", "save"),
    },
}  # fmt: skip
"""The parent's path without indexes → our key → theirs."""


def meant_by(parent: str, name: str) -> str | None:
    """Return our key for theirs."""
    folded = name.lower().replace("-", "_")
    known = _OURS.get(parent, {})
    return next((ours for ours, theirs in known.items() if folded in theirs), None)
