import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import examined_in, service, warnings_of

QUIET: Data = {"key": "header:x-user-id", "cache": "private"}
BUDGET: Data = {"requests_per_second": 10}
KEY = "0123456789abcdef" * 4


def told(**keys: Data) -> dict[str, str]:
    return dict(warnings_of(service(split=QUIET, **keys)))


def test_a_shadow_with_a_budget_gets_no_advice() -> None:
    assert told(shadow={"send": "both", "budget": BUDGET}) == {}
    assert told(shadow={"send": "to_legacy"}) == {}


@pytest.mark.parametrize(
    ("shadow", "says"),
    [
        ({"send": "to_ai"}, "up to 100 copies for each 100 requests of users,"),
        ({"send": "both", "sample": 10, "repeat": 5}, "up to 10.5 copies for each 100 requests"),
        ({"send": "to_ai", "repeat": 50}, "(50% of them twice)"),
        ({"send": "to_legacy", "sample": 50, "repeat": 10}, "up to 5 copies for each"),
    ],
)
def test_what_copies_cost_without_a_limit_is_reckoned(shadow: Data, says: str) -> None:
    (statement,) = [told(shadow=shadow)["services[0].shadow"]]
    assert says in statement
    assert statement.endswith("nothing limits what that costs: `budget` does")


def test_a_cost_that_ai_does_not_say_limits_nothing() -> None:
    found = told(shadow={"send": "to_ai", "budget": {"cost_per_hour": 5}})
    assert "x-gray-cost-usd" in found["services[0].shadow.budget.cost_per_hour"]
    both: Data = {"cost_per_hour": 5, "requests_per_second": 10}
    assert told(shadow={"send": "to_ai", "budget": both}) == {}


def test_a_method_that_no_request_has_is_never_copied() -> None:
    match: Data = {"methods": ["POST"]}
    place = "services[0].shadow.methods"
    found = told(match=match, shadow={"send": "to_legacy"})
    assert found[place] == "no request has GET, HEAD, OPTIONS: the service's match has POST"
    some: Data = {"send": "to_legacy", "methods": ["GET", "POST"], "side_effects": "none"}
    assert told(match=match, shadow=some)[place].startswith("no request has GET:")
    partly: Data = {"methods": ["GET", "POST"]}
    assert told(match=partly, shadow={"send": "to_legacy"}) == {}


def test_only_what_is_dropped_needs_to_be_kept() -> None:
    headers: Data = {"keep": ["authorization", "x-tenant"]}
    found = told(shadow={"send": "to_legacy", "headers": headers})
    assert list(found) == ["services[0].shadow.headers.keep[1]"]


def test_a_sandbox_may_be_asked_for_nothing_or_for_too_much() -> None:
    sandbox: Data = {"ai": ["http://sandbox:1"]}
    place = "services[0].shadow.endpoints.ai"
    never = told(shadow={"send": "to_legacy", "endpoints": sandbox})
    assert never == {place: "never asked: send is to_legacy"}
    noisy = told(shadow={"send": "to_ai", "endpoints": sandbox, "repeat": 5, "budget": BUDGET})
    assert noisy == {place: "`repeat` then compares ai with its sandbox, and counts that as noise"}


def test_copies_that_do_not_fit_into_memory_are_left_out() -> None:
    found = told(shadow={"send": "to_legacy", "max_body": "1MiB"})
    assert found["services[0].shadow.max_body"].startswith(
        "64 copies of 1MiB and their answers may hold 128MiB, proxy.buffers is 64MiB"
    )


def test_a_mask_without_contents_hides_nothing() -> None:
    compare: Data = {"mask": ["/customer/email"]}
    found = told(shadow={"send": "to_legacy"}, compare=compare)
    assert list(found) == ["services[0].compare.mask"]


def test_contents_without_a_mask_hold_personal_data() -> None:
    found = told(shadow={"send": "to_legacy"}, compare={"record": "diff"})
    assert "contents are kept and `mask` names none" in found["services[0].compare.record"]
    masked: Data = {"record": "diff", "mask": ["/a"]}
    assert told(shadow={"send": "to_legacy"}, compare=masked) == {}


def test_what_is_missing_without_a_key_is_said() -> None:
    compare: Data = {"record": "full", "mask": ["/a"]}
    found = told(shadow={"send": "to_legacy"}, compare=compare)
    assert found == {
        "services[0].compare.record": (
            "there is no records.key, so no vault: pairs are kept masked, and none can be replayed"
        )
    }


def test_a_key_belongs_into_the_environment() -> None:
    compare: Data = {"record": "full", "mask": ["/a"]}
    full = service(split=QUIET, shadow={"send": "to_legacy"}, compare=compare)
    ((path, statement),) = warnings_of(full, records={"key": KEY})
    assert path == "records.key"
    assert "${RECORDS_KEY}" in statement
    assert KEY not in statement
    hidden = examined_in({"RECORDS_KEY": KEY}, full, records={"key": "${RECORDS_KEY}"})
    assert (hidden.problems, hidden.warnings) == ((), ())


def test_a_vault_that_nothing_is_put_into_is_said() -> None:
    quiet = service(split=QUIET)
    found = examined_in({"RECORDS_KEY": KEY}, quiet, records={"key": "${RECORDS_KEY}"})
    assert [(each.path, each.statement) for each in found.warnings] == [
        ("records.key", "no service has `compare.record: full`: nothing is put into the vault")
    ]


def test_former_keys_belong_into_the_environment_too() -> None:
    full = service(
        split=QUIET, shadow={"send": "to_legacy"}, compare={"record": "full", "mask": ["/a"]}
    )
    variables = {"RECORDS_KEY": KEY, "RECORDS_FORMER_KEY": KEY[::-1]}
    hidden: Data = ["${RECORDS_FORMER_KEY}", "${RECORDS_ONE_MORE:-}"]
    written: dict[str, Data] = {"key": "${RECORDS_KEY}", "former_keys": hidden}
    assert examined_in(variables, full, records=written).warnings == ()
    found = examined_in(variables, full, records={**written, "former_keys": [KEY[::-1]]})
    ((path, statement),) = [(each.path, each.statement) for each in found.warnings]
    assert path == "records.former_keys[0]"
    assert "${RECORDS_FORMER_KEY}" in statement
    assert KEY[::-1] not in statement


@pytest.mark.parametrize(
    ("records", "path", "says"),
    [
        ({"key": "${K}", "former_keys": ["${K}"]}, "records.former_keys[0]", "records.key itself"),
        ({"former_keys": ["${K}"]}, "records.former_keys", "nothing is added"),
    ],
)
def test_former_keys_that_do_not_what_they_seem_to_are_said(
    records: dict[str, Data], path: str, says: str
) -> None:
    found = examined_in({"K": KEY}, service(split=QUIET), records=records)
    assert says in {each.path: each.statement for each in found.warnings}[path]


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ("ai", "a body of more than 64KiB (fallback.replay_buffer), one that is encoded"),
        ("legacy", "a body that cannot be masked is refused (415)"),
    ],
)
def test_what_becomes_of_a_body_that_cannot_be_masked_is_said(variant: str, says: str) -> None:
    endpoints: Data = ["http://127.0.0.1:9005"]
    mask: Data = {"endpoints": endpoints, "forward": {"mask": ["json:/a"]}}
    found = told(**{variant: mask})
    assert list(found) == [f"services[0].{variant}.forward.mask"]
    assert found[f"services[0].{variant}.forward.mask"].startswith(says)
    dropped: Data = {"endpoints": endpoints, "forward": {"drop_headers": ["cookie"]}}
    assert told(**{variant: dropped}) == {}


def test_comparison_without_copies_waits_for_pairs() -> None:
    assert list(told(compare={"status": False})) == ["services[0].compare"]


@pytest.mark.parametrize("name", ["date", "set-cookie", "x-gray-model"])
def test_headers_that_always_differ_are_no_sign(name: str) -> None:
    compare: Data = {"headers": ["content-type", name]}
    found = told(shadow={"send": "to_legacy"}, compare=compare)
    assert list(found) == ["services[0].compare.headers[1]"]


@pytest.mark.parametrize(
    ("compare", "place", "says"),
    [
        ({"ignore": ["/a/"]}, "ignore[0]", 'ends with `/`: it names a key that is ""'),
        ({"unordered": ["/customer.tags"]}, "unordered[0]", "dots and brackets included"),
        ({"ignore": ["/items[0]/id"]}, "ignore[0]", "dots and brackets included"),
        ({"classes": {"/$/id": "uuid"}}, "classes['/$/id']", "dots and brackets included"),
        (
            {"ignore": ["/a"], "text": {"/a": {"similarity": 1}}},
            "text['/a']",
            "never looked at: it is in `ignore`",
        ),
    ],
)
def test_pointers_that_hardly_mean_what_they_say_are_mentioned(
    compare: dict[str, Data], place: str, says: str
) -> None:
    found = told(shadow={"send": "to_legacy"}, compare=compare)
    (path,) = found
    assert path == f"services[0].compare.{place}"
    assert says in found[path]


def test_ordinary_pointers_are_left_alone() -> None:
    compare: Data = {"ignore": ["/items/*/id", "/v1.5", "/0"], "tolerance": {"": {"absolute": 1}}}
    assert told(shadow={"send": "to_legacy"}, compare=compare) == {}
