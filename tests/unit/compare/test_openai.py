import pytest

from router.compare.openai import SIMILARITY, TEXTS, USAGE, comparable, with_profile
from router.compare.rules import CompareRules, Tolerance
from router.places.pieces import Object
from router.places.pointer import Json


def chat(message: Json, **more: Json) -> Object:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1760000000,
        "model": "gpt-x",
        "system_fingerprint": "fp_1",
        "service_tier": "default",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
        **more,
    }


def message_of(message: Json) -> Json:
    found = comparable(chat(message))
    assert isinstance(found, dict)
    assert isinstance(found["choices"], list)
    assert isinstance(found["choices"][0], dict)
    return found["choices"][0]["message"]


def test_of_a_chat_is_compared_what_was_said_why_it_ended_and_how_much_it_used() -> None:
    message: Json = {"role": "assistant", "content": "Hello", "refusal": None, "annotations": []}
    assert comparable(chat(message)) == {
        "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    }


def test_calls_of_tools_are_compared_by_name_and_arguments_as_json() -> None:
    function: Json = {"name": "weather", "arguments": '{"city":\n"Graz"}'}
    call: Json = {"id": "call_a", "type": "function", "function": function}
    assert message_of({"content": None, "tool_calls": [call]}) == {
        "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Graz"}}}]
    }
    assert message_of({"content": "", "function_call": function}) == {
        "function_call": {"name": "weather", "arguments": {"city": "Graz"}}
    }


def test_arguments_that_are_no_json_are_compared_as_the_text_that_they_are() -> None:
    function: Json = {"name": "weather", "arguments": '{"city": '}
    assert message_of({"tool_calls": [{"function": function}]}) == {
        "tool_calls": [{"function": {"name": "weather", "arguments": '{"city": '}}]
    }


def test_a_structured_output_is_compared_as_what_it_says() -> None:
    assert message_of({"content": '{"label": "refund"}'}) == {"content": {"label": "refund"}}


def test_choices_are_compared_in_the_order_of_their_indexes() -> None:
    choices: Json = [{"index": 1, "text": "b"}, {"index": 0, "text": "a"}]
    assert comparable({"choices": choices}) == {
        "choices": [{"text": "a", "finish_reason": None}, {"text": "b", "finish_reason": None}]
    }


def test_of_a_response_is_compared_its_text_its_calls_and_how_it_ended() -> None:
    output: Json = [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {
            "type": "function_call",
            "call_id": "c",
            "name": "weather",
            "arguments": '{"city":"Graz"}',
        },
        {
            "type": "message",
            "id": "msg_1",
            "content": [
                {"type": "output_text", "text": "Hi", "annotations": []},
                {"type": "refusal", "refusal": "No"},
            ],
        },
    ]
    assert comparable(
        {
            "id": "resp_1",
            "object": "response",
            "status": "incomplete",
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": output,
            "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
        }
    ) == {
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
        "output": [
            {"type": "web_search_call"},
            {"type": "function_call", "name": "weather", "arguments": {"city": "Graz"}},
            {"type": "message", "content": [{"text": "Hi"}, {"refusal": "No"}]},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }


def test_an_error_is_compared_by_what_it_says() -> None:
    error: Json = {"type": "rate_limit", "code": "slow_down", "message": "Wait", "param": None}
    assert comparable({"error": error}) == {
        "error": {"type": "rate_limit", "code": "slow_down", "message": "Wait"}
    }
    assert comparable({"error": "Wait"}) == {"error": "Wait"}


@pytest.mark.parametrize("document", [{"detail": "not found"}, [1], "text", None, {"data": []}])
def test_what_is_no_answer_of_a_model_is_compared_as_it_is(document: Json) -> None:
    assert comparable(document) == document


@pytest.mark.parametrize(
    "document",
    [
        {"choices": [None, 3, {"message": 7}, {"message": {"tool_calls": "x"}}]},
        {"choices": [{"message": {"tool_calls": [{"function": 7}], "content": [{"a": 1}]}}]},
        {"output": [7, {"content": "x"}, {"type": "function_call", "arguments": 7}]},
        {"object": "response", "usage": 7, "incomplete_details": "x"},
        {"output": [{"type": []}, {"type": {"a": 1}}, {"type": None}]},
    ],
)
def test_what_is_nearly_one_is_compared_as_far_as_it_is(document: Json) -> None:
    assert isinstance(comparable(document), dict)


def test_texts_are_compared_by_likeness_and_usage_roughly() -> None:
    rules = with_profile(CompareRules())
    assert rules.text == tuple((where, SIMILARITY) for where in TEXTS)
    assert ("/usage/completion_tokens", USAGE) in rules.tolerance


def test_what_a_service_says_of_a_pointer_stands_above_the_profile() -> None:
    content = "/choices/*/message/content"
    exact = Tolerance()
    rules = with_profile(
        CompareRules(text=((content, 0.5),), tolerance=(("/usage/prompt_tokens", exact),))
    )
    assert [ratio for where, ratio in rules.text if where == content] == [0.5]
    assert [it for where, it in rules.tolerance if where == "/usage/prompt_tokens"] == [exact]
