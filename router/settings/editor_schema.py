"""The JSON Schema that an editor completes and checks a config by.

It is looser than `check`: a schema cannot see that two values contradict each other, and a value
may always come from the environment.
"""

from typing import Any, Final

import orjson

from router.settings.catalog import models, shown_default
from router.settings.problems import Data
from router.settings.schema import Settings
from router.settings.schema_compare import DecisionSettings
from router.settings.schema_release import StageSettings
from router.settings.section import Section

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The draft that editors' YAML servers know best."""

_VARIABLE: Final[Data] = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"}
_NULL: Final = {"type": "null"}
_BARE: Final[dict[type[Section], str]] = {StageSettings: "percent", DecisionSettings: "legacy"}
_NARROWING: Final = frozenset({"pattern", "enum", "minimum", "minLength"})


def schema_file() -> str:
    """Return the schema as the text of a file."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(editor_schema(), option=options).decode()


def editor_schema() -> dict[str, Any]:
    """Return the schema; it is the same at every call."""
    schema = Settings.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for model in models():
        _adapt(schema if model is Settings else definitions[model.__name__], model)
    for model, key in _BARE.items():
        name = model.__name__
        definitions[name] = _or_bare(definitions[name], model, key)
    schema["$defs"] = {name: _with_variables(inner) for name, inner in definitions.items()}
    schema["title"] = "Gray Router"
    return {"$schema": DRAFT, **schema}


def _adapt(schema: dict[str, Any], model: type[Section]) -> None:
    """Write defaults as operators do, drop pydantic's titles, let optional keys be empty."""
    schema.pop("title", None)
    for name, field in model.model_fields.items():
        key = field.alias or name
        inner: dict[str, Any] = schema["properties"][key]
        inner.pop("title", None)
        inner.pop("default", None)
        inner["description"] = field.description  # pydantic leaves it out where the model says so
        default = shown_default(field)
        if default is not None:
            inner["default"] = default
        if not field.is_required():
            schema["properties"][key] = _or_null(inner)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    notes = [key for key in ("description", "default", "examples") if key in schema]
    written: dict[str, Any] = {key: schema.pop(key) for key in notes}
    options = schema.pop("anyOf", None) or [schema]
    written["anyOf"] = options if _NULL in options else [*options, _NULL]
    return written


def _or_bare(schema: dict[str, Any], model: type[Section], key: str) -> dict[str, Any]:
    """Let the value of one key stand for the whole."""
    value: dict[str, Any] = schema["properties"][key]
    bare = value.get("anyOf") or [{"type": value["type"], "pattern": value["pattern"]}]
    return {"description": model.__doc__, "anyOf": [*bare, schema]}


def _with_variables(schema: Data) -> Data:
    """Accept `${NAME}` wherever a value is narrower than any text."""
    if isinstance(schema, list):
        return [_with_variables(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") != "object" and _NARROWING & schema.keys():
        notes: dict[str, Data] = {
            key: schema[key] for key in ("description", "examples") if key in schema
        }
        return {**notes, "anyOf": [schema, _VARIABLE]}
    return {
        key: value if key in ("default", "examples") else _with_variables(value)
        for key, value in schema.items()
    }
