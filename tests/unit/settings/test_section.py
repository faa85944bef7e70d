from router.settings.problems import Data
from tests.unit.settings.configs import problems_of, service, settings_of


def test_a_key_with_nothing_behind_it_counts_as_left_out() -> None:
    empty = settings_of(
        service(match=None, split=None, fallback={"on": None}), proxy=None, admin={"listen": None}
    )
    assert empty == settings_of(service())


def test_a_needed_key_with_nothing_behind_it_is_missing() -> None:
    assert problems_of(service(ai=None)) == [("services[0].ai", "is missing, allowed is a mapping")]


def test_an_unknown_key_with_nothing_behind_it_is_unknown() -> None:
    assert problems_of(service(), prox=None) == [("prox", "unknown key; did you mean proxy?")]


def test_a_rule_may_ask_for_null() -> None:
    rule: Data = {"when": {"json": {"/user": None}}, "variant": "legacy"}
    (support,) = settings_of(service(split={"rules": [rule]})).services
    assert dict(support.split.rules[0].when.json_) == {"/user": None}
