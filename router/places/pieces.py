"""JSON objects that come in pieces: the deltas of a language model's stream.

Texts grow, and are joined once at the end: a stream of a million pieces costs what its size says.
"""

from typing import Final

from router.places.pointer import Json

Object = dict[str, Json]

_GROWING: Final = frozenset(
    {"content", "refusal", "arguments", "input", "text", "reasoning", "reasoning_content"}
)
"""Texts that come in pieces. All others come whole, and some vendors repeat them."""

_NESTED: Final = frozenset({"function", "function_call", "custom"})
"""Objects that come in pieces themselves; these hold no further ones."""


class Pieces:
    """One object."""

    __slots__ = ("_calls", "_kept", "_nested", "_texts")

    def __init__(self) -> None:
        self._kept: Object = {}
        self._texts: dict[str, list[str]] = {}
        self._nested: dict[str, Pieces] = {}
        self._calls = Calls()

    def add(self, delta: Object, *, is_nested: bool = False) -> None:
        for name, value in delta.items():
            if isinstance(value, str) and name in _GROWING:
                self._texts.setdefault(name, []).append(value)
            elif is_nested or not self._add_part(name, value):
                self._kept[name] = self._kept.get(name) or value

    def whole(self) -> Object:
        parts: Object = {name: "".join(texts) for name, texts in self._texts.items()}
        parts.update((name, nested.whole()) for name, nested in self._nested.items())
        calls = self._calls.whole()
        if calls:
            parts["tool_calls"] = calls
        return {**self._kept, **parts}

    def _add_part(self, name: str, value: Json) -> bool:
        if name == "tool_calls":
            for piece in objects(value):
                self._calls.add(piece)
        elif name in _NESTED and isinstance(value, dict):
            self._nested.setdefault(name, Pieces()).add(value, is_nested=True)
        else:
            return False
        return True


class Calls:
    """Calls of tools. A piece names its call by an index, and the first one by an id, too.

    Some vendors give every call the same index, or none: then an id that is new begins a call.
    """

    __slots__ = ("_all", "_by_id", "_latest")

    def __init__(self) -> None:
        self._all: list[Pieces] = []
        self._by_id: dict[tuple[int | None, str], Pieces] = {}
        self._latest: dict[int | None, Pieces] = {}  # None: of all

    def add(self, piece: Object) -> None:
        index, identity = piece.get("index"), piece.get("id")
        index = index if isinstance(index, int) else None
        if isinstance(identity, str) and identity:
            call = self._by_id.get((index, identity)) or self._begun()
            self._by_id[index, identity] = call
        else:
            call = self._latest.get(index) or self._begun()
        self._latest[index] = self._latest[None] = call
        call.add(piece)

    def whole(self) -> list[Json]:
        return [call.whole() for call in self._all]

    def _begun(self) -> Pieces:
        call = Pieces()
        self._all.append(call)
        return call


def objects(value: Json) -> list[Object]:
    """Return the objects of an array; nothing where it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
