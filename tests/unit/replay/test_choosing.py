from dataclasses import replace

import pytest

from router.compare.pair import Asked
from router.model import ALL
from router.replay.choosing import Choosing
from router.replay.entries import Recorded
from router.routing.snapshot import Match, Service, Split
from tests.support.shadows import shadow_to

HERE = [(b"host", b"Support.example.com:8080"), (b"x-tenant", b"acme")]
GET = Asked(b"GET", b"/v1/classify?x=1", HERE, b"", 0)
MATCH = Match(hosts=("support.example.com",), paths=("/v1/*",), headers=(("x-tenant", "acme"),))


def service(name: str, match: Match) -> Service:
    shadow = shadow_to()
    return Service(name, match, shadow.legacy, shadow.ai, Split(name))


SERVICES = (service("support", MATCH), service("other", Match(paths=("/v1/classify",))))


def reason(asked: Asked, whose: str = "", *, is_any: bool = False, **shadow: object) -> str | None:
    to = replace(shadow_to(), **shadow)  # type: ignore[arg-type]  # fields of a Shadow, by name
    choosing = Choosing(SERVICES, "support", to, lambda it: it.body != b"?", is_any=is_any)
    return choosing.reason(Recorded(asked, "line 1", whose))


def test_what_a_shadow_would_copy_is_sent_and_none_is_drawn() -> None:
    assert reason(GET) is None
    assert shadow_to().share == ALL


def test_the_host_is_read_as_a_router_reads_it_that_is_mirrored_to() -> None:
    mirrored = (b"host", b"support.example.com-shadow:8080")
    assert reason(replace(GET, fields=[mirrored, *HERE[1:]])) is None


@pytest.mark.parametrize(
    "asked",
    [
        replace(GET, target=b"/v2/classify"),
        replace(GET, fields=[(b"host", b"elsewhere.example.com")]),
        replace(GET, fields=HERE[1:]),
        replace(GET, fields=HERE[:1]),
        replace(GET, fields=[(b"host", b"a, b"), *HERE[1:]]),
    ],
    ids=["path", "host", "no host", "field", "no such host"],
)
def test_what_is_none_of_the_services_requests_is_not_sent_unless_it_is_wanted(
    asked: Asked,
) -> None:
    assert reason(asked) == "other_service"
    assert reason(asked, is_any=True) is None


def test_whoever_names_the_service_has_said_whose_it_is() -> None:
    alone = replace(GET, fields=[])
    assert reason(alone, "support") is None
    assert reason(alone, "other") == "other_service"
    assert reason(alone, "other", is_any=True) == "other_service"


def test_what_is_beyond_the_match_of_the_shadow_is_not_sent_unless_it_is_wanted() -> None:
    match = Match(paths=("/v1/classify/*",))
    assert reason(replace(GET, target=b"/v1/summarise"), match=match) == "not_shadowed"
    assert reason(replace(GET, target=b"/v1/summarise"), match=match, is_any=True) is None
    assert reason(replace(GET, target=b"/v1/classify/1"), match=match) is None


def test_a_value_beyond_ascii_is_sent_as_it_was() -> None:
    assert reason(replace(GET, fields=[*HERE, (b"x-name", "Zoë".encode())])) is None


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (replace(GET, method=b"DELETE"), "unsafe_method"),
        (replace(GET, method=b"OPTIONS", target=b"*"), "no_path"),
        (replace(GET, body=b"?", size=1), "unmaskable"),
        (replace(GET, fields=[*HERE, (b"x-name", "Zoë".encode("latin-1"))]), "no_text"),
        (replace(GET, body=b"11 bytes lo", size=11), "too_large"),
    ],
)
def test_what_may_do_harm_or_cannot_be_asked_is_sent_by_no_word(asked: Asked, why: str) -> None:
    assert reason(asked, max_body=10) == why
    assert reason(asked, is_any=True, max_body=10) == why
