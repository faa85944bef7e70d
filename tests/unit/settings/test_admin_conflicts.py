import hashlib

import pytest

from router.model import Address
from router.settings.admin_conflicts import is_local
from router.settings.problems import Data
from tests.unit.settings.configs import examined_in, problems_of, service

ONE = hashlib.sha256(b"one").hexdigest()
TWO = hashlib.sha256(b"two").hexdigest()
OPEN = "0.0.0.0:9900"


def token(name: str, digest: str | None, **keys: Data) -> dict[str, Data]:
    return {"name": name, "role": "operator", "sha256": digest, **keys}


def test_two_callers_have_two_names_and_two_tokens() -> None:
    tokens: Data = [token("ana", ONE), token("ben", TWO), token("ana", ONE.upper())]
    assert problems_of(admin={"tokens": tokens}) == [
        (
            "admin.tokens[2].name",
            "is the same as admin.tokens[0].name, allowed is a name of its own",
        ),
        (
            "admin.tokens[2].sha256",
            "is the same as admin.tokens[0].sha256, allowed is a token of its own",
        ),
    ]


def test_only_who_is_named_by_a_proxy_needs_no_token() -> None:
    tokens: Data = [token("ana", None)]
    identity: Data = {"header": "x-user", "from": ["10.0.0.7"]}
    assert problems_of(admin={"tokens": tokens}) == [
        (
            "admin.tokens[0].sha256",
            "is missing, allowed is a digest; only who is named by admin.identity needs none",
        )
    ]
    assert problems_of(admin={"tokens": tokens, "identity": identity}) == []


def test_a_callers_services_are_there() -> None:
    tokens: Data = [token("ana", ONE, services=["support", "billing"])]
    assert problems_of(service("support"), admin={"tokens": tokens}) == [
        ("admin.tokens[0].services[1]", "saw 'billing', allowed is support")
    ]


def test_a_service_of_the_environment_is_not_repeated() -> None:
    tokens: Data = [token("ana", ONE, services=["${SERVICE}"])]
    (problem,) = examined_in({"SERVICE": "hush"}, admin={"tokens": tokens}).problems
    assert problem.statement == "saw a value that is not shown, allowed is support"


@pytest.mark.parametrize("listen", [OPEN, "[::]:9900", "10.0.0.1:9900", "admin.internal:9900"])
def test_who_cannot_be_told_apart_stays_on_this_machine(listen: str) -> None:
    ((path, statement),) = problems_of(admin={"listen": listen})
    assert path == "admin.listen"
    assert statement.startswith(
        "would let whoever reaches it move releases, allowed is 127.0.0.1:9900"
    )


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "[::1]:1", "localhost:1", "unix:/run/a.sock"])
def test_on_this_machine_nobody_is_asked(listen: str) -> None:
    assert problems_of(admin={"listen": listen}) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"tokens": [token("ana", ONE)]},
        {"insecure": True},
    ],
)
def test_an_open_address_needs_callers_with_names_or_the_operators_word(
    keys: dict[str, Data],
) -> None:
    assert problems_of(admin={"listen": OPEN, **keys}) == []


def test_an_empty_list_of_tokens_keeps_nobody_out() -> None:
    found = problems_of(admin={"listen": OPEN, "tokens": [], "insecure": False})
    assert [path for path, _ in found] == ["admin.listen"]


def test_a_proxy_alone_gives_nobody_a_role() -> None:
    ((path, statement),) = problems_of(
        admin={"identity": {"header": "x-user", "from": ["10.0.0.7"]}}
    )
    assert path == "admin.identity"
    assert statement.startswith("gives nobody a role, allowed is `tokens` beside it")


def test_a_webhook_is_listed_once() -> None:
    hook: Data = {"url": "https://chat.example.com/KEY", "secret": "0123456789abcdef"}
    assert problems_of(admin={"webhooks": [hook, hook]}) == [
        (
            "admin.webhooks[1].url",
            "is the same as admin.webhooks[0].url, allowed is each webhook once",
        )
    ]


def test_a_socket_and_loopback_are_local() -> None:
    assert is_local(Address("/run/a.sock", 0))
    assert is_local(Address("::1", 1))
    assert not is_local(Address("10.0.0.1", 1))
