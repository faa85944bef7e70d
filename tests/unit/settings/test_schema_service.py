from router.routing.snapshot import Place, PlaceKind
from router.settings.problems import Data
from tests.unit.settings.configs import service, settings_of


def test_the_defaults_are_those_of_the_contract() -> None:
    (support,) = settings_of(service()).services
    ai = support.ai
    assert (ai.connect_timeout, ai.first_byte_timeout, ai.idle_timeout) == (2, 60, 60)
    assert (ai.pool.max_connections, ai.pool.max_pending, ai.pool.idle) == (256, 512, 60)
    assert (ai.retry.attempts, ai.retry.backoff) == (2, 0.05)
    assert (support.split.key, support.split.cookie, support.split.rules) == ((), None, ())
    assert (support.split.force, support.split.cache) == (None, None)
    assert [stage.percent for stage in support.release.stages] == [500, 2000, 5000, 10_000]
    assert support.fallback.on == ("connect",)
    assert support.fallback.replay_buffer == 65_536


def test_a_stage_is_a_number_or_a_mapping() -> None:
    stages: Data = ["0.5%", 5, {"percent": 12.5}]
    (support,) = settings_of(service(release={"stages": stages})).services
    assert [stage.percent for stage in support.release.stages] == [50, 500, 1250]


def test_one_key_may_stand_for_a_list() -> None:
    (support,) = settings_of(service(split={"key": "client_ip"})).services
    assert support.split.key == (Place(PlaceKind.CLIENT_IP),)


def test_an_empty_cookie_switches_it_on() -> None:
    (support,) = settings_of(service(split={"cookie": {}})).services
    assert support.split.cookie is not None
    assert (support.split.cookie.name, support.split.cookie.max_age) == ("gray_id", 30 * 86_400)
