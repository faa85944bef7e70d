from router.settings.schema_records import RecordsSettings
from tests.unit.settings.configs import settings_of


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


def test_detectors_can_be_switched_off() -> None:
    assert settings_of(records={"detectors": []}).records.detectors == ()
