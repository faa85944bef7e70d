import pytest

from router.settings.document import Document
from router.settings.overlaps import Claim, are_ambiguous, claims, depend_on_order, hides
from router.settings.problems import Data


def claim(**match: Data) -> Claim:
    (found,) = claims(Document(data={"services": [{"name": "x", "match": match}]}))
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (claim(), claim()),
        (claim(), claim(paths=["/*"])),
        (claim(hosts=["A.com"]), claim(hosts=["b.com", "a.com."])),
        (claim(paths=["/a", "/b"]), claim(paths=["/b", "/c"])),
        (claim(methods=["GET", "POST"]), claim(methods=["POST"])),
        (claim(headers={"X-A": "1"}), claim(headers={"x-a": "1"})),
    ],
)
def test_two_claims_with_the_same_right_are_ambiguous(one: Claim, other: Claim) -> None:
    assert are_ambiguous(one, other)
    assert are_ambiguous(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (claim(), claim(paths=["/a"])),
        (claim(), claim(hosts=["a.com"])),
        (claim(), claim(methods=["GET"])),
        (claim(), claim(headers={"x-a": "1"})),
        (claim(paths=["/a/*"]), claim(paths=["/a/b/*"])),
        (claim(methods=["GET"]), claim(methods=["POST"])),
        (claim(headers={"x-a": "1"}), claim(headers={"x-a": "2"})),
        (claim(hosts=["a.com"]), claim(hosts=["*.com"])),
    ],
)
def test_the_more_specific_claim_wins_without_ambiguity(one: Claim, other: Claim) -> None:
    assert not are_ambiguous(one, other)
    assert not depend_on_order(one, other)


def test_different_headers_may_meet_in_one_request() -> None:
    assert depend_on_order(claim(headers={"x-a": "1"}), claim(headers={"x-b": "1"}))
    assert not depend_on_order(claim(headers={"x-a": "1"}), claim(headers={"x-a": "2"}))
    assert not depend_on_order(claim(headers={"x-a": "1"}), claim(headers={"x-b": "1", "x-c": "1"}))


def test_expressions_depend_on_order_only_where_they_can_meet() -> None:
    one = claim(hosts=["a.com"], paths=["regex:/a.*"])
    assert depend_on_order(one, claim(hosts=["a.com"], paths=["regex:/b.*"]))
    assert not depend_on_order(one, claim(hosts=["b.com"], paths=["regex:/b.*"]))


def test_an_expression_hides_a_prefix_only_as_a_whole() -> None:
    prefix = claim(paths=["/v1/*"])
    assert hides(claim(paths=["regex:/v.*"]), prefix)
    assert not hides(claim(paths=["regex:/v1/x.*"]), prefix)
    assert not hides(claim(paths=["regex:/v.*"], methods=["GET"]), prefix)
    assert not hides(claim(paths=["regex:/v.*"], hosts=["a.com"]), prefix)


def test_a_match_that_cannot_be_read_claims_nothing() -> None:
    data: Data = {"services": [{"match": {"paths": ["x"]}}, "no service", {"match": {"hosts": 5}}]}
    assert claims(Document(data=data)) == []
