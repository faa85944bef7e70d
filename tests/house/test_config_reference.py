from pathlib import Path

import pytest

from router.settings.catalog import key_path, keys
from router.settings.document import document_of
from router.settings.load import examine_text
from router.settings.schema_comparer import StreamSettings
from router.settings.yaml_tree import read_tree
from scripts import config_reference
from tests.house.house import ROOT
from tests.support.shipped import with_files, with_redis

SHIPPED = sorted((ROOT / "config").rglob("*.yaml"))
GENERATED = config_reference.generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_what_is_generated_from_the_models_has_not_drifted(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path], config_reference.REMEDY


def test_the_check_fails_where_a_page_has_drifted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    monkeypatch.setattr(config_reference, "generated", lambda: {page: "new"})
    monkeypatch.setattr(config_reference, "ROOT", tmp_path)
    assert config_reference.main(["--check"]) == 1
    assert page.read_text() == "old"
    assert config_reference.main([]) == 0
    assert page.read_text() == "new"
    assert config_reference.main(["--check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"page.md has drifted: {config_reference.REMEDY}",
        "written: page.md",
    ]


def test_every_key_stands_on_the_reference_page() -> None:
    page = config_reference.reference()
    assert [key.path for key in keys().values() if f"| `{key.name}` |" not in page] == []


def test_every_section_stands_on_the_reference_page() -> None:
    page = config_reference.reference()
    parents = {key.parent.removesuffix("[]").removesuffix(".*") for key in keys().values()} - {""}
    # What serves AI is described once, with legacy.
    described = {path for path in parents if not path.startswith("services[].ai.")}
    assert {path for path in described if f"## `{path}`" not in page} == set()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_config_tells_editors_where_its_schema_is(path: Path) -> None:
    modeline = path.read_text().splitlines()[0]
    start, _, schema = modeline.partition("$schema=")
    assert start == "# yaml-language-server: "
    assert (path.parent / schema).resolve() == ROOT / "config" / "schema.json"


def test_the_complete_config_is_accepted_with_a_redis_too() -> None:
    content = with_redis((ROOT / "config" / "gray-router.yaml").read_bytes())
    key = {"RECORDS_KEY": bytes(range(32)).hex()}
    examination = examine_text(content, key, "gray-router.yaml")
    assert examination.problems == ()
    assert examination.settings is not None
    assert examination.settings.comparer.stream == StreamSettings()


def test_the_complete_config_shows_every_key() -> None:
    content = (ROOT / "config" / "gray-router.yaml").read_bytes()
    root = read_tree(with_redis(with_files(content)))
    assert root is not None
    shown = {key_path(path) for path in document_of(root, {}).marks}
    missing = {path for path in keys() if path not in shown}
    assert missing
    assert {path for path in missing if not path.startswith("services[].ai.")} == set()
