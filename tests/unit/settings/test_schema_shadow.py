from router.settings.schema_shadow import SAFE_METHODS, ShadowSettings
from tests.unit.settings.configs import problems_of, service, settings_of


def test_nothing_is_copied_unless_it_is_written() -> None:
    assert settings_of(service()).services[0].shadow is None


def test_who_gets_copies_must_be_written() -> None:
    ((path, statement),) = problems_of(service(shadow={"sample": 10}))
    assert path == "services[0].shadow.send"
    assert statement == "is missing, allowed is to_ai, to_legacy or both"


def test_the_defaults_are_those_of_the_contract() -> None:
    shadow = settings_of(service(shadow={"send": "both"})).services[0].shadow
    assert isinstance(shadow, ShadowSettings)
    assert (shadow.sample, shadow.repeat, shadow.methods) == (10_000, 0, SAFE_METHODS)
    assert (shadow.max_body, shadow.max_concurrency, shadow.timeout) == (262_144, 64, 30.0)
    assert (shadow.budget.requests_per_second, shadow.budget.cost_per_hour) == (None, None)
    assert (shadow.headers.keep, shadow.headers.set_) == ((), {})
    assert (shadow.endpoints.legacy, shadow.endpoints.ai, shadow.side_effects) == ((), (), None)
