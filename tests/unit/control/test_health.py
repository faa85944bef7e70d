from hypothesis import given, strategies as st

from router.control.health import Health, Standing, judge

PROBES = st.lists(st.booleans(), max_size=40)
RULES = st.builds(
    Health,
    st.just("/healthz"),
    healthy_after=st.integers(1, 5),
    unhealthy_after=st.integers(1, 5),
)


def after(health: Health, *probes: bool) -> Standing:
    standing = Standing()
    for passed in probes:
        standing = judge(standing, health, passed=passed)
    return standing


def test_who_was_never_probed_is_up() -> None:
    assert Standing().is_up


def test_one_failure_does_not_take_a_healthy_endpoint_down_but_three_do() -> None:
    health = Health("/healthz")
    assert after(health, True, False, False).is_up
    assert not after(health, True, False, False, False).is_up


def test_two_passed_probes_bring_it_back() -> None:
    health = Health("/healthz")
    assert not after(health, False, True).is_up
    assert after(health, False, True, True).is_up


def test_failures_count_in_a_row_only() -> None:
    assert after(Health("/healthz"), True, False, False, True, False, False).is_up


@given(RULES, st.booleans())
def test_the_first_probe_decides_at_once(health: Health, passed: bool) -> None:
    assert after(health, passed).is_up is passed


@given(RULES, PROBES, st.booleans())
def test_it_turns_only_after_as_many_in_a_row_as_the_operator_wrote(
    health: Health, probes: list[bool], passed: bool
) -> None:
    before = after(health, True, *probes)
    turned = after(health, True, *probes, passed)
    if turned.is_up is not before.is_up:
        needed = health.healthy_after if passed else health.unhealthy_after
        assert [*probes, passed][-needed:] == [passed] * needed


@given(RULES, PROBES, st.booleans())
def test_so_many_in_a_row_are_always_believed(
    health: Health, probes: list[bool], passed: bool
) -> None:
    needed = health.healthy_after if passed else health.unhealthy_after
    assert after(health, *probes, *[passed] * needed).is_up is passed
