from loadtests.verdict import Seen, Share, judge


def everybody(revision: int, variants: str) -> list[Seen]:
    """One user for each letter: `a` was served by AI, `l` by legacy."""
    names = {"a": "ai", "l": "legacy"}
    return [Seen(revision, f"user-{at}", names[letter]) for at, letter in enumerate(variants)]


def test_a_right_walk_breaks_no_law() -> None:
    seen = everybody(1, "allll") + everybody(2, "aalll") + everybody(3, "aaaaa")
    verdict = judge(seen, {1: 20, 2: 40, 3: 100})
    assert verdict.broken == ()
    assert [share.on_ai for share in verdict.shares] == [1, 2, 5]


def test_a_user_on_both_variants_at_one_revision_is_not_sticky() -> None:
    verdict = judge([*everybody(1, "al"), Seen(1, "user-0", "legacy")], {1: 50})
    assert verdict.broken[0] == "at revision 1, by both variants: user-0"
    assert verdict.unsteady == {"user-0"}


def test_a_raise_that_takes_a_user_off_ai_is_named() -> None:
    verdict = judge(everybody(1, "al") + everybody(2, "la"), {1: 40, 2: 60})
    assert verdict.broken == ("on legacy at no lower a share than on AI: user-0",)


def test_a_fall_may_take_users_off_ai() -> None:
    assert not judge(everybody(1, "aal") + everybody(2, "all"), {1: 60, 2: 30}).broken


def test_the_same_share_at_a_later_revision_gives_everybody_the_same_variant() -> None:
    seen = everybody(1, "al") + everybody(2, "aa") + everybody(3, "la")
    assert judge(seen, {1: 50, 2: 90, 3: 50}).unsteady == {"user-0", "user-1"}


def test_one_user_on_ai_at_zero_percent_is_too_many() -> None:
    verdict = judge(everybody(1, "a" + "l" * 999), {1: 0})
    assert verdict.broken == ("at revision 1 1 of 1000 users had AI: 0.10 %, not 0 % ± 0.00",)


def test_one_user_on_legacy_at_a_hundred_percent_is_too_many() -> None:
    assert judge(everybody(1, "l" + "a" * 999), {1: 100}).broken


def test_a_share_beyond_chance_is_wrong() -> None:
    assert Share(1, percent=20, users=10_000, on_ai=2_199).is_right
    assert not Share(1, percent=20, users=10_000, on_ai=2_201).is_right


def test_a_revision_that_nobody_set_is_reported() -> None:
    assert judge(everybody(7, "l"), {1: 0}).broken == ("revision 7 was never set",)


def test_a_long_list_of_users_is_cut() -> None:
    verdict = judge(everybody(1, "a" * 8) + everybody(2, "l" * 8), {1: 50, 2: 50})
    assert "user-4 and 3 more" in verdict.broken[0]
