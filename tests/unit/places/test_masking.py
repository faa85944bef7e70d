import orjson
import pytest
from hypothesis import given, strategies as st

from router.places.masking import MASK, compile_mask


@pytest.mark.parametrize(
    ("pointers", "body", "masked"),
    [
        (("/a",), b'{"a": 1, "b": 2}', {"a": MASK, "b": 2}),
        (("/a/b",), b'{"a": {"b": {"c": 1}}}', {"a": {"b": MASK}}),
        (("/a/b",), b'{"a": 1}', {"a": 1}),
        (
            ("/a/*/b",),
            b'{"a": [{"b": 1}, {"b": 2, "c": 3}]}',
            {"a": [{"b": MASK}, {"b": MASK, "c": 3}]},
        ),
        (("/a/*",), b'{"a": {"x": 1, "y": 2}}', {"a": {"x": MASK, "y": MASK}}),
        (("/0",), b'["a", "b"]', [MASK, "b"]),
        (("/01",), b'["a", "b"]', ["a", "b"]),
        (("/a~1b", "/c~0d"), b'{"a/b": 1, "c~d": 2}', {"a/b": MASK, "c~d": MASK}),
        (("",), b'{"a": 1}', MASK),
        (("/a", "/a/b"), b'{"a": {"b": 1}}', {"a": MASK}),
    ],
)
def test_what_stands_at_a_pointer_is_replaced(
    pointers: tuple[str, ...], body: bytes, masked: object
) -> None:
    found = compile_mask(pointers)(body)
    assert found is not None
    assert orjson.loads(found) == masked


@pytest.mark.parametrize("body", [b"", b"{", b"a=b", b"\xff", b"[" * 5000, b'{"a": NaN}'])
def test_what_is_no_json_is_not_passed_on(body: bytes) -> None:
    assert compile_mask(("/a",))(body) is None


def test_a_name_that_stands_twice_carries_nothing_past_the_mask() -> None:
    found = compile_mask(("/a/email",))(b'{"a": {"email": "x@y"}, "a": {}}')
    assert found == b'{"a":{}}'


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
)


@given(documents, st.lists(st.sampled_from("abc*0"), max_size=3))
def test_nothing_but_what_is_to_be_masked_changes(document: object, tokens: list[str]) -> None:
    pointer = "".join(f"/{token}" for token in tokens)
    masked = compile_mask((pointer,))(orjson.dumps(document))
    again = None if masked is None else compile_mask((pointer,))(masked)
    assert masked == again
    assert compile_mask(("/nowhere",))(orjson.dumps(document)) == orjson.dumps(document)
