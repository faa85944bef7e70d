"""What people read says what the code does."""

import ast
import itertools
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from router.cli.main import command_line
from router.http1.replies import ALL_REFUSALS, Refusal
from router.settings.load import examine_text
from scripts import code_reference, config_reference
from tests.house.house import ROOT, own_files, pages, python_files, relative

RUNBOOK = ROOT / "docs" / "runbook"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):.*?(?:## .*)?$", re.MULTILINE)
MAKE_TARGETS = set(TARGET.findall((ROOT / "Makefile").read_text()))

# Folders that exist on a developer's machine only, and addresses of package registries: both would
# tie the project to one place. Written in pieces, so that this file does not find itself.
FOREIGN = (
    "/wo" + "rk/",
    "/ro" + "ot/",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npm" + "js",
    "deb.debian" + ".org",
    "find" + "-links",
    "extra-index" + "-url",
)


# Pages and their links...


def anchors(page: Path) -> set[str]:
    """Return what a link may name behind `#`, as common renderers make it from headings."""
    headings = HEADING.findall(FENCED.sub("", page.read_text()))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@cache
def links_of(page: Path) -> frozenset[Path]:
    links = LINK.findall(page.read_text())
    return frozenset((page.parent / link.partition("#")[0]).resolve() for link in links)


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_a_page_of_the_docs_can_be_reached_from_the_index(page: Path) -> None:
    if ROOT / "docs" in page.parents and page.name != "README.md":
        linked = frozenset().union(*(links_of(other) for other in pages() if other != page))
        assert {page, page.parent} & linked, "no page links here"


# Commands...


def shell_lines() -> Iterator[tuple[str, str]]:
    for page in pages():
        for language, block in FENCED.findall(page.read_text()):
            if language == "sh":
                for line in block.replace("\\\n", " ").splitlines():
                    yield relative(page), line


def command_lines(program: str) -> list[tuple[str, list[str]]]:
    found = []
    for page, line in shell_lines():
        words = shlex.split(line, comments=True)
        if words and words[0].split("/")[-1] == program:
            found.append((page, words[1:]))
    return found


def test_the_readme_shows_both_commands_that_a_newcomer_needs() -> None:
    shown = [words for page, words in command_lines("make") if page == "README.md"]
    assert ["run"] in shown
    assert ["test"] in shown


@pytest.mark.parametrize(("page", "words"), command_lines("make"), ids=str)
def test_a_make_target_that_is_shown_exists(page: str, words: list[str]) -> None:
    for word in words:
        assert "=" in word or word in MAKE_TARGETS, f"{page}: make {word}"


@pytest.mark.parametrize(("page", "words"), command_lines("gray-router"), ids=str)
def test_a_command_that_is_shown_is_understood(page: str, words: list[str]) -> None:
    command_line().parse_args(words)
    for option, value in itertools.pairwise(words):
        if option in ("-c", "--config") and value.startswith("config/"):
            assert (ROOT / value).is_file(), f"{page}: {value}"


@pytest.mark.parametrize("target", sorted(MAKE_TARGETS))
def test_every_make_target_is_explained(target: str) -> None:
    assert re.search(rf"^{target}:.* ## .", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_readme_or_contributing_names_every_make_target() -> None:
    people_read = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert {target for target in MAKE_TARGETS if f"make {target}" not in people_read} == set()


# Configs...


def configs() -> list[tuple[str, str]]:
    """Return every whole config that a page shows."""
    return [
        (relative(page), block)
        for page in pages()
        for language, block in FENCED.findall(page.read_text())
        if language == "yaml" and re.search(r"^services:", block, re.MULTILINE)
    ]


@pytest.mark.parametrize(("page", "text"), configs(), ids=[page for page, _ in configs()])
def test_a_config_that_is_shown_is_accepted(page: str, text: str) -> None:
    assert examine_text(text.encode(), {}, page).problems == ()


# What the code says...


def test_the_generated_pages_have_not_drifted() -> None:
    for path, text in {**code_reference.generated(), **config_reference.generated()}.items():
        assert path.read_text() == text, f"{relative(path)}: run make docs"


def test_every_command_has_its_section() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    for command in code_reference.subcommands():
        assert f"## `gray-router {command}" in page


CALLS = ("tell", "_log", "rare", "Rare")


def events() -> set[str]:
    """Return the first argument of every call of `CALLS` in the product."""
    return {
        call.args[0].value
        for path in python_files("router")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) in CALLS
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_error_code_has_its_page_and_every_page_its_code() -> None:
    written = {page.stem for page in (RUNBOOK / "errors").iterdir()}
    assert written == {refusal.code for refusal in ALL_REFUSALS}


def test_every_logged_event_has_its_page_and_every_page_its_event() -> None:
    written = {page.name.removesuffix(".md") for page in (RUNBOOK / "events").iterdir()}
    assert written == events()


@pytest.mark.parametrize("folder", ["errors", "events"])
def test_the_runbooks_index_has_every_page_with_what_its_heading_says(folder: str) -> None:
    index = (RUNBOOK / "README.md").read_text()
    for page in (RUNBOOK / folder).iterdir():
        heading = re.match(r"# `(\w+)` \((\w+)\)\n", page.read_text())
        assert heading, relative(page)
        assert heading[1] == page.stem
        assert f"| [`{page.stem}`]({folder}/{page.name}) | {heading[2]} |\n" in index


@pytest.mark.parametrize("refusal", ALL_REFUSALS, ids=lambda refusal: refusal.code)
def test_a_runbook_page_names_the_status_of_its_code(refusal: Refusal) -> None:
    page = (RUNBOOK / "errors" / f"{refusal.code}.md").read_text()
    assert page.startswith(f"# `{refusal.code}` ({refusal.status})\n")


def test_the_life_of_a_request_has_the_sections_of_the_exchange_in_their_order() -> None:
    walk = []
    for room in ("exchange", "responding", "receiving", "lasting", "endings", "recorded"):
        source = (ROOT / "router" / "proxy" / f"{room}.py").read_text()
        walk += re.findall(r"^    # ([A-Z][a-z ]+)\.\.\.$", source, re.MULTILINE)
    headings = HEADING.findall((ROOT / "docs" / "life-of-a-request.md").read_text())
    assert headings[headings.index("Begin") :] == walk


def sections(module: str) -> list[str]:
    return re.findall(r"^    # ([A-Z][a-z ]+)\.\.\.$", (ROOT / module).read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("module", "first", "last"),
    [
        ("router/control/conductor.py", "Accept", "Report"),
        ("router/control/rollbacks.py", "Decide and publish", "Report"),
        ("router/control/keeping.py", "Keep", "Meet"),
        ("router/control/fleet/renewing.py", "Send", "Extend"),
    ],
)
def test_the_life_of_a_command_has_the_sections_of_its_modules_in_their_order(
    module: str, first: str, last: str
) -> None:
    found = sections(module)
    walk = found[found.index(first) : found.index(last) + 1]
    headings = HEADING.findall((ROOT / "docs" / "life-of-a-command.md").read_text())
    begin = headings.index("A rollback") if first != "Accept" else 0
    start = headings.index(first, begin)
    assert headings[start : start + len(walk)] == walk


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    declared = [*project["project"]["dependencies"], *(each for group in groups for each in group)]
    names = {Requirement(each).name for each in declared if isinstance(each, str)}
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    assert {name for name in names if f"`{name}`" not in reasons} == set()


# The project speaks of itself alone...


@pytest.mark.parametrize("word", FOREIGN)
def test_no_file_names_a_machine_or_a_registry(word: str) -> None:
    for path in own_files():
        assert word.encode() not in path.read_bytes(), relative(path)
