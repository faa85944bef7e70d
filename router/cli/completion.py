"""`gray-router completion`: what a shell needs to complete our command lines.

It is made from the commands' own descriptions, so it knows each option there is.
"""

import argparse
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from router.cli.exit_codes import Exit
from router.cli.output import show
from router.cli.subcommands import Commands, Subparsers


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "completion",
        help="print what bash, zsh or fish needs to complete command lines",
        description="Prints a script for the shell. bash: `source <(gray-router completion bash)` "
        "in ~/.bashrc; zsh: into a file _gray-router in a folder of $fpath; fish: into "
        "~/.config/fish/completions/gray-router.fish.",
    )
    parser.add_argument("shell", metavar="SHELL", choices=tuple(WRITERS), help=", ".join(WRITERS))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    known = _described(arguments.commands)
    show("\n".join(WRITERS[arguments.shell](known)))
    return Exit.DONE


# What there is...


@dataclass(frozen=True, slots=True)
class _Described:
    """A command and what may follow it."""

    name: str
    does: str
    actions: Sequence[argparse.Action]

    @property
    def options(self) -> list[argparse.Action]:
        return [action for action in self.actions if action.option_strings]

    @property
    def choices(self) -> list[str]:
        """What may stand in place of an argument, where that is known in advance."""
        return [
            str(choice)
            for action in self.actions
            if not action.option_strings
            for choice in action.choices or ()
        ]

    @property
    def words(self) -> list[str]:
        return [*(word for each in self.options for word in each.option_strings), *self.choices]


class _Listening(argparse.ArgumentParser):
    """Remembers what it was told: argparse has no public way to ask for it."""

    def __init__(self) -> None:
        self.heard: list[argparse.Action] = []
        super().__init__()

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        action = super().add_argument(*args, **kwargs)
        self.heard.append(action)
        return action


class _Listeners:
    """Stands in for the real subparsers."""

    def __init__(self) -> None:
        self.parsers: dict[str, tuple[str, _Listening]] = {}

    def add_parser(self, name: str, **kwargs: Any) -> argparse.ArgumentParser:
        parser = _Listening()
        self.parsers[name] = (str(kwargs.get("help", "")), parser)
        return parser


def _described(commands: Commands) -> list[_Described]:
    listeners = _Listeners()
    for command in commands:
        command.register(listeners)
    return [
        _Described(name, does, tuple(parser.heard))
        for name, (does, parser) in listeners.parsers.items()
    ]


# How each shell wants it...


def _bash(commands: Sequence[_Described]) -> Iterator[str]:
    yield "_gray_router() {"
    yield '    local words="" current="${COMP_WORDS[COMP_CWORD]}"'
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f"        words={shlex.quote(' '.join(each.name for each in commands))}"
    yield '    else case "${COMP_WORDS[1]}" in'
    for each in commands:
        yield f"        {each.name}) words={shlex.quote(' '.join(each.words))} ;;"
    yield "    esac; fi"
    yield '    [ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")'
    yield "}"
    yield "complete -o default -F _gray_router gray-router"


def _zsh(commands: Sequence[_Described]) -> Iterator[str]:
    yield "#compdef gray-router"
    yield "_gray_router() {"
    yield "    local -a commands"
    yield "    if (( CURRENT == 2 )); then"
    told = " ".join(shlex.quote(f"{each.name}:{each.does}") for each in commands)
    yield f"        commands=({told})"
    yield "        _describe command commands"
    yield "        return"
    yield "    fi"
    yield '    case "$words[2]" in'
    for each in commands:
        specs = [_zsh_option(option) for option in each.options]
        rest = f"*: :({' '.join(each.choices)})" if each.choices else "*: :_files"
        yield f"        {each.name}) _arguments {' '.join(map(shlex.quote, [*specs, rest]))} ;;"
    yield "    esac"
    yield "}"
    yield 'if [ "$funcstack[1]" = _gray_router ]; then _gray_router "$@"'
    yield "else compdef _gray_router gray-router; fi"


def _zsh_option(option: argparse.Action) -> str:
    means = (option.help or "").translate(str.maketrans("[]:", "();"))
    value = "" if option.nargs == 0 else f":{option.metavar or option.dest}:_files"
    return f"{option.option_strings[0]}[{means}]{value}"


def _fish(commands: Sequence[_Described]) -> Iterator[str]:
    for each in commands:
        yield _fish_line("__fish_use_subcommand", f"-f -a {each.name}", each.does)
        seen = f"__fish_seen_subcommand_from {each.name}"
        for choice in each.choices:
            yield _fish_line(seen, f"-f -a {shlex.quote(choice)}", "")
        for option in each.options:
            spelled = " ".join(map(_fish_option, option.option_strings))
            value = "" if option.nargs == 0 else " -r"
            yield _fish_line(seen, f"{spelled}{value}", option.help or "")


def _fish_option(word: str) -> str:
    return f"-l {word[2:]}" if word.startswith("--") else f"-s {word[1:]}"


def _fish_line(condition: str, what: str, means: str) -> str:
    told = "" if not means else f" -d {_fish_quoted(means)}"
    return f"complete -c gray-router -n '{condition}' {what}{told}"


def _fish_quoted(text: str) -> str:
    """Fish knows no `'"'"'`: within single quotes a backslash escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


WRITERS: Final[Mapping[str, Callable[[Sequence[_Described]], Iterator[str]]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
