from router.proxy.tunnel import Tunnel
from router.routing.fallback import Failure
from tests.support.score import Score


def tunnel(score: Score, rest: bytes = b"") -> Tunnel:
    """Have both sides agree to speak another protocol."""
    exchange = score.play(b"GET / HTTP/1.1", b"Connection: upgrade", b"Upgrade: websocket")
    assert exchange.wants_upgrade
    exchange.on_upgraded(score.head(101, b"Upgrade: websocket"), rest)
    assert exchange.tunnel is not None
    return exchange.tunnel


def test_a_tunnel_passes_bytes_and_each_side_may_end_its_half() -> None:
    score = Score()
    pipe = tunnel(score, b"\x81\x00")
    pipe.on_client_bytes(b"\x81\x01a")
    assert pipe.on_upstream_eof()
    assert not pipe.on_client_eof()
    score.exchange.on_client_gone()
    assert score.heard == [
        "ask ai", "send 101", "tunnel", "tell ai more", "end to client", "abandon ai",
    ]  # fmt: skip
    assert b"connection: upgrade\r\nupgrade: websocket\r\n" in score.answer
    assert score.answer.endswith(b"\r\n\r\n\x81\x00")
    assert score.codes == {"ai": {101: 1}}


def test_a_tunnel_ends_when_both_sides_have() -> None:
    score = Score()
    assert tunnel(score).on_client_eof()
    assert not score.exchange.on_upstream_eof()
    assert score.heard == ["ask ai", "send 101", "tunnel", "end to ai"]


def test_a_tunnel_that_is_lost_ends_in_order() -> None:
    score = Score()
    tunnel(score)
    score.fail(Failure.LOST)
    assert score.heard[-1] == "break off"
    assert score.codes == {"ai": {101: 1}}
