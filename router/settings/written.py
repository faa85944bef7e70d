"""Ties a reader to pydantic: how a value is written, in words, in JSON Schema, and back as text.

Every leaf of the models carries one `Written`; errors, reference page and editor schema all speak
from it, so that they cannot contradict each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from router.settings.problems import NotAllowedError, closest


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """How one kind of value stands in the file. `words` complete the sentence "allowed is …"."""

    words: str
    read: Callable[[object], object]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    show: Callable[[Any], Any] = _as_it_is

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.checked)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)

    def checked(self, value: object) -> object:
        """Read the value; a refusal says in words what is allowed."""
        try:
            return self.read(value)
        except NotAllowedError as refusal:
            refusal.allowed = refusal.allowed or self.words
            raise


@dataclass(frozen=True, slots=True, eq=False)
class OneOrMany:
    """Marks a list whose only element may stand for the list."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._as_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many: dict[str, Any] = dict(handler(schema))
        return {"anyOf": [many["items"], many]}

    def _as_list(self, value: Any) -> Any:
        return [value] if isinstance(value, str | int | float) else value


def choice(*words: str, later: tuple[str, ...] = ()) -> Written:
    """Make the kind of value that is one of a few words; `later` holds those to come."""

    def read(value: object) -> object:
        if value in words:
            return value
        if value in later:
            raise NotAllowedError(supported_later=True)
        raise NotAllowedError(suggestion=closest(value, words) if isinstance(value, str) else None)

    *first, last = words
    listed = f"{', '.join(first)} or {last}" if first else last
    return Written(listed, read, {"type": "string", "enum": list(words)})
