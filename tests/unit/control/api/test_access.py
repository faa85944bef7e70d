import pytest

from router.control.api.access import INCLUDES, Access, Asker, Role
from router.control.caller import Caller
from tests.support.tokens import EVERYBODY, LOOPBACK, entry, token


def test_every_role_says_which_others_it_holds() -> None:
    assert set(INCLUDES) == set(Role)
    assert {
        (role.value, needed.value) for role in Role for needed in Role if role.includes(needed)
    } == {
        ("viewer", "viewer"),
        ("writer", "writer"),
        ("reviewer", "reviewer"),
        ("reviewer", "viewer"),
        ("operator", "operator"),
        ("operator", "viewer"),
        ("operator", "writer"),
        ("admin", "admin"),
        ("admin", "viewer"),
        ("admin", "writer"),
        ("admin", "reviewer"),
        ("admin", "operator"),
    }


@pytest.mark.parametrize("role", Role)
def test_a_token_is_known_by_its_digest(role: Role) -> None:
    assert EVERYBODY.holder(token(role)) == entry(role, role)


@pytest.mark.parametrize("wrong", ["", "x", token("admin") + "x", token("admin")[:-1], "\udcff"])
def test_no_other_token_is_known(wrong: str) -> None:
    assert EVERYBODY.holder(wrong) is None


def test_a_digest_may_be_written_in_capitals() -> None:
    written = entry("robot", Role.VIEWER)
    loud = Access((type(written)("robot", Role.VIEWER, written.sha256.upper()),))
    assert loud.holder(token("robot")) is not None


def test_a_digest_is_shown_to_nobody() -> None:
    robot = entry("robot", Role.VIEWER)
    assert robot.sha256 not in repr(Access((robot,)))


def test_an_entry_is_found_by_its_name() -> None:
    assert EVERYBODY.named("viewer") == entry("viewer", Role.VIEWER)
    assert EVERYBODY.named("stranger") is None


@pytest.mark.parametrize(
    ("peer", "is_trusted"),
    [("127.0.0.1", True), ("10.0.0.1", False), ("::1", False), ("unix", False), ("", False)],
)
def test_only_peers_of_its_networks_may_say_who_asks(peer: str, is_trusted: bool) -> None:
    assert LOOPBACK.trusts(peer) is is_trusted


def test_whoever_is_limited_sees_what_he_is_limited_to() -> None:
    limited = Asker(Caller("a", "", "api"), Role.VIEWER, frozenset({"orders"}))
    assert limited.may_see("orders")
    assert not limited.may_see("support")
    assert Asker(Caller("a", "", "api"), Role.VIEWER).may_see("support")
