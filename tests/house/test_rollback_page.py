"""The page that proves the bound: each number stands in the code or a config, or follows."""

import ast
import re
from pathlib import Path

from router.replica.lease import longest
from router.settings.load import examine_text
from tests.house.house import ROOT

PAGE = ROOT / "docs" / "topics" / "rollback.md"
STORAGE = ROOT / "docs" / "topics" / "storage.md"
ROW = re.compile(
    r"^\| `(\w[\w.]*)`[^|]* \| (?:`(router/[\w/]+\.py)`|(config)) \| ([\d.]+)[ \w]* \|$",
    re.MULTILINE,
)
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
MEASURED = re.compile(r"took its last write [\d.]+ to ([\d.]+) seconds")
SMALLEST = (
    b"services: [{name: s, legacy: {endpoints: ['http://l']}, ai: {endpoints: ['http://a']}}]"
)


def rows() -> dict[str, tuple[str, float]]:
    """Return where each number of the page's table stands, and what the page says that it is."""
    found = ROW.findall(PAGE.read_text())
    return {name: (module or config, float(number)) for name, module, config, number in found}


def constant(module: str, name: str) -> float:
    """Return what a module calls by this name."""
    for node in ast.parse((ROOT / module).read_text()).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value:
            return float(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no {name}")


def configured(key: str) -> float:
    """Return the default of a key."""
    settings = examine_text(SMALLEST, {}, "gray-router.yaml").settings
    assert settings is not None
    places = {
        "lease": settings.lease,
        "stream_drain": settings.services[0].release.stream_drain,
        "store.max_lag": settings.store.max_lag,
    }
    return places[key]


def text_of(page: Path) -> str:
    """Return what a page says in words, without names in code, links and the marks of lists."""
    prose = re.sub(r"`[^`]*`|\]\([^)]*\)", "", page.read_text())
    return re.sub(r"^\| .*\|$", "", prose, flags=re.MULTILINE)


def test_the_table_names_what_the_code_and_an_empty_config_say() -> None:
    assert len(rows()) >= 10
    for name, (where, number) in rows().items():
        said = configured(name) if where == "config" else constant(where, name)
        assert number == said, name


def test_every_other_number_follows_from_these() -> None:
    number = {name: value for name, (_, value) in rows().items()}
    measured = MEASURED.search(STORAGE.read_text())
    assert measured
    last_write = float(measured[1])
    whole = number["lease"] + number["stream_drain"] + number["SLACK"]
    late = last_write - number["store.max_lag"]
    ping = 1.0
    follows = {
        0.0,
        *number.values(),
        whole,
        whole + number["store.max_lag"],
        round(longest(number["lease"]), 2),
        late,
        (late + ping) * 1000,
        (last_write + ping) * 1000,
    }
    assert {each for each in NUMBER.findall(text_of(PAGE)) if float(each) not in follows} == set()
