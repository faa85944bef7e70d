import pytest

from router.places.openai import assembled
from router.places.pointer import Json

WHOLE: Json = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "error": None,
    "output": [
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi there", "annotations": []}],
        }
    ],
    "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
}


def delta(kind: str, text: str, **where: int) -> Json:
    return {"type": f"response.{kind}.delta", "delta": text, **where}


BEGUN: Json = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
MESSAGE: list[Json] = [
    {"type": "response.created", "response": BEGUN},
    {"type": "response.in_progress", "response": BEGUN},
    {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": {"id": "msg_1", "type": "message", "role": "assistant", "content": []},
    },
    {
        "type": "response.content_part.added",
        "output_index": 0,
        "content_index": 0,
        "part": {"type": "output_text", "text": ""},
    },
    delta("output_text", "Hi", output_index=0, content_index=0),
    delta("output_text", " there", output_index=0, content_index=0),
]
CALL: list[Json] = [
    {
        "type": "response.output_item.added",
        "output_index": 1,
        "item": {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ""},
    },
    delta("function_call_arguments", '{"city":', output_index=1),
    delta("function_call_arguments", '"Graz"}', output_index=1),
]


@pytest.mark.parametrize("end", ["completed", "incomplete", "failed"])
def test_the_last_event_bears_the_whole_response(end: str) -> None:
    assert assembled([*MESSAGE, {"type": f"response.{end}", "response": WHOLE}]) == WHOLE


def test_a_stream_that_was_cut_off_is_what_its_pieces_make_up() -> None:
    assert assembled([*MESSAGE, *CALL]) == {
        "id": "resp_1",
        "object": "response",
        "status": "in_progress",
        "output": [
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Hi there"}],
            },
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "weather",
                "arguments": '{"city":"Graz"}',
            },
        ],
    }


def test_an_item_that_has_come_whole_says_more_than_its_pieces() -> None:
    item: Json = {"type": "message", "content": [{"type": "output_text", "text": "Hi!"}]}
    done: Json = {"type": "response.output_item.done", "output_index": 0, "item": item}
    answer = assembled([*MESSAGE, done])
    assert answer is not None
    assert answer["output"] == [item]


def test_a_refusal_is_put_together() -> None:
    pieces = [delta("refusal", text, output_index=0, content_index=0) for text in ("I can", "not")]
    assert assembled(pieces) == {
        "output": [{"content": [{"type": "refusal", "refusal": "I cannot"}]}]
    }


def test_an_error_ends_a_stream() -> None:
    error: Json = {"type": "error", "code": "overloaded", "message": "Try again", "param": None}
    answer = assembled([*MESSAGE, error])
    assert answer is not None
    assert answer["error"] == error


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.output_text.delta", "output_index": "x", "delta": 7},
        {"type": "response.output_item.added", "item": 7},
        {"type": "response.completed", "response": []},
        {"type": "response.some_day.new"},
    ],
)
def test_events_that_mean_nothing_are_passed_over(event: Json) -> None:
    assert assembled([*MESSAGE, event]) == assembled(MESSAGE)
