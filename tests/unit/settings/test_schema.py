from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from router.settings.catalog import models
from router.settings.schema import Settings
from tests.unit.settings.configs import service, settings_of


def test_settings_never_change() -> None:
    settings = settings_of(service())
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, next(iter(Settings.model_fields)), None)


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_key_is_described(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_unknown_keys_are_refused_everywhere(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"no_such_key": 1})
    kinds: list[Any] = [error["type"] for error in refused.value.errors()]
    assert "extra_forbidden" in kinds


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = settings_of(service())
    assert (settings.state_dir, settings.lease) == (Path("data"), 15)
    assert settings.store.url == "sqlite:///./data/gray-router.db"


def test_there_must_be_a_service() -> None:
    with pytest.raises(AssertionError, match="services"):
        settings_of(services=[])
