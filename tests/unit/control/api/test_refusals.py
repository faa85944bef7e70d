from router.control.api.access import Role
from router.control.api.calls import Call, Parameter
from router.control.api.changes import Changes, PercentChange
from router.control.api.problems import ALL_KINDS, DRAINING
from router.control.api.refusals import refusals_of
from router.control.api.releases import Releases
from router.control.api.table import CALLS


def codes(call: Call) -> set[str]:
    return {kind.code for kind in refusals_of(call)}


def test_an_open_call_refuses_foreign_pages_alone() -> None:
    call = Call(method="GET", path="/livez", does=Releases.show, is_open=True)
    assert codes(call) == {"foreign_host", "cross_origin", "internal_error"}


def test_a_call_refuses_by_what_it_takes() -> None:
    call = Call(
        method="PUT",
        path="/api/v1/services/{service}/percent",
        does=Changes.set_percent,
        role=Role.OPERATOR,
        takes=PercentChange,
        parameters=(Parameter("query", "x", "", {}),),
        refuses=(DRAINING,),
    )
    assert codes(call) - {"foreign_host", "cross_origin", "internal_error"} == {
        "unauthenticated",
        "forbidden",
        "csrf_refused",
        "too_many_failures",
        "unknown_service",
        "malformed_query",
        "malformed_body",
        "body_too_large",
        "not_json",
        "draining",
    }


def test_every_problem_is_some_calls_or_every_paths() -> None:
    of_no_call = {"not_found", "method_not_allowed"}
    assert {kind.code for kind in ALL_KINDS} == of_no_call.union(*map(codes, CALLS))
