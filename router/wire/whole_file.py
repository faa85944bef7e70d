"""A file that is replaced as a whole: a reader sees the old one or the new one, nothing between.

Nothing is flushed to the disk: this outlives a process that is killed, not a machine that stops.
"""

from pathlib import Path


def replace_whole(path: Path, content: bytes, *, is_secret: bool = False) -> None:
    """Write it beside the old one first: where that fails, the old one stays as it is."""
    new = path.with_name(f"{path.name}.new")
    if is_secret:
        new.touch(mode=0o600)
    new.write_bytes(content)
    new.replace(path)
