from router.model import Variant
from tests.support.shadow_score import GET, score


def test_there_is_room_for_so_many_copies_at_once() -> None:
    played = score(max_concurrency=1)
    played.play(GET)
    played.reply(200)
    played.play(GET)
    played.reply(200)
    assert played.shadowed == {"queue_full": 1}
    assert played.counts.copies == {"legacy": 1}
    played.copied(200)
    played.play(GET)
    assert played.counts.copies == {"legacy": 1}
    played.copied(200)
    assert played.counts.copies == {Variant.LEGACY: 0}
