import pytest

from router.settings.catalog import keys
from router.settings.problems import Data, NotAllowedError


def read(path: str, value: Data) -> object:
    item = keys()[path].item
    assert item is not None
    return item.checked(value)


def refused(path: str, value: Data) -> NotAllowedError:
    with pytest.raises(NotAllowedError) as refusal:
        read(path, value)
    return refusal.value


@pytest.mark.parametrize(("value", "meant"), [("ai", "to_ai"), ("legacy", "to_legacy")])
def test_who_gets_copies_is_said_with_a_direction(value: str, meant: str) -> None:
    assert refused("services[].shadow.send", value).suggestion == meant


@pytest.mark.parametrize(
    "name", ["host", "content-length", "x-forwarded-for", "x-gray-variant", "x_gray_shadow", "te"]
)
def test_what_the_router_says_itself_is_neither_kept_nor_dropped(name: str) -> None:
    for path in ("services[].shadow.headers.keep", "services[].ai.forward.drop_headers"):
        assert refused(path, name).detail == f"not {name}: that is the router's to say"


@pytest.mark.parametrize("value", [" a", "a ", "é", "a\nb"])
def test_what_copies_bear_can_stand_in_a_header(value: str) -> None:
    refused("services[].shadow.headers.set", value)
    assert read("services[].shadow.headers.set", "") == ""


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("my_module.compare", "my_module:compare"),
        ("a.b.compare", "a.b:compare"),
        ("a/b.py:compare", "a.b:compare"),
        ("compare", None),
        ("a:b:c", None),
        ("a-b:c", None),
    ],
)
def test_a_function_is_named_by_its_module(value: str, meant: str | None) -> None:
    assert read("services[].compare.custom", "a.b:compare") == "a.b:compare"
    assert refused("services[].compare.custom", value).suggestion == meant


@pytest.mark.parametrize("value", ["", 1, True, None])
def test_a_label_is_a_text_that_is_not_empty(value: Data) -> None:
    assert read("services[].compare.decision.map", "refund") == "refund"
    refused("services[].compare.decision.map", value)


def test_a_capture_is_bounded() -> None:
    assert read("services[].shadow.max_body", "4MiB") == 4 * 1024 * 1024
    assert read("services[].shadow.max_body", 0) == 0
    refused("services[].shadow.max_body", "5MiB")
