"""Files that a config names: where they are, and what stands in those that hold certificates.

A relative path starts at the config file's own folder, so that a config and its certificates can be
moved, mounted and checked together. Nothing here repeats a byte of a key.
"""

import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from router.settings.certificates import read_certificates, read_key
from router.settings.problems import PEM_BEGIN, NotAllowedError
from router.settings.words import read_text

LARGEST_FILE: Final = 1024 * 1024
"""Bytes; the certificates of all authorities that a system trusts take a quarter."""

_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s.*?-----END \1-----", re.DOTALL)
_CERTIFICATES: Final = ("CERTIFICATE", "X509 CERTIFICATE")
_KEYS: Final = ("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")


@dataclass(frozen=True, slots=True)
class PemFile:
    """What a file holds of the one thing that was asked for: certificates, or a private key.

    text: empty where nobody looked. is_readable_by_others: whether more than its owner and group
    may read it.
    """

    path: Path
    text: str = field(default="", repr=False)
    is_readable_by_others: bool = False


def read_file_name(value: object) -> Path:
    """Read the path of a file or a folder; who pastes the content itself learns better."""
    if isinstance(value, Path):  # a default
        return value
    text = read_text(value)
    if PEM_BEGIN in text:
        raise NotAllowedError(fact="is no path: write the content into a file, and its path here")
    if not text.isprintable():
        raise NotAllowedError(detail="without control characters")
    return Path(text)


def show_file_name(path: Path) -> str:
    """Write a path so that nobody takes it for a word."""
    return str(path) if path.is_absolute() else f"./{path}"


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Makes a path absolute. Without a folder to start from it stays as it is written."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_after_validator_function(_located, handler(source))


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """Reads what a file holds under these labels. Without a folder no file is looked at.

    judge: raises `NotAllowedError` for what is there and of no use.
    """

    labels: Sequence[str]
    what: str
    judge: Callable[[str], object]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._load, handler(source))

    def _load(self, path: Path, info: core_schema.ValidationInfo) -> PemFile:
        if info.context is None:
            return PemFile(path)
        located = _located(path, info)
        content, mode = _content(located)
        text = _blocks(content, self.labels)
        if not text:
            raise NotAllowedError(fact=f"holds no {self.what} in PEM{_instead(content)}")
        self.judge(text)
        return PemFile(located, text, bool(mode & stat.S_IROTH))


CERTIFICATES: Final = Loaded(_CERTIFICATES, "certificate", read_certificates)
PRIVATE_KEY: Final = Loaded(_KEYS, "private key", read_key)


def _located(path: Path, info: core_schema.ValidationInfo) -> Path:
    folder: Any = info.context
    return path if folder is None else Path(folder / path)


def _content(path: Path) -> tuple[str, int]:
    try:
        # A pipe without a writer would keep us waiting at its door.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(descriptor).st_mode
            content = os.read(descriptor, LARGEST_FILE + 1) if stat.S_ISREG(mode) else None
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NotAllowedError(fact=f"cannot be read: {_why(error)}") from None
    if content is None:
        raise NotAllowedError(fact="cannot be read: it is no file")
    if len(content) > LARGEST_FILE:
        raise NotAllowedError(fact=f"is larger than {LARGEST_FILE // 1024} KiB")
    return content.decode("latin-1"), mode


def _blocks(content: str, labels: Sequence[str]) -> str:
    found = (block[0] for block in _BLOCK.finditer(content) if block[1] in labels)
    return "".join(f"{block}\n" for block in found)


def _instead(content: str) -> str:
    """Say what else is there: files are easily taken for one another."""
    found = {block[1] for block in _BLOCK.finditer(content)}
    if found & set(_KEYS):
        return ", but a private key"
    if found & set(_CERTIFICATES):
        return ", but a certificate"
    return ""


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
