from tests.support.streams import desk


async def test_what_is_lost_is_told_and_counted_under_names_that_are_known() -> None:
    async with desk() as it:
        full = it.ports.rare("stream_full")
        it.ports.lose(full, "support", "stream_full", 3, "no room")
        it.ports.lose(full, "<anything>", "stream_full", 5, "no room")
        assert it.work.results == {"support": {"stream_full": 3}}
        assert it.events == [("stream_full", "3 pairs: no room")]
