"""What all parts of the config have in common."""

from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A mapping of the file: unknown keys are errors, and what was read never changes."""

    WORDS: ClassVar[str] = "mapping"
    """What may stand in its place, as messages and the reference page call it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, value: Any) -> Any:
        """Treat `proxy:` with nothing behind it as left out: all its lines may be commented out."""
        if not isinstance(value, dict):
            return value
        known = {field.alias or name for name, field in cls.model_fields.items()}
        written = cast("dict[str, Any]", value)
        return {
            key: inner for key, inner in written.items() if inner is not None or key not in known
        }
