import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import AI, problems_of, service

SANDBOX: Data = ["http://sandbox:1"]


def found(**shadow: Data) -> list[str]:
    return [path for path, _ in problems_of(service(shadow=shadow))]


@pytest.mark.parametrize(
    ("send", "sandboxes"),
    [
        ("to_ai", {"ai": SANDBOX}),
        ("to_legacy", {"legacy": SANDBOX}),
        ("both", {"legacy": SANDBOX, "ai": SANDBOX}),
    ],
)
def test_more_than_reading_is_copied_where_it_does_no_harm(
    send: str, sandboxes: dict[str, Data]
) -> None:
    refused = ["services[0].shadow.methods[1]"]
    assert found(send=send, methods=["GET", "POST"]) == refused
    assert found(send=send, methods=["GET", "POST"], side_effects="none") == []
    assert found(send=send, methods=["GET", "POST"], endpoints=sandboxes) == []


def test_a_sandbox_of_one_is_none_of_the_other() -> None:
    sandbox: Data = {"ai": SANDBOX}
    assert found(send="to_legacy", methods=["POST"], endpoints=sandbox)
    assert found(send="both", methods=["POST"], endpoints=sandbox)
    # With `repeat` whoever serves is asked a second time as well.
    assert found(send="to_ai", methods=["POST"], endpoints=sandbox, repeat=1)
    assert found(send="to_ai", methods=["POST"], endpoints=sandbox) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_always_copied(method: str) -> None:
    assert found(send="both", methods=[method]) == []


def test_a_section_that_says_nothing_is_a_mistake() -> None:
    assert found(send="both", endpoints={}, budget={}) == [
        "services[0].shadow.budget",
        "services[0].shadow.endpoints",
    ]
    tolerance: Data = {"/a": {}, "/b": {"absolute": 0, "relative": 0}, "/c": {"absolute": 1}}
    refused = problems_of(service(compare={"tolerance": tolerance}))
    assert [path for path, _ in refused] == [
        "services[0].compare.tolerance['/a']",
        "services[0].compare.tolerance['/b']",
    ]


def test_headers_that_the_router_says_go_by_the_names_it_was_given() -> None:
    proxy: Data = {"headers": {"prefix": "x-roll-"}, "request_id": {"header": "X-Trace"}}
    headers: Data = {"keep": ["x-trace", "x-request-id"], "set": {"X-Roll-Env": "a", "x-env": "b"}}
    forward: Data = {"drop_headers": ["x-trace"]}
    refused = problems_of(
        service(ai={**AI, "forward": forward}, shadow={"send": "both", "headers": headers}),
        proxy=proxy,
    )
    assert {path for path, _ in refused} == {
        "services[0].ai.forward.drop_headers[0]",
        "services[0].shadow.headers.keep[0]",
        "services[0].shadow.headers.set.X-Roll-Env",
    }


def test_an_array_is_matched_in_one_way() -> None:
    compare: Data = {"unordered": ["/tags", "/items"], "match_by": {"/items": "id"}}
    ((path, statement),) = problems_of(service(compare=compare))
    assert path == "services[0].compare.unordered[1]"
    assert "is in services[0].compare.match_by['/items'] too" in statement


def test_a_sandbox_is_not_the_router_itself() -> None:
    sandbox: Data = {"legacy": ["http://127.0.0.1:8080"]}
    ((path, statement),) = problems_of(service(shadow={"send": "both", "endpoints": sandbox}))
    assert path == "services[0].shadow.endpoints.legacy[0]"
    assert statement.startswith("is the router itself")
