"""The shipped configs, with the lines that wait for an operator's own files, or for a Redis."""

MARK = b"#: "
OF_REDIS = b"#+ "


def with_files(content: bytes) -> bytes:
    """Take the mark away from lines that name files."""
    return content.replace(MARK, b"")


def with_redis(content: bytes) -> bytes:
    """Take the mark away from lines that need a Redis, and name one."""
    files = b"sqlite:///./data/gray-router.db"
    return content.replace(OF_REDIS, b"").replace(b'"' + files + b'"', b'"redis://127.0.0.1/0"')
