import msgspec
import pytest

from router.compare.sample import Request, Sample, Shown, Side, decode_sample, encode_sample


def sample(*differences: Shown) -> Sample:
    return Sample(
        id="1",
        service="support",
        phase="7",
        at=1.5,
        detail="diff",
        result="divergent",
        request=Request("0f" * 16, "POST", 12),
        legacy=Side(200, 10, 0.01),
        ai=Side(0, 0, 1.0, loss="timeout"),
        differences=differences,
    )


def test_a_sample_is_read_as_it_was_written() -> None:
    written = sample(Shown("/a/*", "value", "/a/0", legacy={"x": [1, None]}, ai=2.5))
    assert decode_sample(encode_sample(written)) == written


def test_nothing_is_not_null() -> None:
    read = decode_sample(encode_sample(sample(Shown("/a", "missing", legacy=None))))
    assert read.differences[0].legacy is None
    assert read.differences[0].ai is msgspec.UNSET


def test_what_utf_8_cannot_hold_is_written_all_the_same() -> None:
    read = decode_sample(encode_sample(sample(Shown("/\udc80", "value", legacy=["\ud83d"], ai=1))))
    assert read.differences == (Shown("/?", "value", legacy=["?"], ai=1),)


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_sample_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="no sample"):
        decode_sample(text)
