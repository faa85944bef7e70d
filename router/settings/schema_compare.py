"""The config's part about comparison: when two answers say the same, and what is kept of it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, model_validator

from router.settings.kinds import HeaderName, Pointer, Switch
from router.settings.kinds_shadow import (
    CompareProfile,
    CoreShare,
    Custom,
    Difference,
    ElementKey,
    InnerPattern,
    Label,
    Masked,
    Pattern,
    RecordLevel,
    RelativeDifference,
    Similarity,
    ValueClass,
)
from router.settings.section import Section


class ToleranceSettings(Section):
    """By how much two numbers may differ; one of both is enough."""

    absolute: Difference = Field(
        default=0.0, description="In the number's own unit.", examples=[0.05]
    )
    relative: RelativeDifference = Field(
        default=0.0, description="As a ratio of the larger of the two.", examples=[0.01]
    )


class FoldSettings(Section):
    """What is taken for equal everywhere."""

    case: Switch = Field(
        default=False, description="Texts that differ in upper and lower case.", examples=[True]
    )
    whitespace: Switch = Field(
        default=False,
        description="Texts that differ in spaces, tabs and line breaks: runs of them count as one, "
        "those at the ends not at all.",
        examples=[True],
    )
    numeric_strings: Switch = Field(
        default=False, description='A number and a text that spells it: 1 and "1".', examples=[True]
    )
    null_is_missing: Switch = Field(
        default=False, description="A key that is null and one that is not there.", examples=[True]
    )


class TextSettings(Section):
    """When two texts are alike."""

    similarity: Similarity = Field(
        description="How alike they have to be: 1 is the same, 0 nothing in common (Indel ratio).",
        examples=[0.85],
    )


class DecisionSettings(Section):
    """Where each side says what it decided. One pointer alone stands for both."""

    WORDS: ClassVar[str] = "JSON pointer or mapping"

    legacy: Pointer = Field(description="Where legacy's label stands.", examples=["/label"])
    ai: Pointer = Field(description="Where AI's label stands.", examples=["/result/label"])
    map_: Mapping[Label, Label] = Field(
        default={},
        alias="map",
        description="AI's words and what legacy calls the same; words that both use are left out.",
        examples=[{"REFUND": "refund"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_pointer(cls, value: Any) -> Any:
        return {"legacy": value, "ai": value} if isinstance(value, str | int | float) else value


class CompareSettings(Section):
    """When two answers say the same, and what is kept of it.

    Places are JSON pointers in which `*` stands for any one key or index.
    """

    profile: CompareProfile = Field(
        default="generic",
        description="What kind of answers these are. `openai`: chat completions, streamed or not; "
        "contents, tool calls, finish reason and usage are compared, ids and times are not.",
        examples=["openai"],
    )
    status: Switch = Field(
        default=True, description="Whether the status codes are compared.", examples=[True]
    )
    headers: tuple[HeaderName, ...] = Field(
        default=(), description="Headers that are compared.", examples=[["content-type"]]
    )
    ignore: tuple[InnerPattern, ...] = Field(
        default=(),
        description="Places that are not compared, with everything below them.",
        examples=[["/request_id", "/items/*/updated_at"]],
    )
    classes: Mapping[Pattern, ValueClass] = Field(
        default={},
        description="Places where only the kind of value counts, whatever it is.",
        examples=[{"/at": "timestamp", "/id": "uuid"}],
    )
    tolerance: Mapping[Pattern, ToleranceSettings] = Field(
        default={},
        description="Numbers that may differ, by place.",
        examples=[{"/score": {"absolute": 0.05, "relative": 0.01}}],
    )
    unordered: tuple[Pattern, ...] = Field(
        default=(),
        description="Arrays whose order means nothing.",
        examples=[["/tags"]],
    )
    match_by: Mapping[Pattern, ElementKey] = Field(
        default={},
        description="Arrays whose elements are known by one of their keys, wherever they stand.",
        examples=[{"/items": "id"}],
    )
    fold: FoldSettings = Field(
        default=FoldSettings(), description="What is taken for equal everywhere."
    )
    text: Mapping[Pattern, TextSettings] = Field(
        default={},
        description="Texts that need not be the same, only alike.",
        examples=[{"/answer": {"similarity": 0.85}}],
    )
    decision: DecisionSettings | None = Field(
        default=None,
        description="Where each side says what it decided: the confusion matrix is made of it. "
        "Default: nowhere.",
    )
    custom: Custom = Field(
        default=None,
        description="A function of your own that judges as well, in a process of its own. "
        "Default: none.",
        examples=["my_module:compare"],
    )
    budget: CoreShare = Field(
        default=0.5,
        description="How much of a core comparison may use; beyond it pairs are sampled down "
        "(`sampled_out`).",
        examples=[0.25],
    )
    mask: tuple[Masked, ...] = Field(
        default=(),
        description="What is hidden before anything is kept: places in bodies, `header:NAME`.",
        examples=[["/customer/email", "header:x-customer"]],
    )
    record: RecordLevel = Field(
        default="metadata",
        description="What is kept of pairs that differ. `metadata`: no content. `diff`: the "
        "values that differ, masked. `full`: both answers, masked, and with `records.key` the "
        "whole pair in the vault, to be replayed.",
        examples=["diff"],
    )
