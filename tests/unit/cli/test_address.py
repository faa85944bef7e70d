import argparse

import pytest

from router.cli.address import Address, addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:9900", Address("127.0.0.1", 9900)),
        ("http://router.internal/", Address("router.internal", 80)),
        ("http://[::1]:9900", Address("::1", 9900)),
        ("https://router.internal", Address("router.internal", 443, "https")),
        ("unix:/run/gray/admin.sock", Address("/run/gray/admin.sock", 0, "unix")),
    ],
)
def test_addresses_are_urls(text: str, address: Address) -> None:
    assert addresses(text) == (address,)


def test_one_that_is_named_twice_is_asked_once() -> None:
    assert len(addresses("http://a:9900, http://b:9900,http://a:9900/")) == 2


@pytest.mark.parametrize("text", ["http://[::1]:9900", "https://a:443", "unix:/run/a.sock"])
def test_an_address_is_shown_as_it_is_written(text: str) -> None:
    assert str(addresses(text)[0]) == text


@pytest.mark.parametrize(
    ("text", "is_private"),
    [
        ("http://127.0.0.9:9900", True),
        ("http://localhost:9900", True),
        ("http://[::1]:9900", True),
        ("https://10.0.0.3:9900", True),
        ("unix:/run/a.sock", True),
        ("http://10.0.0.3:9900", False),
        ("http://router.internal:9900", False),
    ],
)
def test_others_can_read_along_only_without_tls_and_beyond_this_machine(
    text: str, is_private: bool
) -> None:
    assert addresses(text)[0].is_private is is_private


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:9900",
        "http://",
        "https://",
        "http://x:y",
        "http://x/api/v1",
        "http://x,",
        "ftp://x",
        "http://x?y",
        "http://[::1",
        "unix:",
        "unix:admin.sock",
    ],
)
def test_what_is_no_address_of_an_admin_api_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        addresses(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        addresses("http://ada:hunter2@10.0.0.3:9900")
    assert "hunter2" not in str(refused.value)
    assert "--token-file" in str(refused.value)
