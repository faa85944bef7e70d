from router.routing.snapshot import Endpoint, Place, PlaceKind
from router.settings.problems import Data
from router.settings.schema_service import UpstreamTlsSettings
from tests.unit.settings.configs import AI, service, settings_of


def test_the_defaults_are_those_of_the_contract() -> None:
    (support,) = settings_of(service()).services
    ai = support.ai
    assert (ai.connect_timeout, ai.first_byte_timeout, ai.idle_timeout) == (2, 60, 60)
    assert (ai.pool.max_connections, ai.pool.max_pending, ai.pool.idle) == (256, 512, 60)
    assert (ai.retry.attempts, ai.retry.backoff) == (2, 0.05)
    assert ai.health is None
    ejection = ai.ejection
    assert (ejection.consecutive, ejection.base, ejection.max_percent) == (5, 30, 5000)
    assert ai.slow_start == 10
    assert ai.tls == UpstreamTlsSettings(verify=True)
    assert (support.split.key, support.split.cookie, support.split.rules) == ((), None, ())
    assert (support.split.force, support.split.cache) == (None, None)
    assert [stage.percent for stage in support.release.stages] == [500, 2000, 5000, 10_000]
    assert support.fallback.on == ("connect",)
    assert support.fallback.replay_buffer == 65_536


def test_probes_need_no_more_than_their_path() -> None:
    (support,) = settings_of(service(ai={**AI, "health": {"path": "/healthz?deep=1"}})).services
    health = support.ai.health
    assert health is not None
    assert (health.path, health.interval, health.timeout) == ("/healthz?deep=1", 5, 2)
    assert (health.healthy_after, health.unhealthy_after) == (2, 3)


def test_a_variant_may_mix_schemes_and_sockets() -> None:
    endpoints: Data = ["http://a", "https://a", "unix:/run/a.sock"]
    (support,) = settings_of(service(ai={"endpoints": endpoints})).services
    assert support.ai.endpoints == (
        Endpoint("a", 80),
        Endpoint("a", 443, is_tls=True),
        Endpoint("/run/a.sock", 0),
    )


def test_one_key_may_stand_for_a_list() -> None:
    (support,) = settings_of(service(split={"key": "client_ip"})).services
    assert support.split.key == (Place(PlaceKind.CLIENT_IP),)


def test_an_empty_cookie_switches_it_on() -> None:
    (support,) = settings_of(service(split={"cookie": {}})).services
    assert support.split.cookie is not None
    assert (support.split.cookie.name, support.split.cookie.max_age) == ("gray_id", 30 * 86_400)
