from typing import get_args

from router.wire import codec
from router.wire.comparing import FromComparer, ToComparer
from router.wire.messages import ToSupervisor, ToWorker


def test_every_message_in_either_direction_can_cross_the_wire() -> None:
    spoken = {*get_args(ToWorker), *get_args(ToSupervisor), *get_args(ToComparer), FromComparer}
    assert spoken == set(get_args(codec.Message))
    assert {kind.__name__ for kind in spoken} == set(codec._decoders)
