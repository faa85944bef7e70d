import pytest

from router.settings.problems import Data
from router.settings.time_to_zero import LEASE, STREAM_DRAIN
from tests.unit.settings.configs import (
    examined_in,
    problems_of,
    service,
    settings_of,
    warnings_of,
)


@pytest.mark.parametrize("lease", ["18s", "18000ms", "2s"])
def test_a_lease_that_ends_in_time_is_fine(lease: str) -> None:
    assert problems_of(service(), lease=lease) == []


def test_a_lease_may_not_end_too_late() -> None:
    assert problems_of(service(), lease="18.5s") == [
        (
            "lease",
            (
                "saw '18.5s', allowed is at most 18s: with 10s for streams and 2s of slack AI is "
                "left within 30s"
            ),
        )
    ]


def test_a_lease_of_the_environment_is_not_repeated() -> None:
    (problem,) = examined_in({"LEASE": "1234s"}, lease="${LEASE}").problems
    assert problem.statement.startswith("saw a value that is not shown, allowed is at most 18s")


def test_what_counts_where_the_file_is_silent_is_the_default() -> None:
    settings = settings_of()
    assert (settings.lease, settings.services[0].release.stream_drain) == (LEASE, STREAM_DRAIN)


def test_a_service_that_drains_sooner_leaves_more_to_the_lease() -> None:
    assert problems_of(service(release={"stream_drain": "1s"}), lease="27s") == []


def test_a_service_may_not_drain_for_too_long() -> None:
    assert problems_of(service(release={"stream_drain": "13.5s"})) == [
        (
            "services[0].release.stream_drain",
            (
                "saw '13.5s', allowed is at most 13s: with a lease of 15s and 2s of slack AI is "
                "left within 30s"
            ),
        )
    ]


def test_only_the_service_that_drains_too_long_is_to_blame() -> None:
    found = problems_of(
        service("a", match={"paths": ["/a"]}, release={"stream_drain": "14s"}),
        service("b", match={"paths": ["/b"]}, release={"stream_drain": "13s"}),
    )
    assert [path for path, _ in found] == ["services[0].release.stream_drain"]


def test_a_lease_that_no_drain_can_make_up_for_is_to_blame() -> None:
    found = problems_of(service(release={"stream_drain": "0s"}), lease="29s")
    assert [path for path, _ in found] == ["lease"]


def test_what_is_told_of_a_drain_does_not_give_a_lease_of_the_environment_away() -> None:
    (problem,) = examined_in(
        {"LEASE": "16s"}, service(release={"stream_drain": "13s"}), lease="${LEASE}"
    ).problems
    assert problem.path == "services[0].release.stream_drain"
    assert problem.statement == (
        "saw '13s', allowed is less: with the lease and 2s of slack AI is left within 30s"
    )


def test_what_cannot_be_read_is_another_checks_business() -> None:
    found = problems_of(service(release={"stream_drain": "long"}), lease="soon")
    assert [path for path, _ in found] == ["lease", "services[0].release.stream_drain"]


SENTINELS = "redis+sentinel://a,b/main"


def test_behind_sentinels_the_old_master_may_go_on_for_a_while() -> None:
    assert problems_of(store={"url": SENTINELS}, lease="16s") == []
    assert problems_of(store={"url": SENTINELS}, lease="17s") == [
        (
            "lease",
            (
                "saw '17s', allowed is at most 16s: with 10s for streams and 2s of slack and 2s of "
                "store.max_lag AI is left within 30s"
            ),
        )
    ]
    assert problems_of(store={"url": SENTINELS, "max_lag": "1s"}, lease="17s") == []
    assert problems_of(store={"url": "redis://a"}, lease="18s") == []


def test_a_service_that_drains_for_too_long_behind_sentinels_is_told_why() -> None:
    ((path, statement),) = problems_of(
        service(release={"stream_drain": "12s"}), store={"url": SENTINELS, "max_lag": "3s"}
    )
    assert path == "services[0].release.stream_drain"
    assert "at most 10s: with a lease of 15s and 2s of slack and 3s of store.max_lag" in statement


def test_who_holds_on_is_told_that_nothing_bounds_a_rollback_then() -> None:
    held = service("b", match={"paths": ["/b"]}, release={"on_partition": "hold"})
    found = warnings_of(service("a", match={"paths": ["/a"]}), held)
    (statement,) = (said for path, said in found if path.endswith("on_partition"))
    assert statement.startswith("rollback is unbounded: once complete, a router that no rollback")
    assert statement.endswith("left within 30s holds until then alone")
    places = [path for path, _ in found]
    assert "services[1].release.on_partition" in places
    assert "services[0].release.on_partition" not in places


def test_who_holds_on_has_to_leave_ai_in_time_until_then() -> None:
    release: Data = {"on_partition": "hold", "stream_drain": "14s"}
    assert [path for path, _ in problems_of(service(release=release))] == [
        "services[0].release.stream_drain"
    ]
