import gzip
import zlib
from collections.abc import Callable
from functools import partial

import brotli
import pytest
import zstandard

from router.compare.encodings import (
    DECODED_AT_LEAST,
    DECODED_AT_MOST,
    MOST_ENCODINGS,
    UndecodableError,
    content_encodings,
    decoded,
)

TEXT = b'{"label": "refund"}' * 40
RAW_DEFLATE = zlib.compressobj(wbits=-15)
ENCODED = {
    b"gzip": gzip.compress(TEXT),
    b"x-gzip": gzip.compress(TEXT),
    b"deflate": zlib.compress(TEXT),
    b"br": brotli.compress(TEXT),
    b"zstd": zstandard.compress(TEXT),
}
ENCODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"br": partial(brotli.compress, quality=5),
    b"zstd": zstandard.compress,
}


@pytest.mark.parametrize("name", ENCODED)
def test_an_encoded_body_is_decoded(name: bytes) -> None:
    assert decoded(ENCODED[name], (name,)) == TEXT


def test_deflate_without_its_wrapper_is_decoded_too() -> None:
    assert decoded(RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush(), (b"deflate",)) == TEXT


def test_encodings_are_undone_in_reverse_order() -> None:
    assert decoded(brotli.compress(gzip.compress(TEXT)), (b"gzip", b"br")) == TEXT


def test_several_members_and_frames_make_one_body() -> None:
    assert decoded(gzip.compress(b"one, ") + gzip.compress(b"two"), (b"gzip",)) == b"one, two"
    frames = zstandard.compress(b"one, ") + zstandard.compress(b"two")
    assert decoded(frames, (b"zstd",)) == b"one, two"


def test_a_frame_that_does_not_say_its_size_is_decoded() -> None:
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    assert decoded(packer.compress(TEXT) + packer.flush(), (b"zstd",)) == TEXT


@pytest.mark.parametrize("name", ENCODED)
def test_a_body_that_is_cut_short_is_refused_wherever_that_happens(name: bytes) -> None:
    whole = ENCODED[name]
    for end in range(1, len(whole)):
        with pytest.raises(UndecodableError):
            decoded(whole[:end], (name,))


@pytest.mark.parametrize("name", ENCODED)
@pytest.mark.parametrize("body", [b"{}", b"\0" * 40, b"\xff" * 40], ids=["json", "zeros", "ones"])
def test_a_body_that_is_not_encoded_as_it_says_is_refused(name: bytes, body: bytes) -> None:
    with pytest.raises(UndecodableError):
        decoded(body, (name,))


@pytest.mark.parametrize("name", ENCODED)
def test_bytes_after_the_end_are_refused(name: bytes) -> None:
    with pytest.raises(UndecodableError):
        decoded(ENCODED[name] + b"more", (name,))


@pytest.mark.parametrize("name", ENCODERS)
def test_a_bomb_is_refused(name: bytes) -> None:
    assert len(decoded(ENCODERS[name](bytes(DECODED_AT_LEAST)), (name,))) == DECODED_AT_LEAST
    with pytest.raises(UndecodableError, match="too large"):
        decoded(ENCODERS[name](bytes(DECODED_AT_LEAST + 1)), (name,))


def test_a_bomb_within_a_bomb_is_refused_at_the_first_one() -> None:
    with pytest.raises(UndecodableError, match="too large"):
        decoded(gzip.compress(gzip.compress(bytes(5 * DECODED_AT_LEAST))), (b"gzip", b"gzip"))


def test_what_many_small_members_decode_to_is_bounded_together() -> None:
    member = gzip.compress(bytes(DECODED_AT_LEAST // 2))
    with pytest.raises(UndecodableError, match="too large"):
        decoded(member * 3, (b"gzip",))


def test_a_large_body_may_decode_to_more_but_not_to_anything() -> None:
    large = zlib.compress(bytes(DECODED_AT_LEAST + 1), 0)
    assert len(decoded(large, (b"deflate",))) == DECODED_AT_LEAST + 1
    with pytest.raises(UndecodableError, match="too large"):
        decoded(zlib.compress(bytes(DECODED_AT_MOST + 1), 0), (b"deflate",))


@pytest.mark.parametrize("name", [b"compress", b"dcb", b"utf-8", b""])
def test_an_unknown_encoding_is_refused(name: bytes) -> None:
    with pytest.raises(UndecodableError, match="unknown"):
        decoded(TEXT, (name,))


def test_a_stack_of_encodings_without_end_is_refused() -> None:
    with pytest.raises(UndecodableError, match="too many"):
        decoded(TEXT, (b"gzip",) * (MOST_ENCODINGS + 1))


def test_a_window_that_is_larger_than_any_browser_takes_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=25, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(UndecodableError, match="malformed"):
        decoded(packer.compress(TEXT) + packer.flush(), (b"zstd",))


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ([], ()),
        ([b"identity"], ()),
        ([b"GZip"], (b"gzip",)),
        ([b"gzip, br"], (b"gzip", b"br")),
        ([b"gzip", b" identity , zstd,"], (b"gzip", b"zstd")),
    ],
)
def test_encodings_are_named_in_one_field_or_in_several(
    lines: list[bytes], names: tuple[bytes, ...]
) -> None:
    assert content_encodings(lines) == names
