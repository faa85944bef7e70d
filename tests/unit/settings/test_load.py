import itertools
import re
from pathlib import Path

import pytest

from router.errors import SettingsError
from router.settings.load import examine, examine_text, load_settings

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
MINIMAL = b"""
services:
  - name: support
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
"""


def promised(file: Path) -> list[tuple[int, str, str]]:
    """Read what the comments of a broken config promise: `#! PATH | PART OF THE MESSAGE`."""
    found = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        for comment in re.split(r"\s#!\s", line)[1:]:
            path, part = comment.split(" | ")
            found.append((number, path, part))
    return found


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_every_mistake_of_a_broken_config_is_named_by_line_and_path(file: Path) -> None:
    expected = promised(file)
    problems = examine(file, {}).problems
    assert expected
    assert sorted((problem.line, problem.path) for problem in problems) == sorted(
        (line, path) for line, path, _ in expected
    )
    for line, path, part in expected:
        here = [it.statement for it in problems if (it.line, it.path) == (line, path)]
        assert any(part in statement for statement in here), here


def test_there_are_at_least_twenty_broken_configs() -> None:
    assert len(BROKEN) >= 20


def test_a_problem_is_one_line_that_begins_with_its_place() -> None:
    file = next(file for file in BROKEN if file.stem == "ratios-for-percents")
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert refused.value.problems[1] == (
        f"{file}:8: services[0].release.stages[1]: saw 0.2, allowed is a percent from 0 to 100 "
        "(two decimals; write 0.2% for less than one percent); did you mean 20?"
    )
    assert all("\n" not in problem for problem in refused.value.problems)


def test_problems_come_in_the_order_of_the_file() -> None:
    lines = [problem.line for file in BROKEN for problem in examine(file, {}).problems[:1]]
    assert all(lines)
    for file in BROKEN:
        found = [problem.line for problem in examine(file, {}).problems]
        assert found == sorted(found)


def test_the_minimal_config_needs_no_more_than_two_endpoints() -> None:
    settings = examine_text(MINIMAL, {}, "x").settings
    assert settings is not None
    assert [service.name for service in settings.services] == ["support"]


def test_a_file_that_is_not_there_is_a_problem_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory"):
        load_settings(tmp_path / "none.yaml", {})


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"", 1, "is empty"),
        (b"# nothing but a comment\n", 1, "is empty"),
        (b"- services\n", 1, "is no mapping"),
        (b"hello\n", 1, "is no mapping"),
        (b"null\n", 1, "is no mapping"),
        (b"services:\n\t- name: x\n", 2, "a tab cannot indent"),
        (b"services:\n  - n\xe4me\n", 2, "is not UTF-8"),
        (b"\xff\xfes\x00", 1, "is not UTF-8"),
        (b"a: 1\n---\nb: 2\n", 2, "second document"),
        (b"a: [1\nb: 2\n", 2, "is no valid YAML"),
    ],
)
def test_what_is_no_config_at_all_is_said_at_once(content: bytes, line: int, part: str) -> None:
    (problem,) = examine_text(content, {}, "x").problems
    assert problem.line == line
    assert part in problem.statement


def test_a_billion_laughs_are_no_fun() -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    names = "abcdefghij"
    for before, name in itertools.pairwise(names):
        rows.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    (problem,) = examine_text("\n".join(rows).encode(), {}, "x").problems
    assert "aliases multiply" in problem.statement


def test_warnings_are_kept_and_refuse_nothing() -> None:
    examination = examine_text(MINIMAL, {}, "x")
    assert not examination.problems
    assert [warning.path for warning in examination.warnings] == [
        "services[0].split",
        "services[0].split.cache",
    ]


def test_the_environment_fills_in_values() -> None:
    config = MINIMAL + b"proxy: {listen: '127.0.0.1:${PORT}', drain_timeout: '${DRAIN:-3s}'}"
    settings = examine_text(config, {"PORT": "8181"}, "x").settings
    assert settings is not None
    assert settings.proxy.listen[0].authority == "127.0.0.1:8181"
    assert settings.proxy.drain_timeout == 3


def test_a_variable_in_place_of_a_number_is_a_number() -> None:
    config = MINIMAL + b"proxy: {limits: {header_count: ${COUNT}}}".replace(b"${COUNT}", b"'x'")
    assert examine_text(config, {}, "x").problems
    config = MINIMAL + b"proxy:\n  limits:\n    header_count: ${COUNT}\n"
    settings = examine_text(config, {"COUNT": "50"}, "x").settings
    assert settings is not None
    assert settings.proxy.limits.header_count == 50


SECRET = "hunter2-Qx7"  # noqa: S105 - what must never be printed has to be written somewhere


@pytest.mark.parametrize(
    "line",
    [
        b"proxy: {listen: '${SECRET}'}",
        b"proxy: {drain_timeout: 'x${SECRET}x'}",
        b"proxy: {trusted_proxies: ['${SECRET}']}",
        b"proxy: {request_id: {from: '${SECRET}'}}",
        b"proxy: {headers: {prefix: '${SECRET}', expose: ['${SECRET}']}}",
        b"proxy: '${SECRET}'",
        b"admin: {tokens: '${SECRET}'}",
        b"admin: {listen: hunter2-Qx7, sha256: hunter2-Qx7}",
        b"token: hunter2-Qx7",
        b"password: [hunter2-Qx7]",
        b"proxy: {listen: 'http://user:hunter2-Qx7@host'}",
        b"store: {url: 'redis://:hunter2-Qx7@host/x'}",
    ],
)
def test_a_secret_is_never_repeated(line: bytes) -> None:
    examination = examine_text(MINIMAL + line, {"SECRET": SECRET}, "x")
    spoken = [problem.sentence("x") for problem in examination.problems]
    assert spoken
    if b"admin: {listen" not in line:
        assert not any(SECRET in sentence for sentence in spoken)
    else:
        assert sum(SECRET in sentence for sentence in spoken) == 1


def test_services_secrets_are_never_repeated() -> None:
    config = b"""
services:
  - name: "${SECRET}!"
    match: {hosts: ["${SECRET}!"], paths: ["${SECRET}"], headers: {authorization: "hunter2-Qx7\\n"}}
    legacy: {endpoints: ["http://${SECRET}/x", "http://${SECRET}", "http://${SECRET}"]}
    ai: {endpoints: ["${SECRET}:80"], connect_timeout: "${NUMBER}"}
    split: {key: ["${SECRET}"], cookie: {name: "${SECRET} "}, cache: "${SECRET}"}
    release: {stages: ["${SECRET}", 20, "${STAGE}"]}
  - name: "${SECRET}!"
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
"""
    environ = {"SECRET": SECRET, "NUMBER": "7531", "STAGE": "13.57%"}
    sentences = "\n".join(p.sentence("x") for p in examine_text(config, environ, "x").problems)
    assert len(sentences.splitlines()) >= 14
    for secret in (SECRET, SECRET.lower(), "7531", "13.57"):
        assert secret not in sentences
