"""Where things stand in the house, for the tests that look at it from outside."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def relative(path: Path) -> str:
    """Name a file as people do."""
    return path.relative_to(ROOT).as_posix()


@cache
def own_files() -> tuple[Path, ...]:
    """Return the files of the project: what git tracks, or everything in an unpacked archive."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
        return tuple(sorted(path for path in files if path.is_file()))
    left_out = {".venv", "build", "dist", "__pycache__"}
    return tuple(
        sorted(
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not left_out & set(path.relative_to(ROOT).parts)
        )
    )


def python_files(*folders: str) -> list[Path]:
    """Return the Python sources in these folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of lines of every function of a file."""
    yield from _functions(ast.parse(path.read_text()).body)


def _functions(statements: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Look at statements alone, which are a tenth of all nodes: a function stands nowhere else."""
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from _functions(getattr(node, part, ()))


def pages() -> list[Path]:
    """Return every page that people read."""
    return [path for path in own_files() if path.suffix == ".md"]
