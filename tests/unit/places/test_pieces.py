import pytest

from router.places.pieces import Object, Pieces, objects


def whole(*deltas: Object) -> Object:
    pieces = Pieces()
    for delta in deltas:
        pieces.add(delta)
    return pieces.whole()


def test_texts_grow_and_the_rest_comes_once() -> None:
    assert whole(
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"role": "assistant"},
        {"content": "lo"},
    ) == {"role": "assistant", "content": "Hello"}


def test_a_null_is_kept_until_something_comes() -> None:
    assert whole({"content": None, "finish_reason": None}) == {
        "content": None,
        "finish_reason": None,
    }
    assert whole({"finish_reason": None}, {"finish_reason": "stop"}, {"finish_reason": None}) == {
        "finish_reason": "stop"
    }


def call(index: int | None, identity: str | None, name: str | None, arguments: str) -> Object:
    function: Object = {"arguments": arguments, **({} if name is None else {"name": name})}
    named: Object = {} if identity is None else {"id": identity, "type": "function"}
    return {
        "tool_calls": [({} if index is None else {"index": index}) | named | {"function": function}]
    }


def called(*deltas: Object) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    for each in objects(whole(*deltas)["tool_calls"]):
        function = each["function"]
        assert isinstance(function, dict)
        found.append((function.get("name"), function["arguments"]))
    return found


def test_calls_of_tools_are_put_together_by_their_index() -> None:
    assert called(
        call(0, "call_a", "weather", ""),
        call(1, "call_b", "time", ""),
        call(0, None, None, '{"city": '),
        call(1, None, None, '{"zone"'),
        call(0, None, None, '"Graz"}'),
        call(1, None, None, ': "CET"}'),
    ) == [("weather", '{"city": "Graz"}'), ("time", '{"zone": "CET"}')]


def test_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    assert called(
        call(0, "call_a", "weather", "{}"),
        call(0, "call_b", "time", '{"a"'),
        call(0, None, None, ":1}"),
    ) == [("weather", "{}"), ("time", '{"a":1}')]


def test_calls_without_any_index_are_told_apart_by_their_ids() -> None:
    assert called(
        call(None, "call_a", "weather", "{"),
        call(None, "call_a", "weather", "}"),
        call(None, "call_b", "time", "{}"),
    ) == [("weather", "{}"), ("time", "{}")]


def test_the_older_function_call_grows_as_well() -> None:
    assert whole(
        {"function_call": {"name": "weather", "arguments": '{"a"'}},
        {"function_call": {"arguments": ":1}"}},
    ) == {"function_call": {"name": "weather", "arguments": '{"a":1}'}}


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": "x"},
        {"tool_calls": [1, None, []]},
        {"tool_calls": None},
        {"function": 1},
        {"content": {"a": 1}},
        {"tool_calls": [{"index": "x", "id": 7, "function": [1]}]},
    ],
)
def test_what_nobody_expects_is_passed_over_or_kept(delta: Object) -> None:
    assert isinstance(whole(delta, delta), dict)


def test_objects_within_objects_without_end_are_kept_as_they_are() -> None:
    deep: Object = {}
    for _ in range(900):
        deep = {"function": deep}
    assert whole({"content": "x"}, deep)["content"] == "x"
