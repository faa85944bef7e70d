"""What an answer of the OpenAI API is: chat completions, completions, responses.

Streams are assembled into the answer that the same call gives when it is not streamed. Other
vendors speak this API nearly: what is missing or of another type is passed over, never an error.
"""

from collections.abc import Iterable

from router.places.openai_responses import ResponseStream
from router.places.pieces import Object, Pieces, objects
from router.places.pointer import Json


def assembled(events: Iterable[Json]) -> Object | None:
    """Return the answer that a stream's events make up; None where it is no such stream.

    `[DONE]`, which ends a stream of completions, says nothing; whether an answer is whole says its
    finish reason.
    """
    completion = CompletionStream()
    response = ResponseStream()
    error: Json = None
    for event in events:
        if isinstance(event, dict):
            error = error_of(event) or error
            if not response.take(event):
                completion.take(event)
    answer = response.answer() or completion.answer()
    return {**(answer or {}), "error": error} if error else answer


def error_of(document: Object) -> Json:
    """Return what an answer, or an event of a stream, says went wrong."""
    if document.get("error"):
        return document["error"]
    return document if document.get("type") == "error" else None


class CompletionStream:
    """A stream of chat completions or of completions; choices may come in any order."""

    __slots__ = ("_choices", "_kept", "_messages")

    def __init__(self) -> None:
        self._kept: Object = {}
        self._choices: dict[int, Pieces] = {}
        self._messages: dict[int, Pieces] = {}

    def take(self, chunk: Object) -> None:
        for name, value in chunk.items():
            if name == "choices":
                for choice in objects(value):
                    self._take_choice(choice)
            elif value is not None:
                self._kept[name] = value

    def answer(self) -> Object | None:
        """Return what has come, None if that was nothing of a completion's."""
        if not self._choices:
            return None
        return {**self._kept, "choices": [self._choice(index) for index in sorted(self._choices)]}

    def _take_choice(self, piece: Object) -> None:
        index = piece.get("index")
        index = index if isinstance(index, int) else 0
        rest = {name: value for name, value in piece.items() if name not in {"delta", "message"}}
        self._choices.setdefault(index, Pieces()).add(rest)
        delta = piece.get("delta", piece.get("message"))
        if isinstance(delta, dict):
            self._messages.setdefault(index, Pieces()).add(delta)

    def _choice(self, index: int) -> Object:
        choice = self._choices[index].whole()
        if index in self._messages:
            choice["message"] = self._messages[index].whole()
        return choice
