import pytest

from router.model import BasisPoints
from router.settings.problems import Data
from router.settings.schema_release import ReleaseSettings
from tests.unit.settings.configs import problems_of, service, settings_of


def release_of(**keys: Data) -> ReleaseSettings:
    return settings_of(service(release=keys)).services[0].release


def test_the_defaults_are_those_of_the_contract() -> None:
    release = ReleaseSettings()
    assert [stage.percent for stage in release.stages] == [500, 2000, 5000, 10_000]
    assert (release.max_step, release.approvals, release.require_reason) == (None, 1, False)
    assert (release.no_raise, release.stream_drain) == ((), 10)
    assert (release.rollback.in_flight, release.on_partition) == ("finish", "legacy")


def test_a_stage_is_a_number_or_a_mapping() -> None:
    stages: Data = ["0.5%", 5, {"percent": 12.5}]
    (support,) = settings_of(service(release={"stages": stages})).services
    assert [stage.percent for stage in support.release.stages] == [50, 500, 1250]


def test_what_a_raise_must_heed_is_read() -> None:
    windows: Data = ["fri 16:00 - mon 08:00 Europe/Paris", "2026-12-20/2027-01-03"]
    release = release_of(
        max_step=30,
        approvals=5,
        require_reason=True,
        no_raise=windows,
        stream_drain="0s",
        rollback={"in_flight": "cut"},
        on_partition="hold",
    )
    assert release.max_step == BasisPoints(3000)
    assert (release.approvals, release.require_reason, release.stream_drain) == (5, True, 0)
    assert [window.text for window in release.no_raise] == windows
    assert (release.rollback.in_flight, release.on_partition) == ("cut", "hold")


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("max_step", 0.3, "did you mean 30?"),
        ("max_step", 0, "more than nothing"),
        ("max_step", 101, "saw 101, allowed is a percent from 0.01% to 100"),
        ("approvals", 0, "saw 0, allowed is a whole number from 1 to 5"),
        ("approvals", 6, "saw 6, allowed is a whole number from 1 to 5"),
        ("approvals", True, "saw true"),
        ("require_reason", "yes", "did you mean true?"),
        ("on_partition", "keep", "saw 'keep', allowed is legacy or hold"),
        ("stream_drain", 10, "did you mean 10s?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(key: str, value: Data, part: str) -> None:
    ((path, statement),) = problems_of(service(release={key: value}))
    assert path == f"services[0].release.{key}"
    assert part in statement


def test_a_rollback_finishes_or_cuts() -> None:
    ((path, statement),) = problems_of(service(release={"rollback": {"in_flight": "fnish"}}))
    assert path == "services[0].release.rollback.in_flight"
    assert statement == "saw 'fnish', allowed is finish or cut; did you mean finish?"
