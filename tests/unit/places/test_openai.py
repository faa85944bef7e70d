import orjson
import pytest

from router.places.openai import assembled, error_of
from router.places.pointer import Json

HEAD = (
    '"id":"chatcmpl-9","object":"chat.completion.chunk","created":1760000000,'
    '"model":"gpt-x","system_fingerprint":"fp_1"'
)
NOT_YET = '"logprobs":null,"finish_reason":null}],"usage":null}'
CHAT = """
{HEAD,"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},NOT_YET
{HEAD,"choices":[{"index":0,"delta":{"content":"Good"},NOT_YET
{HEAD,"choices":[{"index":0,"delta":{"content":" day"},NOT_YET
{HEAD,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}
{HEAD,"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}
""".replace("HEAD", HEAD).replace("NOT_YET", NOT_YET)

TOOLS = """
{"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}
{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"get_weather","arguments":""}}]},"finish_reason":null}]}
{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"loc"}}]},"finish_reason":null}]}
{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ation\\":\\"Graz\\"}"}}]},"finish_reason":null}]}
{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"get_time","arguments":""}}]},"finish_reason":null}]}
{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"finish_reason":null}]}
{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}
"""

LEGACY = """
{"id":"cmpl-1","object":"text_completion","choices":[{"text":"Once","index":0,"finish_reason":null}]}
{"id":"cmpl-1","object":"text_completion","choices":[{"text":"_upon","index":0,"finish_reason":null}]}
{"id":"cmpl-1","object":"text_completion","choices":[{"text":"","index":0,"finish_reason":"length"}]}
"""


def events(lines: str) -> list[Json]:
    return [orjson.loads(line) for line in lines.split("\n") if line]


def test_a_chat_is_put_together_with_its_usage() -> None:
    assert assembled([*events(CHAT), "[DONE]"]) == {
        "id": "chatcmpl-9",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "gpt-x",
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": "stop",
                "message": {"role": "assistant", "refusal": None, "content": "Good day"},
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    }


def test_calls_of_tools_that_come_in_pieces_are_put_together() -> None:
    answer = assembled([*events(TOOLS), "[DONE]"])
    assert answer is not None
    assert answer["choices"] == [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "index": 0,
                        "id": "call_a",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"location":"Graz"}'},
                    },
                    {
                        "index": 1,
                        "id": "call_b",
                        "type": "function",
                        "function": {"name": "get_time", "arguments": "{}"},
                    },
                ],
            },
        }
    ]


def test_a_completion_of_the_older_kind_is_put_together() -> None:
    answer = assembled(events(LEGACY))
    assert answer is not None
    assert answer["choices"] == [{"index": 0, "finish_reason": "length", "text": "Once_upon"}]


def test_several_choices_are_told_apart_and_put_in_order() -> None:
    pieces: list[Json] = [
        {"choices": [{"index": index, "delta": {"content": text}}]}
        for index, text in ((1, "b"), (0, "a"), (1, "B"), (0, "A"))
    ]
    answer = assembled(pieces)
    assert answer == {
        "choices": [
            {"index": 0, "message": {"content": "aA"}},
            {"index": 1, "message": {"content": "bB"}},
        ]
    }


def test_a_refusal_is_put_together() -> None:
    pieces: list[Json] = [
        {"choices": [{"index": 0, "delta": {"refusal": text}}]} for text in ("I can", "not")
    ]
    assert assembled(pieces) == {"choices": [{"index": 0, "message": {"refusal": "I cannot"}}]}


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"code": 500, "message": "overloaded"}},
        {"type": "error", "error": {"code": 500, "message": "overloaded"}},
    ],
)
def test_an_error_in_a_stream_stands_beside_what_came_before(event: Json) -> None:
    answer = assembled([{"choices": [{"index": 0, "delta": {"content": "He"}}]}, event])
    assert answer is not None
    assert answer["choices"] == [{"index": 0, "message": {"content": "He"}}]
    assert answer["error"] == {"code": 500, "message": "overloaded"}


@pytest.mark.parametrize(
    "stream",
    [[], ["[DONE]"], [{"a": 1}], [1, None, "x", []], [{"choices": "none"}], [{"type": "ping"}]],
)
def test_another_stream_is_none_of_these(stream: list[Json]) -> None:
    assert assembled(stream) is None


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [{"index": "x", "delta": {"content": "a"}}]},
        {"choices": [{"delta": {"content": "a"}}, None, 3]},
        {"choices": [{"index": 0, "delta": {"content": "a", "tool_calls": 7}}]},
    ],
)
def test_what_is_not_quite_of_this_api_is_read_as_far_as_it_is(chunk: Json) -> None:
    answer = assembled([chunk])
    assert answer is not None
    assert isinstance(answer["choices"], list)


def test_a_million_pieces_cost_what_their_size_says() -> None:
    piece: Json = {"choices": [{"index": 0, "delta": {"content": "0123456789"}}]}
    answer = assembled([piece] * 200_000)
    assert answer == {"choices": [{"index": 0, "message": {"content": "0123456789" * 200_000}}]}


def test_an_answer_says_what_went_wrong_or_nothing() -> None:
    assert error_of({"error": None, "output": []}) is None
    assert error_of({"type": "error", "code": "x"}) == {"type": "error", "code": "x"}
    assert error_of({"error": {"code": "y"}}) == {"code": "y"}
