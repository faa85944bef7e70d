from router.settings.schema_compare import CompareSettings
from tests.unit.settings.configs import problems_of, service, settings_of


def test_no_content_is_kept_unless_it_is_written() -> None:
    assert CompareSettings().record == "metadata"
    assert settings_of(service()).services[0].compare == CompareSettings()


def test_one_pointer_stands_for_the_decision_of_both() -> None:
    compare = settings_of(service(compare={"decision": "/label"})).services[0].compare
    assert compare.decision is not None
    assert (compare.decision.legacy, compare.decision.ai) == ("/label", "/label")
    assert compare.decision.map_ == {}


def test_a_decision_is_one_place_and_no_pattern_of_many() -> None:
    ((path, _),) = problems_of(service(compare={"decision": "label"}))
    assert path == "services[0].compare.decision"


def test_texts_are_alike_only_where_it_is_said_how_much() -> None:
    ((path, statement),) = problems_of(service(compare={"text": {"/a": {}}}))
    assert path == "services[0].compare.text['/a'].similarity"
    assert statement.startswith("is missing, allowed is a ratio")
