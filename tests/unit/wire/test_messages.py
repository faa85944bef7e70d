import itertools
from typing import get_args

from router.wire import codec
from router.wire.messages import DURATION_BOUNDS, ToSupervisor, ToWorker


def test_every_message_in_either_direction_can_cross_the_wire() -> None:
    spoken = {*get_args(ToWorker), *get_args(ToSupervisor)}
    assert spoken == set(get_args(codec.Message))
    assert {kind.__name__ for kind in spoken} == set(codec._decoders)


def test_the_bounds_of_histograms_rise() -> None:
    assert DURATION_BOUNDS[0] > 0
    assert all(lower < upper for lower, upper in itertools.pairwise(DURATION_BOUNDS))
