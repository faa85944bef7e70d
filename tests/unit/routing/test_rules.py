import pytest

from router.places.document import Document, json_parser
from router.routing.rules import compile_condition
from router.routing.snapshot import Condition
from tests.support.views import View

HEAD = View(
    b"/v1?plan=gold&plan=new+year",
    [(b"x-employee", b"true"), (b"x-team", b"a"), (b"x-team", b"b"), (b"cookie", b"lab=1; lab=2")],
)
BODY = b'{"contains_contract": true, "n": 2, "none": null, "list": ["x"], "text": "true"}'


def holds(when: Condition, body: bytes | None = BODY, client: bytes = b"10.9.0.7") -> bool:
    document = None if body is None else Document(body, json_parser())
    return compile_condition(when)(HEAD, client, document)


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        (Condition(), True),
        (Condition(headers=(("X-Employee", "true"),)), True),
        (Condition(headers=(("x-employee", "True"),)), False),
        (Condition(headers=(("x-team", "b"),)), True),
        (Condition(headers=(("x-employee", "true"), ("x-team", "c"))), False),
        (Condition(cookies=(("lab", "2"),)), True),
        (Condition(cookies=(("lab", "3"),)), False),
        (Condition(query=(("plan", "new year"),)), True),
        (Condition(query=(("plan", "silver"),)), False),
        (Condition(json=(("/contains_contract", True),)), True),
        (Condition(json=(("/text", True),)), False),
        (Condition(json=(("/n", 2.0),)), True),
        (Condition(json=(("/none", None),)), True),
        (Condition(json=(("/missing", None),)), False),
        (Condition(json=(("/list/0", "x"),)), True),
        (Condition(cidrs=("10.0.0.0/16", "10.9.0.0/16")), True),
        (Condition(cidrs=("10.8.0.0/16",)), False),
        (Condition(headers=(("x-employee", "true"),), cidrs=("10.9.0.0/16",)), True),
        (Condition(headers=(("x-employee", "true"),), cidrs=("10.8.0.0/16",)), False),
        (Condition(headers=(("x-team", "c"),), cidrs=("10.9.0.0/16",)), False),
    ],
)
def test_a_condition_holds_when_all_of_it_does(when: Condition, verdict: bool) -> None:
    assert holds(when) is verdict


@pytest.mark.parametrize("body", [None, b"", b"not json", b"[]"])
def test_a_condition_on_json_does_not_hold_without_it(body: bytes | None) -> None:
    assert not holds(Condition(json=(("/contains_contract", True),)), body)
    assert not holds(Condition(json=(("/contains_contract", None),)), body)
