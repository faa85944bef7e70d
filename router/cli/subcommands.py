"""The little of argparse that a command needs to describe itself."""

import argparse
from collections.abc import Sequence
from typing import Any, Protocol


class Subparsers(Protocol):
    """What `ArgumentParser.add_subparsers` returns; argparse keeps its class private."""

    def add_parser(self, name: str, **kwargs: Any) -> argparse.ArgumentParser: ...


class Command(Protocol):
    """A module with one command, or several that belong together."""

    def register(self, subparsers: Subparsers) -> None: ...


Commands = Sequence[Command]
