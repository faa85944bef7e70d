import inspect
import re

from router import errors
from router.errors import GrayRouterError, MalformedMessageError, SettingsError


def drawn_tree() -> dict[str, str]:
    """Read the tree in the module's docstring as child -> parent."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"    ([│ ]*(?:[├└]── )?)(\w+Error)\b", line)
        if drawn:
            depth = len(drawn[1]) // 4
            path = [*path[:depth], drawn[2]]
            parents[drawn[2]] = path[depth - 1] if depth else ""
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_the_code() -> None:
    classes = dict(inspect.getmembers(errors, inspect.isclass))
    real = {name: each.__bases__[0].__name__ for name, each in classes.items()}
    assert drawn_tree() == {**real, "GrayRouterError": ""}


def test_whoever_catches_the_root_catches_everything_that_is_raised_on_purpose() -> None:
    for _, each in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(each, GrayRouterError)


def test_refused_settings_carry_every_problem_in_order() -> None:
    error = SettingsError(("line 1: one.", "line 2: two."))
    assert error.problems == ("line 1: one.", "line 2: two.")
    assert str(error) == "line 1: one.\nline 2: two."


def test_a_malformed_message_says_why() -> None:
    assert MalformedMessageError("Host is missing").detail == "Host is missing"
