"""Configs for the tests of this folder, made of what differs from the least that works."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from router.settings.load import Examination, examine_text
from router.settings.machine import Machine
from router.settings.problems import Data
from router.settings.schema import Settings

LEGACY: dict[str, Data] = {"endpoints": ["http://127.0.0.1:9001"]}
AI: dict[str, Data] = {"endpoints": ["http://127.0.0.1:9002"]}


def service(name: str = "support", /, **keys: Data) -> dict[str, Data]:
    """Make a service that works."""
    return {"name": name, "legacy": LEGACY, "ai": AI, **keys}


def examined(*services: dict[str, Data], **sections: Data) -> Examination:
    """Examine a config of these services as if written in YAML, of which JSON is a part."""
    return examined_in({}, *services, **sections)


def examined_in(
    environ: Mapping[str, str], *services: dict[str, Data], **sections: Data
) -> Examination:
    """Examine it in an environment."""
    config = {"services": list(services or (service(),)), **sections}
    return examine_text(orjson.dumps(config), environ, "x.yaml")


def examined_at(folder: Path | None, *services: dict[str, Data], **sections: Data) -> Examination:
    """Examine it as if the file stood in ``folder``."""
    config = {"services": list(services or (service(),)), **sections}
    return examine_text(orjson.dumps(config), {}, "x.yaml", folder)


def settings_of(*services: dict[str, Data], **sections: Data) -> Settings:
    """Load a config that has no mistakes."""
    examination = examined(*services, **sections)
    assert examination.settings is not None, examination.problems
    return examination.settings


def problems_of(*services: dict[str, Data], **sections: Data) -> list[tuple[str, str]]:
    """Return paths and statements of all mistakes."""
    problems = examined(*services, **sections).problems
    return [(problem.path, problem.statement) for problem in problems]


def problems_in(
    folder: Path | None, *services: dict[str, Data], **sections: Data
) -> list[tuple[str, str]]:
    """Return paths and statements of all mistakes of a config that stands in ``folder``."""
    problems = examined_at(folder, *services, **sections).problems
    return [(problem.path, problem.statement) for problem in problems]


def warnings_on(
    machine: Machine, *services: dict[str, Data], folder: Path | None = None, **sections: Data
) -> list[tuple[str, str]]:
    """Return paths and statements of all advice that is given on this machine."""
    config = {"services": list(services or (service(),)), **sections}
    examination = examine_text(orjson.dumps(config), {}, "x.yaml", folder, machine)
    assert not examination.problems, examination.problems
    return [(warning.path, warning.statement) for warning in examination.warnings]


def warnings_of(*services: dict[str, Data], **sections: Data) -> list[tuple[str, str]]:
    """Return paths and statements of all advice on a config without mistakes."""
    examination = examined(*services, **sections)
    assert not examination.problems
    return [(warning.path, warning.statement) for warning in examination.warnings]
