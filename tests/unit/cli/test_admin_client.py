import argparse
from collections.abc import Iterator

import pytest

from router.cli.admin_client import Address, AdminClient, addresses
from router.cli.main import main
from router.errors import AdminError, AdminRefusedError, AdminUnreachableError
from tests.support.admin_double import RELEASE, AdminDouble, admin_double, silent_url


@pytest.fixture
def admin() -> Iterator[AdminDouble]:
    with admin_double() as double:
        double.says(RELEASE)
        yield double


def test_the_first_admin_api_that_can_be_reached_is_asked(admin: AdminDouble) -> None:
    client = AdminClient(addresses(f"{silent_url()}, {admin.url},{silent_url()}"))
    assert client.call("GET", "/services/support").data == RELEASE


def test_nobody_there_ends_with_3_and_says_who_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = [silent_url(), silent_url()]
    assert main(["status", "--admin", ",".join(urls)]) == 3
    told = capsys.readouterr().err
    assert all(f"{url}: Connection refused" in told for url in urls)
    assert "gray-router serve" in told
    assert "GRAY_ROUTER_ADMIN" in told


def test_a_command_is_never_sent_to_a_second_router_once_one_took_it(admin: AdminDouble) -> None:
    admin.status = 0
    with admin_double() as second, pytest.raises(AdminError, match="took the command"):
        AdminClient(addresses(f"{admin.url},{second.url}")).call("PUT", "/x", {})
    assert second.heard == []


def test_a_question_without_an_answer_is_no_success(admin: AdminDouble) -> None:
    admin.status = 0
    with pytest.raises(AdminError, match="gave no answer"):
        AdminClient(addresses(admin.url)).call("GET", "/services")


def test_something_else_that_listens_there_is_recognised(admin: AdminDouble) -> None:
    admin.status, admin.body = 404, b"<html>not found</html>"
    with pytest.raises(AdminError, match="is no admin API of Gray Router: it answered 404"):
        AdminClient(addresses(admin.url)).call("GET", "/services")


@pytest.mark.parametrize("body", [{"title": "Conflict"}, [], "no"])
def test_a_refusal_without_a_detail_tells_its_status(admin: AdminDouble, body: object) -> None:
    admin.says(body, status=409)
    with pytest.raises(AdminRefusedError, match="status 409"):
        AdminClient(addresses(admin.url)).call("GET", "/services")


def test_an_unreachable_admin_is_not_a_refusal() -> None:
    with pytest.raises(AdminUnreachableError):
        AdminClient(addresses(silent_url())).call("GET", "/services")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:9900", Address("127.0.0.1", 9900)),
        ("http://router.internal/", Address("router.internal", 80)),
        ("http://[::1]:9900", Address("::1", 9900)),
    ],
)
def test_addresses_are_urls(text: str, address: Address) -> None:
    assert addresses(text) == (address,)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert str(Address("::1", 9900)) == "http://[::1]:9900"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:9900",
        "https://127.0.0.1:9900",
        "http://",
        "http://x:y",
        "http://x/api/v1",
        "http://x,",
        "ftp://x",
        "http://x?y",
        "http://[::1",
    ],
)
def test_what_is_no_address_of_an_admin_api_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        addresses(text)


def test_a_wrong_address_in_the_environment_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAY_ROUTER_ADMIN", "127.0.0.1:9900")
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    assert ended.value.code == 2
    assert "it looks like http://127.0.0.1:9900" in capsys.readouterr().err
