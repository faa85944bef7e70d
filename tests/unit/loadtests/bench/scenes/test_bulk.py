import zlib

from loadtests.backends.streams import BLOCK
from loadtests.bench.scenes.bulk import Transfer, blocks, expected, section


def missed(rise_mib: float) -> list[str]:
    found = section({"Gray Router": [Transfer("upload", 1024, 1.0, rise_mib)]})
    return [figure.sentence() for figure in found.figures if not figure.is_met]


def test_a_body_in_blocks_has_the_size_and_the_checksum_that_are_expected() -> None:
    size = 2 * len(BLOCK) + 17
    body = b"".join(blocks(size))
    assert len(body) == size
    assert zlib.crc32(body) == expected(size)


def test_memory_that_rises_with_a_large_body_is_missed() -> None:
    assert missed(16.0) == []
    assert missed(20.0) == [
        "MISSED by 25 %: the memory's rise in MiB, upload of 1024 MiB, is 20.00, the limit 16"
    ]
