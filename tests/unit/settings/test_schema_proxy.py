import pytest

from router.routing.snapshot import AccessLog, Place, PlaceKind
from router.settings.problems import Data
from router.settings.schema_proxy import ProxySettings
from tests.unit.settings.configs import settings_of


def test_the_defaults_are_those_of_the_contract() -> None:
    proxy = ProxySettings()
    assert [address.authority for address in proxy.listen] == ["0.0.0.0:8080"]
    assert proxy.workers == "auto"
    assert proxy.trusted_proxies == ()
    assert (proxy.limits.header_bytes, proxy.limits.header_count) == (65_536, 200)
    assert proxy.limits.body is None
    assert (proxy.limits.header_timeout, proxy.limits.idle_timeout) == (10, 75)
    assert proxy.headers.prefix == "x-gray-"
    assert proxy.headers.expose == ("variant", "fallback", "error", "revision")
    assert proxy.headers.expose_to == ()
    assert (proxy.request_id.header, proxy.request_id.from_) == ("x-request-id", "any")
    assert proxy.drain_timeout == 30
    assert (proxy.tls, proxy.limits.rate) == (None, None)
    assert proxy.buffers == 64 * 1024 * 1024
    assert proxy.access_log is AccessLog.ERRORS


def test_one_listener_may_stand_for_a_list() -> None:
    one = settings_of(proxy={"listen": "127.0.0.1:1"}).proxy.listen
    many = settings_of(proxy={"listen": ["127.0.0.1:1", "[::1]:1"]}).proxy.listen
    assert one == many[:1]
    assert len(many) == 2


def test_listeners_may_be_of_both_families_and_sockets() -> None:
    listen: Data = ["0.0.0.0:81", "[::]:81", "unix:/run/x.sock"]
    found = settings_of(proxy={"listen": listen}).proxy.listen
    assert [address.authority for address in found] == listen


@pytest.mark.parametrize("workers", [1, 64, "auto"])
def test_workers_are_a_number_or_auto(workers: Data) -> None:
    assert settings_of(proxy={"workers": workers}).proxy.workers == workers


def test_a_rate_needs_no_more_than_its_number() -> None:
    rate = settings_of(proxy={"limits": {"rate": {"per_second": 0.5}}}).proxy.limits.rate
    assert rate is not None
    assert (rate.key, rate.per_second, rate.burst) == (Place(PlaceKind.CLIENT_IP), 0.5, None)
