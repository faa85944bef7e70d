import pytest

from router.settings.catalog import Key, keys
from router.settings.problems import Data, NotAllowedError

LEAVES = [key for key in keys().values() if key.item is not None]


def values(data: Data) -> list[Data]:
    """Return what a reader of one value is asked for: the items of a list, the values of a map."""
    if isinstance(data, list):
        return data
    return list(data.values()) if isinstance(data, dict) else [data]


@pytest.mark.parametrize("key", LEAVES, ids=lambda key: key.path)
def test_example_and_default_are_read_by_the_keys_own_reader(key: Key) -> None:
    assert key.item is not None
    assert key.example is not None
    for value in [*values(key.example), *(values(key.default) if key.default is not None else [])]:
        key.item.checked(value)


@pytest.mark.parametrize("key", LEAVES, ids=lambda key: key.path)
@pytest.mark.parametrize("value", [{}, [], [1], {"a": 1}])
def test_a_reader_refuses_what_is_no_scalar(key: Key, value: Data) -> None:
    assert key.item is not None
    with pytest.raises(NotAllowedError) as refused:
        key.item.checked(value)
    assert refused.value.allowed.startswith(key.item.words)


@pytest.mark.parametrize("key", LEAVES, ids=lambda key: key.path)
def test_what_is_shown_can_be_read_again(key: Key) -> None:
    assert key.item is not None
    for value in values(key.example):
        meaning = key.item.checked(value)
        assert key.item.checked(key.item.show(meaning)) == meaning
