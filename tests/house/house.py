"""Where things stand in the house, for the tests that look at it from outside."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def relative(path: Path) -> str:
    """Name a file as people do."""
    return path.relative_to(ROOT).as_posix()


def own_files() -> list[Path]:
    """Return the files of the project: what git tracks, or everything in an unpacked archive."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
        return sorted(path for path in files if path.is_file())
    left_out = {".venv", "build", "dist", "__pycache__"}
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not left_out & set(path.relative_to(ROOT).parts)
    )


def python_files(*folders: str) -> list[Path]:
    """Return the Python sources in these folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of lines of every function of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def pages() -> list[Path]:
    """Return every page that people read."""
    return [path for path in own_files() if path.suffix == ".md"]
