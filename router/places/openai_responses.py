"""A stream of OpenAI's responses: events that tell of a response as it grows.

The last one bears the whole response, and then nothing else counts. Where a stream was cut off
before it, the response is what its items and their pieces make up.
"""

from typing import Final

from router.places.pieces import Object
from router.places.pointer import Json

_ITEM_DONE: Final = "response.output_item.done"
_TEXT_DELTAS: Final = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
}
_CALL_DELTAS: Final = {
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
}
_PARTS: Final = {"text": "output_text", "refusal": "refusal"}
"""Which kind of content bears which text."""

_ITEM: Final = -1
"""Stands for the item itself where others say which of its contents."""


class ResponseStream:
    """One stream."""

    __slots__ = ("_done", "_items", "_response", "_texts")

    def __init__(self) -> None:
        self._response: Object = {}
        self._items: dict[int, Object] = {}
        self._done: set[int] = set()
        self._texts: dict[tuple[int, int, str], list[str]] = {}  # item, content, name

    def take(self, event: Object) -> bool:
        """Take an event; False if it is none of a response's."""
        kind = event.get("type")
        if not isinstance(kind, str) or not kind.startswith("response."):
            return False
        response, item = event.get("response"), event.get("item")
        if isinstance(response, dict):
            self._response = response
        elif isinstance(item, dict):
            self._take_item(_number(event, "output_index"), item, kind == _ITEM_DONE)
        elif kind in _TEXT_DELTAS:
            self._take_text(event, _number(event, "content_index"), _TEXT_DELTAS[kind])
        elif kind in _CALL_DELTAS:
            self._take_text(event, _ITEM, _CALL_DELTAS[kind])
        return True

    def answer(self) -> Object | None:
        """Return the response as far as it is known, None if there is nothing of it."""
        if self._response.get("output") or not (self._items or self._texts):
            return self._response or None
        indexes = self._items.keys() | {where[0] for where in self._texts}
        return {**self._response, "output": [self._item(index) for index in sorted(indexes)]}

    def _take_item(self, index: int, item: Object, is_done: bool) -> None:
        self._items[index] = item
        if is_done:
            self._done.add(index)

    def _take_text(self, event: Object, content: int, name: str) -> None:
        delta = event.get("delta")
        if isinstance(delta, str):
            where = (_number(event, "output_index"), content, name)
            self._texts.setdefault(where, []).append(delta)

    def _item(self, index: int) -> Object:
        """Return an item; its pieces count only until it has come whole."""
        item = dict(self._items.get(index, {}))
        if index in self._done:
            return item
        contents: list[Json] = []
        for (_, content, name), texts in sorted(self._texts_of(index)):
            if content == _ITEM:
                item[name] = "".join(texts)
            else:
                contents.append({"type": _PARTS[name], name: "".join(texts)})
        return {**item, "content": contents} if contents else item

    def _texts_of(self, index: int) -> list[tuple[tuple[int, int, str], list[str]]]:
        return [entry for entry in self._texts.items() if entry[0][0] == index]


def _number(event: Object, name: str) -> int:
    number = event.get(name)
    return number if isinstance(number, int) else 0
