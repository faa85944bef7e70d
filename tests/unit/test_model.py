import pytest
from hypothesis import given, strategies as st

from router.model import ALL, Address, Reason, Variant, percent_to_basis_points


@pytest.mark.parametrize(
    ("percent", "points"), [(0, 0), (100, 10_000), (12.34, 1_234), (0.01, 1), (29.01, 2_901)]
)
def test_a_percentage_is_exact_to_two_decimals(percent: float, points: int) -> None:
    assert percent_to_basis_points(percent) == points


@given(st.integers(0, ALL))
def test_every_hundredth_of_a_percent_survives_the_way_through_a_float(points: int) -> None:
    assert percent_to_basis_points(points / 100) == points


@pytest.mark.parametrize("percent", [-0.01, 100.01, 12.345, 0.001, 1e300])
def test_what_is_no_percentage_is_refused_and_not_rounded(percent: float) -> None:
    with pytest.raises(ValueError, match="is not a percentage"):
        percent_to_basis_points(percent)


@pytest.mark.parametrize("percent", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(percent: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        percent_to_basis_points(percent)


def test_the_reasons_stand_in_the_order_of_precedence() -> None:
    assert list(Reason) == [
        "rolled_back", "lease_lost", "no_endpoint", "denied",
        "forced", "allowed", "bucket", "random",
    ]  # fmt: skip


def test_a_member_knows_its_place() -> None:
    assert [variant.number for variant in Variant] == [0, 1]
    assert [reason.number for reason in Reason] == list(range(8))


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (Address("10.0.0.1", 80), "10.0.0.1:80"),
        (Address("::1", 80), "[::1]:80"),
        (Address("/run/a:b.sock", 0), "unix:/run/a:b.sock"),
    ],
)
def test_addresses_are_written_as_operators_write_them(address: Address, written: str) -> None:
    assert address.authority == str(address) == written
