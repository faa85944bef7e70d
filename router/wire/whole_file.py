"""A file that is replaced as a whole: a reader sees the old one or the new one, nothing between.

Nothing is flushed to the disk: this outlives a process that is killed, not a machine that stops.
"""

from pathlib import Path


def replace_whole(path: Path, content: bytes) -> None:
    """Write it beside the old one first: where that fails, the old one stays as it is."""
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(content)
    new.replace(path)
