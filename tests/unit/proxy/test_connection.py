from tests.support.story import Story

SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


# Pauses...


def test_a_pause_and_its_end_reach_the_transport_once_each() -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    for _ in range(2):
        story.connection.pause_reading()
    assert not story.transport.reads()
    for _ in range(2):
        story.connection.resume_reading()
    assert story.transport.reads()


def test_nothing_is_paused_on_a_connection_that_closes() -> None:
    story = Story().ask()
    story.connection.pause_reading()
    story.transport.close()
    story.connection.resume_reading()
    story.connection.pause_reading()
    assert story.transport.is_closing()


# Halves...


def tunnel_over_tls() -> Story:
    story = Story(wants_upgrade=True)
    story.transport.has_halves = False
    story.ask().transport.receive(SWITCHED)
    return story


def test_a_client_that_ends_a_tunnel_over_tls_ends_all_of_it() -> None:
    story = tunnel_over_tls()
    story.connection.send(b"bye", last=False)
    story.connection.send_eof()
    assert story.transport.written.endswith(b"bye")
    assert story.transport.is_closing()
    assert not story.transport.is_aborted


def test_a_backend_that_ends_a_tunnel_over_tls_ends_all_of_it() -> None:
    story = tunnel_over_tls()
    story.transport.end()
    assert story.heard == ["upgraded", "lost", "failed lost"]
