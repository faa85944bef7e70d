"""The list of all keys, read off the models: for suggestions, the reference page and the editor."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from router.settings.problems import Data, Path
from router.settings.schema import Settings
from router.settings.schema_release import StageSettings
from router.settings.section import Section
from router.settings.written import OneOrMany, Written


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the config. `path` has no indexes: `services[].ai.endpoints`.

    What a mapping of any names holds stands below `*`: `services[].compare.tolerance.*.absolute`.
    """

    path: str
    words: str
    description: str
    is_required: bool
    default: Data
    example: Data
    item: Written | None
    """How one value is written; None where the key holds a mapping of further keys."""

    @property
    def parent(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@cache
def keys() -> Mapping[str, Key]:
    """Return all keys by path, in the order of the models."""
    return {key.path: key for key in _walk(Settings, "")}


def key_path(path: Path) -> str:
    """Write a path of a file as that of its key."""
    text = ""
    for step in path:
        below = f"{text}.{step}".removeprefix(".")
        text = f"{text}[]" if isinstance(step, int) else f"{text}.*" if text in _maps() else below
    return text


@cache
def _maps() -> frozenset[str]:
    """Return the keys whose mappings have any names, and sections behind them."""
    return frozenset(key.parent.removesuffix(".*") for key in keys().values() if ".*." in key.path)


def models() -> Iterator[type[Section]]:
    """Return all models, each once, the outermost first."""
    found: dict[type[Section], None] = {}
    waiting: list[type[Section]] = [Settings]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found[model] = None
            inner = (_model(field.annotation) for field in model.model_fields.values())
            waiting.extend(other for other in inner if other is not None)
    yield from found


def names_under(parent: str) -> list[str]:
    """Return the keys that a mapping at ``parent`` may have."""
    prefix = parent.removesuffix("[]")
    return [key.name for key in keys().values() if key.parent.removesuffix("[]") == prefix]


def shown_default(field: FieldInfo) -> Data:
    """Write a field's default as it would stand in a file; None where there is none to show."""
    if field.is_required():
        return None
    written = _leaf(field.annotation, field.metadata)
    return _shown(field.get_default(call_default_factory=True), written)


def _walk(model: type[Section], prefix: str) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        path = f"{prefix}.{field.alias or name}".removeprefix(".")
        inner = _model(field.annotation)
        yield Key(
            path=path,
            words=_words(field, inner),
            description=field.description or "",
            is_required=field.is_required(),
            default=shown_default(field),
            example=cast("Data", field.examples[0]) if field.examples else None,
            item=None if inner else _leaf(field.annotation, field.metadata),
        )
        if inner:
            yield from _walk(inner, path + _step_into(field.annotation))


def _step_into(annotation: Any) -> str:
    if _is_list(annotation):
        return "[]"
    return ".*" if _is_map(annotation) else ""


def _words(field: FieldInfo, inner: type[Section] | None) -> str:
    if inner and _is_map(field.annotation):
        return f"a mapping of names to {inner.WORDS}s"
    item = f"a {inner.WORDS}" if inner else _words_of_leaf(field)
    if not _is_list(field.annotation):
        return item
    if any(isinstance(entry, OneOrMany) for entry in field.metadata):
        return f"{item}; or a list of such"
    return f"a list of {inner.WORDS}s" if inner else f"a list; each is {item}"


def _words_of_leaf(field: FieldInfo) -> str:
    leaf = _leaf(field.annotation, field.metadata)
    words = leaf.words if leaf else "a value"
    return f"a mapping of names to values; each is {words}" if _is_map(field.annotation) else words


def _shown(value: Any, written: Written | None) -> Data:
    if value is None or isinstance(value, dict):
        return None
    if isinstance(value, tuple):
        return [_shown(item, written) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, StageSettings):
        return value.percent // 100
    if isinstance(value, Section):
        return None  # its keys show their own defaults
    return cast("Data", written.show(value) if written else value)


def _is_list(annotation: Any) -> bool:
    return get_origin(_without_none(annotation)) is tuple


def _is_map(annotation: Any) -> bool:
    return get_origin(_without_none(annotation)) is Mapping


def _model(annotation: Any) -> type[Section] | None:
    inner = _item(annotation)
    return inner if isinstance(inner, type) and issubclass(inner, Section) else None


def _leaf(annotation: Any, metadata: list[Any]) -> Written | None:
    item = _item(annotation)
    found = [*metadata, *getattr(item, "__metadata__", ())]
    return next((entry for entry in found if isinstance(entry, Written)), None)


def _item(annotation: Any) -> Any:
    """Return what a list or a mapping holds, else the thing itself, without `None`."""
    plain = _without_none(annotation)
    if _is_list(plain):
        return get_args(plain)[0]
    return get_args(plain)[1] if _is_map(plain) else plain


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    others = [part for part in get_args(annotation) if part is not types.NoneType]
    return others[0] if len(others) == 1 else annotation
