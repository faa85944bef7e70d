from router.settings.problems import Data
from router.settings.schema_records import RecordsSettings
from tests.unit.settings.configs import examined, settings_of

NEW, OLD = bytes(range(32)).hex(), bytes(range(32, 64)).hex()


def test_the_defaults_are_those_of_the_contract() -> None:
    records = settings_of().records
    assert records == RecordsSettings()
    assert (records.max_age, records.max_count, records.max_bytes) == (
        30 * 86_400,
        100_000,
        1 << 30,
    )
    assert records.detectors == ("card", "email", "bearer")
    assert records.key is None
    assert records.former_keys == ()


def test_detectors_can_be_switched_off() -> None:
    assert settings_of(records={"detectors": []}).records.detectors == ()


def test_the_newest_key_stands_before_those_that_were_and_each_once() -> None:
    written: Data = {"key": NEW, "former_keys": [OLD, NEW, ""]}
    keys = settings_of(records=written).records.opening_keys
    assert [key.hex() for key in keys] == [NEW, OLD]
    assert settings_of(records={"former_keys": [OLD]}).records.opening_keys == keys[1:]
    assert settings_of(records={"former_keys": [""]}).records.opening_keys == ()


def test_former_keys_are_shown_nowhere() -> None:
    settings = settings_of(records={"former_keys": [OLD]})
    assert OLD[:8] not in repr(settings)
    assert "RecordsKey" not in repr(settings)
    examination = examined(records={"former_keys": [NEW, OLD[:-2]]})
    ((problem),) = examination.problems
    assert problem.path == "records.former_keys[1]"
    assert OLD[:-2] not in problem.sentence("x")
