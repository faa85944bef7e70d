import pytest

from router.routing.snapshot import Endpoint


@pytest.mark.parametrize(
    ("host", "authority"),
    [("10.0.0.1", "10.0.0.1:9001"), ("ai.internal", "ai.internal:9001"), ("::1", "[::1]:9001")],
)
def test_an_endpoint_is_shown_as_it_is_written_in_a_url(host: str, authority: str) -> None:
    assert Endpoint(host, 9001).authority == authority
