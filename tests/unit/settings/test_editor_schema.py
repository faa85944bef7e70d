from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from router.settings import later
from router.settings.document import document_of
from router.settings.editor_schema import DRAFT, editor_schema, schema_file
from router.settings.problems import Data
from router.settings.yaml_tree import read_tree
from tests.unit.settings.configs import service

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "config").rglob("*.yaml"))
VALIDATOR = jsonschema_rs.Draft7Validator(editor_schema())


def read(file: Path) -> Data:
    """Read a config as an editor does: with its variables as they are written."""
    root = read_tree(file.read_bytes().replace(b"${", b"$${"))
    assert root is not None
    return document_of(root, {}).data


def config(*services: dict[str, Data], **sections: Data) -> Data:
    return {"services": list(services or (service(),)), **sections}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_an_editor_finds_nothing_wrong_with_the_shipped_configs(file: Path) -> None:
    VALIDATOR.validate(read(file))


def test_there_are_shipped_configs() -> None:
    assert {"minimal.yaml", "gray-router.yaml"} < {file.name for file in SHIPPED}


@pytest.mark.parametrize(
    "sections",
    [
        {"proxy": {"listen": "127.0.0.1:1", "workers": "auto", "limits": {"body": None}}},
        {"proxy": {"listen": ["127.0.0.1:1", "${LISTEN}"], "limits": {"header_count": "${N}"}}},
        {"proxy": None},
        {"services": [service(release={"stages": ["0.5%", 5, {"percent": 50}, "${LAST}"]})]},
        {"services": [service(compare={"decision": "/label", "classes": {"": "any"}})]},
        {
            "services": [
                service(
                    compare={
                        "decision": {"legacy": "/a", "ai": "/b", "map": {"x": "y"}},
                        "tolerance": {"/a": {"relative": "${BY}"}},
                    },
                    shadow={"send": "both", "headers": {"set": {"x-env": "s"}}},
                )
            ]
        },
        {
            "services": [
                service(
                    split={
                        "key": "client_ip",
                        "rules": [{"when": {"json": {"/a": None, "/b": 1.5}}, "variant": "ai"}],
                    }
                )
            ]
        },
    ],
)
def test_an_editor_accepts_what_check_accepts(sections: dict[str, Data]) -> None:
    VALIDATOR.validate(config(**sections))


@pytest.mark.parametrize(
    "sections",
    [
        {"banana": 1},
        {"store": {"url": "mysql://x"}},
        {"admin": {"tokens": [{"name": "a", "role": "king"}]}},
        {"proxy": {"workers": 65}},
        {"proxy": {"drain_timeout": 30}},
        {"proxy": {"limits": {"header_count": "many"}}},
        {"services": []},
        {"services": [{"name": "a"}]},
        {"services": [service(fallback={"on": ["timeout"]})]},
        {"services": [service(release={"stages": [101]})]},
        {"services": [service(shadow={"send": "all"})]},
        {"services": [service(shadow={})]},
        {"services": [service(compare={"decision": "label"})]},
        {"services": [service(compare={"tolerance": {"/a": {"relative": 5}}})]},
        {"services": [service(ai={"endpoints": ["ftp://a"]})]},
        {"services": [service(split={"rules": [{"when": {}, "variant": "none"}]})]},
    ],
)
def test_an_editor_marks_what_check_refuses(sections: dict[str, Data]) -> None:
    assert not VALIDATOR.is_valid(config(**sections))


def test_the_schema_is_one_that_editors_know() -> None:
    assert editor_schema()["$schema"] == DRAFT
    jsonschema_rs.meta.validate(editor_schema())


def properties(schema: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict(schema["properties"])
    for name, definition in schema["$defs"].items():
        inner = definition["anyOf"][-1] if "anyOf" in definition else definition
        found |= {f"{name}.{key}": value for key, value in inner["properties"].items()}
    return found


def test_every_key_comes_with_its_description() -> None:
    found = properties(editor_schema())
    assert len(found) > 50
    assert [key for key, schema in found.items() if not schema.get("description")] == []


def test_defaults_are_shown_as_they_are_written() -> None:
    found = properties(editor_schema())
    assert found["ProxySettings.drain_timeout"]["default"] == "30s"
    assert found["ReleaseSettings.stages"]["default"] == [5, 20, 50, 100]


def test_keys_to_come_are_not_offered() -> None:
    top = set(editor_schema()["properties"])
    assert not top & later.KEYS[""]
    assert "handoff" not in schema_file()


def test_the_file_is_the_same_at_every_call() -> None:
    assert schema_file() == schema_file()
    assert schema_file().endswith("}\n")
