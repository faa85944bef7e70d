"""How a config comes to harm: by a disk, an editor, a merge, a hand. Pure; the dice are given."""

import random
from collections.abc import Callable
from typing import Final

Damage = Callable[[bytes, random.Random], bytes]

WORDS: Final = (b"null", b"-1", b"[]", b"{}", b"1e9", b"&a", b"*a", b"!!str", b"0s")


def flip_a_byte(text: bytes, dice: random.Random) -> bytes:
    """Make one byte another one."""
    at = dice.randrange(len(text))
    return text[:at] + bytes([dice.randrange(256)]) + text[at + 1 :]


def cut_off(text: bytes, dice: random.Random) -> bytes:
    """Leave out the end, as a full disk does."""
    return text[: dice.randrange(len(text))]


def drop_a_line(text: bytes, dice: random.Random) -> bytes:
    """Leave out one line."""
    lines = text.splitlines(keepends=True)
    del lines[dice.randrange(len(lines))]
    return b"".join(lines)


def repeat_a_line(text: bytes, dice: random.Random) -> bytes:
    """Write one line twice."""
    lines = text.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    return b"".join([*lines[:at], lines[at], *lines[at:]])


def shift_a_line(text: bytes, dice: random.Random) -> bytes:
    """Indent one line further."""
    lines = text.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    lines[at] = b" " * dice.randrange(1, 4) + lines[at]
    return b"".join(lines)


def change_a_word(text: bytes, dice: random.Random) -> bytes:
    """Put what means something to YAML, or too little, in the place of a word."""
    words = text.split(b" ")
    words[dice.randrange(len(words))] = dice.choice(WORDS)
    return b" ".join(words)


DAMAGES: Final[tuple[Damage, ...]] = (
    flip_a_byte,
    cut_off,
    drop_a_line,
    repeat_a_line,
    shift_a_line,
    change_a_word,
)
