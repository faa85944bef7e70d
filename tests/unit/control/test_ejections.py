from dataclasses import replace

from router.control.ejections import Ejections, Outcast
from router.model import Variant
from router.wire.messages import Ejected
from tests.support.background import Told

A = Ejected("support", Variant.AI, "10.0.0.1:9002", 29.96)
B = Ejected("support", Variant.LEGACY, "10.0.0.1:9001", 30.0)


def names(told: list[Told]) -> list[str]:
    return [name for name, _ in told]


def test_the_first_worker_that_leaves_one_out_is_told_with_its_name(told: list[Told]) -> None:
    ejections = Ejections()
    assert ejections.hear({"worker-1": [A], "worker-2": []})
    assert ejections.hear({"worker-1": [A], "worker-2": [A]})
    about = {"service": "support", "variant": "ai", "endpoint": "10.0.0.1:9002"}
    assert told == [("endpoint_ejected", {**about, "worker": "worker-1", "seconds": 30.0})]
    assert ejections.count(Outcast("support", Variant.AI, A.endpoint)) == 2


def test_the_return_is_told_when_the_last_worker_takes_it_back(told: list[Told]) -> None:
    ejections = Ejections()
    ejections.hear({"worker-1": [A], "worker-2": [A]})
    ejections.hear({"worker-1": [], "worker-2": [A]})
    assert names(told) == ["endpoint_ejected"]
    ejections.hear({"worker-1": [], "worker-2": []})
    assert names(told) == ["endpoint_ejected", "endpoint_returned"]


def test_the_same_word_each_second_is_no_news(told: list[Told]) -> None:
    ejections = Ejections()
    ejections.hear({"worker-1": [A, B]})
    assert not ejections.hear({"worker-1": [B, replace(A, seconds=28.9)]})
    assert names(told) == ["endpoint_ejected"] * 2


def test_a_worker_that_ends_takes_its_ejections_with_it(told: list[Told]) -> None:
    ejections = Ejections()
    ejections.hear({"worker-1": [A]})
    assert ejections.hear({})
    assert names(told) == ["endpoint_ejected", "endpoint_returned"]
    assert ejections.by_worker == {}
