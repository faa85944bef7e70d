"""The profile of the OpenAI API: what two answers of language models are compared by.

What they said, which tools they call with what, why they ended, and about how much they used: all
else (ids, times, fingerprints, what one vendor adds) says nothing of the answer and is left out.
Pointers stay those of the API, so that a service's own rules mean what its documentation says.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from router.compare.json_text import json_or_text
from router.compare.rules import CompareRules, Tolerance
from router.places.openai import error_of
from router.places.pieces import Object, objects
from router.places.pointer import Json

SIMILARITY: Final = 0.85
USAGE: Final = Tolerance(relative=0.5)

TEXTS: Final = (
    "/choices/*/message/content",
    "/choices/*/message/refusal",
    "/choices/*/text",
    "/output/*/content/*/text",
    "/output/*/content/*/refusal",
    "/error/message",
)
"""Compared by likeness."""

_USED: Final = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
_CALLS: Final = frozenset({"function_call", "custom_tool_call", "mcp_call"})

T = TypeVar("T")


def with_profile(rules: CompareRules) -> CompareRules:
    """Add what the profile says to a service's rules; whatever these say of a pointer holds."""
    return replace(
        rules,
        text=_added(rules.text, tuple((where, SIMILARITY) for where in TEXTS)),
        tolerance=_added(rules.tolerance, tuple((f"/usage/{name}", USAGE) for name in _USED)),
    )


def _added(
    own: tuple[tuple[str, T], ...], profile: tuple[tuple[str, T], ...]
) -> tuple[tuple[str, T], ...]:
    said = {where for where, _ in own}
    return (*own, *(entry for entry in profile if entry[0] not in said))


def comparable(document: Json) -> Json:
    """Return what of an answer is compared; what is none of these answers stays as it is."""
    if not isinstance(document, dict):
        return document
    found: Object = {}
    if isinstance(document.get("choices"), list):
        found["choices"] = [_choice(choice) for choice in _in_order(document["choices"])]
    elif document.get("object") == "response" or isinstance(document.get("output"), list):
        found = _response(document)
    error = error_of(document)
    if error:
        found["error"] = _picked(error, ("type", "code", "message"))
    if not found:
        return document
    usage = _picked(document.get("usage"), _USED)
    return {**found, "usage": usage} if usage else found


def _in_order(choices: Json) -> list[Object]:
    return sorted(objects(choices), key=_index)


def _index(choice: Object) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _choice(choice: Object) -> Object:
    found: Object = {"finish_reason": choice.get("finish_reason")}
    message = choice.get("message")
    if isinstance(message, dict):
        found["message"] = _message(message)
    elif "text" in choice:
        found["text"] = _said(choice["text"])
    return found


def _message(message: Object) -> Object:
    found: Object = {}
    for name, read in _OF_A_MESSAGE:
        if message.get(name):
            found[name] = read(message[name])
    return found


def _tool_calls(calls: Json) -> list[Json]:
    return [
        {name: _call(call[name]) for name in ("function", "custom") if name in call}
        for call in objects(calls)
    ]


def _call(call: Json) -> Json:
    """Return what is called with what: arguments are JSON in a text, whose spelling is free."""
    found = _picked(call, ("name", "arguments", "input"))
    if not isinstance(found, dict):
        return found
    return {name: _said(value) if name != "name" else value for name, value in found.items()}


def _said(value: Json) -> Json:
    """A text that is an object or an array is compared as that: structured outputs are."""
    return json_or_text(value) if isinstance(value, str) else value


_OF_A_MESSAGE: Final[tuple[tuple[str, Callable[[Json], Json]], ...]] = (
    ("content", _said),
    ("refusal", _said),
    ("tool_calls", _tool_calls),
    ("function_call", _call),
)


def _response(document: Object) -> Object:
    found: Object = {
        "status": document.get("status"),
        "output": [
            _item(item)
            for item in objects(document.get("output"))
            if item.get("type") != "reasoning"
        ],
    }
    incomplete = _picked(document.get("incomplete_details"), ("reason",))
    return {**found, "incomplete_details": incomplete} if incomplete else found


def _item(item: Object) -> Object:
    kind = item.get("type", "message")
    if isinstance(kind, str) and kind in _CALLS:
        call = _call(item)
        return {"type": kind, **call} if isinstance(call, dict) else {"type": kind}
    if kind == "message":
        return {"type": kind, "content": [_part(part) for part in objects(item.get("content"))]}
    return {"type": kind}


def _part(part: Object) -> Object:
    return {name: _said(part[name]) for name in ("text", "refusal") if name in part}


def _picked(value: Json, names: tuple[str, ...]) -> Json:
    """Return those of an object's members that are there and not null."""
    if not isinstance(value, dict):
        return value
    return {name: value[name] for name in names if value.get(name) is not None}
