import random

import pytest

from loadtests.faults.damage import DAMAGES, Damage, cut_off, drop_a_line, repeat_a_line

TEXT = b"a: 1\nb:\n  c: [2, 3]\n"


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_same_dice_do_the_same_harm(damage: Damage) -> None:
    assert damage(TEXT, random.Random(7)) == damage(TEXT, random.Random(7))


@pytest.mark.parametrize("damage", DAMAGES)
def test_harm_is_done(damage: Damage) -> None:
    assert any(damage(TEXT, random.Random(seed)) != TEXT for seed in range(5))


def test_a_line_is_dropped_or_repeated_whole() -> None:
    dice = random.Random(7)
    assert len(drop_a_line(TEXT, dice).splitlines()) == 2
    assert len(repeat_a_line(TEXT, dice).splitlines()) == 4


def test_what_is_cut_off_was_the_end() -> None:
    assert TEXT.startswith(cut_off(TEXT, random.Random(7)))
