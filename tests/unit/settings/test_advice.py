import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import service, warnings_of

QUIET: dict[str, Data] = {"key": "header:x-user-id", "cache": "private"}


def test_a_sticky_service_with_a_word_on_caches_gets_no_advice() -> None:
    assert warnings_of(service(split=QUIET)) == []
    assert warnings_of(service(split={"cookie": {}, "cache": "off"})) == []


def test_a_service_without_key_and_cookie_is_not_sticky() -> None:
    ((path, statement),) = warnings_of(service(split={"cache": "off"}))
    assert path == "services[0].split"
    assert statement.startswith("not sticky")


def test_a_step_of_the_plan_may_be_larger_than_is_allowed() -> None:
    ((path, statement),) = warnings_of(service(split=QUIET, release={"max_step": 30}))
    assert path == "services[0].release.max_step"
    assert statement.startswith("smaller than the plan's step from 50% to 100%")
    fitting: Data = {"max_step": 30, "stages": [30, 60, 90]}
    assert warnings_of(service(split=QUIET, release=fitting)) == []


def test_caches_are_mentioned_once() -> None:
    found = warnings_of(
        service("a", match={"paths": ["/a"]}, split={"cookie": {}}),
        service("b", match={"paths": ["/b"]}, split={"cookie": {}}),
    )
    assert [path for path, _ in found] == ["services[0].split.cache"]


def test_keys_after_the_client_ip_are_never_asked() -> None:
    split: Data = {**QUIET, "key": ["client_ip", "header:x-user-id"]}
    assert [path for path, _ in warnings_of(service(split=split))] == ["services[0].split.key[0]"]


def test_a_cookie_beside_the_client_ip_is_never_set() -> None:
    split: Data = {**QUIET, "key": ["client_ip"], "cookie": {}}
    assert [path for path, _ in warnings_of(service(split=split))] == ["services[0].split.cookie"]


def test_two_expressions_may_claim_the_same_request() -> None:
    ((path, statement),) = warnings_of(
        service("a", match={"paths": ["regex:/a.*"]}, split=QUIET),
        service("b", match={"paths": ["regex:/.*b"]}, split=QUIET),
    )
    assert path == "services[1].match"
    assert "goes to services[0], the first in the file" in statement


def test_an_expression_for_everything_hides_a_prefix() -> None:
    ((path, statement),) = warnings_of(
        service("a", match={"paths": ["/v1/*"]}, split=QUIET),
        service("b", match={"paths": ["regex:/.*"]}, split=QUIET),
    )
    assert path == "services[0].match"
    assert "a regex of services[1] comes before this prefix" in statement


@pytest.mark.parametrize(
    "path", ["regex:/(a+)+", "regex:/(a*)*b", "regex:/([a-z]+){2,}", "regex:/((a+))*"]
)
def test_a_repetition_inside_a_repetition_may_be_slow(path: str) -> None:
    found = warnings_of(service(match={"paths": [path]}, split=QUIET))
    assert [place for place, _ in found] == ["services[0].match.paths[0]"]


@pytest.mark.parametrize(
    "path", ["regex:/[a-z]+/.*", "regex:/(a|b)+", "regex:/(ab){2}", "regex:/(a+)b+"]
)
def test_an_ordinary_expression_gets_no_advice(path: str) -> None:
    assert warnings_of(service(match={"paths": [path]}, split=QUIET)) == []


def test_services_with_one_salt_divide_callers_alike() -> None:
    found = warnings_of(
        service("a", match={"paths": ["/a"]}, split=QUIET),
        service("b", match={"paths": ["/b"]}, split={**QUIET, "salt": "a"}),
    )
    assert [path for path, _ in found] == ["services[1].split.salt"]


def test_advice_repeats_no_value_of_the_environment() -> None:
    paths: Data = ["regex:/(hunter2+)+.*"]
    for _, statement in warnings_of(
        service("a", match={"paths": paths}, split=QUIET),
        service("b", match={"paths": ["/*"]}, split=QUIET),
    ):
        assert "hunter2" not in statement


def test_a_short_lease_is_mentioned() -> None:
    ((path, statement),) = warnings_of(service(split=QUIET), lease="4s")
    assert path == "lease"
    assert statement.startswith("short: ")
    assert warnings_of(service(split=QUIET), lease="5s") == []


def test_a_rate_by_address_asks_who_is_in_front() -> None:
    limits: Data = {"rate": {"per_second": 5}}
    ((path, _),) = warnings_of(service(split=QUIET), proxy={"limits": limits})
    assert path == "proxy.limits.rate"
    trusted: dict[str, Data] = {"limits": limits, "trusted_proxies": ["10.0.0.0/8"]}
    assert warnings_of(service(split=QUIET), proxy=trusted) == []
    by_header: Data = {"rate": {"key": "header:x-key", "per_second": 5}}
    assert warnings_of(service(split=QUIET), proxy={"limits": by_header}) == []


def sentinel_warnings(**store: Data) -> list[tuple[str, str]]:
    found = warnings_of(service(split=QUIET), store=store)
    return [each for each in found if "min-replicas" in each[1]]


def test_it_is_said_how_servers_behind_sentinels_have_to_be_set() -> None:
    url = "redis+sentinel://a,b,c/main?tls=yes"
    ((path, statement),) = sentinel_warnings(url=url, max_lag="3s")
    assert path == "store.url"
    assert "`min-replicas-to-write 1` and `min-replicas-max-lag 3`" in statement
    paths = [path for path, _ in sentinel_warnings(url=url, max_lag="2500ms")]
    assert sorted(paths) == ["store.max_lag", "store.url"]
    assert sentinel_warnings(url="rediss://a") == []
