import pytest

from router.settings.catalog import keys
from router.settings.problems import NotAllowedError
from router.settings.schema_admin import AdminSettings, TokenSettings
from router.settings.schema_release import ReleaseSettings

ROLES = ("viewer", "writer", "reviewer", "operator", "admin")


def checked(path: str, value: object) -> object:
    item = keys()[path].item
    assert item is not None
    return item.checked(value)


@pytest.mark.parametrize("role", ROLES)
def test_there_are_five_roles(role: str) -> None:
    assert checked("admin.tokens[].role", role) == role


def test_a_step_is_a_percent_above_nothing() -> None:
    assert checked("services[].release.max_step", "0.01%") == 1
    with pytest.raises(NotAllowedError) as refused:
        checked("services[].release.max_step", 0)
    assert refused.value.allowed.startswith("a percent from 0.01% to 100")


def test_what_is_optional_may_be_left_out() -> None:
    assert ReleaseSettings().max_step is None
    assert AdminSettings().health is None
    assert TokenSettings.model_validate({"name": "a", "role": "viewer"}).sha256 is None
