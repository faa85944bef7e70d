from router.http1.framing import LAST_CHUNK, chunk, last_chunk


def test_a_chunk_says_its_length_in_hexadecimal() -> None:
    assert chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


def test_an_empty_payload_is_no_chunk_since_that_would_end_the_body() -> None:
    assert chunk(b"") == b""


def test_a_body_ends_with_its_trailers() -> None:
    trailers = [(b"X-Sum", b"9"), (b"server-timing", b"db;dur=5")]
    expected = b"0\r\nX-Sum: 9\r\nserver-timing: db;dur=5\r\n\r\n"
    assert last_chunk(trailers, b"x-gray-") == expected
    assert last_chunk([], b"x-gray-") == LAST_CHUNK


def test_a_trailer_does_not_speak_in_our_name() -> None:
    ours = [(b"X-Gray-Variant", b"ai"), (b"x_gray_variant", b"ai")]
    assert last_chunk(ours, b"x-gray-") == LAST_CHUNK
