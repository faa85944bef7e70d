"""One short word for a config: replicas that show the same one serve by the same rules.

What belongs to one machine alone is left out: where it listens and by which certificate, how many
workers it has, who may command it there, where it keeps its state, and who it is among other
replicas. So is what has its default: one file is the same config for a version that knows more
keys, while replicas are upgraded one after the other. Files count by what they hold, not by where
they lie, and of that only a hash is taken in, as of keys.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, cast

import orjson

from router.release.windows import Days, Weekly
from router.routing.snapshot import Endpoint, Place
from router.settings.files import PemFile
from router.settings.problems import Data
from router.settings.schema import Settings
from router.settings.section import Section

DIGITS: Final = 12

_OF_ONE_MACHINE: Final = frozenset(
    {
        "proxy.listen",
        "proxy.workers",
        "proxy.tls.cert",
        "proxy.tls.key",
        "admin",
        "comparer.stream.judge",
        "store",
        "state_dir",
        "replica",
    }
)


def config_hash(settings: Settings) -> str:
    """Return 12 hex digits that change with anything that replicas must have in common."""
    canonical = orjson.dumps(_plain(settings, ""), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:DIGITS]


def _plain(value: object, path: str) -> Data:
    if isinstance(value, Section):
        return _section(value, path)
    if isinstance(value, Mapping):
        written = cast("Mapping[str, object]", value)
        return {key: _plain(inner, path) for key, inner in written.items()}
    if isinstance(value, tuple):
        return [_plain(item, path) for item in cast("tuple[object, ...]", value)]
    return _scalar(value)


def _section(section: Section, path: str) -> Data:
    written: dict[str, Data] = {}
    for name, known in type(section).model_fields.items():
        value, inner = getattr(section, name), f"{path}.{name}".removeprefix(".")
        default = known.get_default(call_default_factory=True)
        if inner in _OF_ONE_MACHINE or value == default:
            continue
        plain = _plain(value, inner)
        if plain or not isinstance(default, Section):  # else it differs in what was left out
            written[name] = plain
    return written


def _scalar(value: object) -> Data:
    if isinstance(value, PemFile | bytes):
        content = value if isinstance(value, bytes) else value.text.encode()
        return hashlib.sha256(content).hexdigest()
    if isinstance(value, Endpoint):
        return [value.authority, value.is_tls]
    if isinstance(value, Place):
        return [value.kind.value, value.name]
    if isinstance(value, Weekly | Days):
        return value.text
    return cast("Data", value)
