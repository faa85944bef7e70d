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


@pytest.mark.parametrize(
    ("host", "is_name"),
    [("ai.internal", True), ("10.0.0.5", False), ("::1", False), ("/run/ai.sock", False)],
)
def test_only_a_name_has_to_be_looked_up(host: str, *, is_name: bool) -> None:
    assert Endpoint(host, 0).is_name is is_name
