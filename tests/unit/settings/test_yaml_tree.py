import pytest

from router.settings.yaml_tree import (
    DEEPEST,
    LARGEST_FILE,
    Mapping,
    Scalar,
    Sequence,
    YamlRefusedError,
    read_tree,
)


def test_nodes_know_their_lines_and_their_quotes() -> None:
    root = read_tree(b"# comment\na: 1\nb:\n  - 'x'\n  - y\n")
    assert isinstance(root, Mapping)
    assert root.entries[0] == (Scalar(2, "a", is_plain=True), Scalar(2, "1", is_plain=True))
    assert root.entries[1][1] == Sequence(
        4, (Scalar(4, "x", is_plain=False), Scalar(5, "y", is_plain=True))
    )


def test_an_alias_is_the_same_node_and_costs_nothing() -> None:
    root = read_tree(b"a: &x [1, 2]\nb: *x\n")
    assert isinstance(root, Mapping)
    assert root.entries[0][1] is root.entries[1][1]


def test_a_byte_order_mark_is_no_character() -> None:
    root = read_tree(b"\xef\xbb\xbfa: 1\n")
    assert isinstance(root, Mapping)
    assert root.entries[0][0].text == "a"


def test_windows_line_ends_count_once() -> None:
    root = read_tree(b"a: 1\r\nb: 2\r\n")
    assert isinstance(root, Mapping)
    assert [key.line for key, _ in root.entries] == [1, 2]


def test_a_text_tag_is_obeyed_as_quotes_are() -> None:
    root = read_tree(b"a: !!str 5\n")
    assert isinstance(root, Mapping)
    assert root.entries[0][1] == Scalar(1, "5", is_plain=False)


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"a: !!python/object:os.system x", 1, "tags other than !!str"),
        (b"a: !secret x", 1, "tags other than !!str"),
        (b"a: 1\nb: *none\n", 2, "names no anchor"),
        (b"a: &a [*a]\n", 1, "names no anchor"),
        (b"? [a, b]\n: 1\n", 1, "a key must be a word"),
        (b"a: 1\nb: \x01\n", 2, "control character"),
        (b"[" * (DEEPEST + 1), 1, "nested deeper"),
        (b"x" * (LARGEST_FILE + 1), 0, "larger than 1024 KiB"),
        (b"a: @x\n", 1, "cannot start any token"),
        (b'a: "\\U99999999"\n', 0, "no readable YAML"),
        (b"a: 'unfinished\n", 2, "no valid YAML"),
    ],
)
def test_odd_yaml_is_refused_with_its_line(content: bytes, line: int, part: str) -> None:
    with pytest.raises(YamlRefusedError) as refused:
        read_tree(content)
    assert refused.value.line == line
    assert part in refused.value.reason


def test_a_syntax_error_does_not_repeat_the_lines_around_it() -> None:
    with pytest.raises(YamlRefusedError) as refused:
        read_tree(b"a: [hunter2\nsecret: hunter2: x\n")
    assert "hunter2" not in refused.value.reason
