"""The shipped configs, with the lines that wait for an operator's own files."""

MARK = b"#: "


def with_files(content: bytes) -> bytes:
    """Take the mark away from lines that name files."""
    return content.replace(MARK, b"")
