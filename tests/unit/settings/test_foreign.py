import pytest

from router.settings.catalog import keys, names_under
from router.settings.foreign import _OURS, meant_by
from tests.unit.settings.configs import problems_of, service


@pytest.mark.parametrize(
    ("parent", "theirs", "ours"),
    [
        ("services[]", "request_mirror_policies", "shadow"),
        ("services[]", "mirror", "shadow"),
        ("services[].shadow", "mirrorPercentage", "sample"),
        ("services[].shadow", "runtime-fraction", "sample"),
        ("services[].shadow", "cluster", "endpoints"),
        ("services[].compare", "ignore_order", "unordered"),
        ("services[].compare", "banana", None),
        ("services[].split", "mirror", None),
    ],
)
def test_what_others_call_the_same_is_known(parent: str, theirs: str, ours: str | None) -> None:
    assert meant_by(parent, theirs) == ours


@pytest.mark.parametrize("parent", _OURS)
def test_what_is_proposed_exists_and_what_exists_is_not_taken_for_another(parent: str) -> None:
    assert parent.removesuffix("[]") in keys()
    ours = set(names_under(parent))
    assert {word.split(".")[0].split(":")[0] for word in _OURS[parent]} <= ours
    theirs = [word for words in _OURS[parent].values() for word in words]
    assert not ours & set(theirs)
    assert len(theirs) == len(set(theirs))


def test_who_comes_from_envoy_is_shown_the_way() -> None:
    mirror = service(request_mirror_policies=[{"cluster": "ai"}])
    assert problems_of(mirror) == [
        ("services[0].request_mirror_policies", "unknown key; did you mean shadow?")
    ]
