"""Whatever a file holds, it is loaded or refused with its problems: nothing else comes out."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from router.model import BasisPoints
from router.release.state import Release, Status
from router.settings.compile import compile_snapshot
from router.settings.document import document_of
from router.settings.load import Examination, examine_text
from router.settings.problems import Data, Step
from router.settings.yaml_tree import read_tree

ROOT = Path(__file__).resolve().parents[3]
COMPLETE = (ROOT / "config" / "gray-router.yaml").read_bytes()
SEEDS = [file.read_bytes() for file in sorted((ROOT / "config").rglob("*.yaml"))]
SEEDS += [file.read_bytes() for file in sorted((Path(__file__).parent / "broken").glob("*.yaml"))]
SPLINTERS = [b"\t", b"&a ", b"*a", b"<<: ", b"${", b"${A}", b"}", b"[", b"- ", b": ", b"#", b"'"]
SPLINTERS += [b"!!int ", b"!x ", b"%YAML 1.1\n---\n", b"|\n", b">", b"\xff", b"\x00", b"? ", b'"']
TREE = read_tree(COMPLETE)
ODD = [None, True, -1, 0, 0.5, 1e308, 10**30, "", "x", "\x7f", "é", "regex:(", "/*", "::", "${A}"]

pytestmark = pytest.mark.slow


def judged(content: bytes) -> Examination:
    """Examine, and hold the result to what callers rely on."""
    examination = examine_text(content, {"A": "1"}, "x")
    assert (examination.settings is None) == bool(examination.problems)
    for problem in (*examination.problems, *examination.warnings):
        assert "\n" not in problem.sentence("x")
        assert 0 <= problem.line <= content.count(b"\n") + content.count(b"\r") + 1
    if examination.settings is not None:
        releases = {"support": Release("support", Status.ROLLING, BasisPoints(500))}
        compile_snapshot(examination.settings, releases, 1)
    return examination


def put(parent: Data, step: Step, value: Data) -> None:
    """Replace what stands there, if an earlier replacement has not taken the place away."""
    if isinstance(parent, dict):
        parent[str(step)] = value
    elif isinstance(parent, list) and step in range(len(parent)):
        parent[int(step)] = value


@settings(max_examples=100)
@given(st.data())
def test_a_config_with_random_bytes_changed_is_loaded_or_refused(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 8))
        splinter = st.one_of(st.sampled_from(SPLINTERS), st.binary(max_size=4))
        content[start : start + length] = data.draw(splinter)
    judged(bytes(content))


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_loaded_or_refused(content: bytes) -> None:
    judged(content)


VALUES: st.SearchStrategy[Data] = st.recursive(
    st.sampled_from(ODD) | st.text(max_size=8) | st.integers() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=120)
@given(st.data())
def test_a_config_with_any_value_replaced_is_loaded_or_refused(data: st.DataObject) -> None:
    assert TREE is not None
    document = document_of(TREE, {})
    paths = sorted((path for path in document.marks if path), key=str)
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3)):
        put(document.at(path[:-1]), path[-1], data.draw(VALUES))
    judged(json.dumps(document.data).encode())


@settings(max_examples=40)
@given(st.data())
def test_a_config_with_any_line_left_out_is_loaded_or_refused(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(SEEDS)).splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        if lines:
            del lines[data.draw(st.integers(0, len(lines) - 1))]
    judged(b"".join(lines))
