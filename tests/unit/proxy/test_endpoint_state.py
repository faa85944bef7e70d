import pytest

from router.proxy.endpoint_state import EndpointState
from router.routing.snapshot import Endpoint


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        (Endpoint("127.0.0.1", 9001), b"127.0.0.1:9001"),
        (Endpoint("::1", 9001), b"[::1]:9001"),
        (Endpoint("ai.internal", 9443, is_tls=True), b"ai.internal:9443"),
        (Endpoint("/run/ai.sock", 0), b"localhost"),
    ],
)
def test_a_backend_is_called_by_its_name_or_where_it_has_none_localhost(
    endpoint: Endpoint, host: bytes
) -> None:
    assert EndpointState(endpoint, "10.0.0.1", 80).authority == host
