import pytest

from router.routing.snapshot import Endpoint


@pytest.mark.parametrize(
    ("host", "authority"),
    [("10.0.0.1", "10.0.0.1:9001"), ("ai.internal", "ai.internal:9001"), ("::1", "[::1]:9001")],
)
def test_an_endpoint_is_shown_as_it_is_written_in_a_url(host: str, authority: str) -> None:
    assert Endpoint(host, 9001).authority == authority


def test_an_address_of_an_endpoint_is_called_by_both_where_the_endpoint_is_a_name() -> None:
    assert Endpoint("10.0.0.5", 9001).called("10.0.0.5") == "10.0.0.5:9001"
    assert Endpoint("::1", 9001).called("::1") == "[::1]:9001"
    assert Endpoint("/run/ai.sock", 0).called("/run/ai.sock") == "unix:/run/ai.sock"
    assert Endpoint("ai.internal", 9443).called("::1") == "ai.internal:9443 (::1)"
