from pathlib import Path

import pytest

from router.control.booked import FILE, Booked, BookedFile

BOOKED = Booked(
    "i1/ledger",
    {("support", "paired"): 3},
    {("support", "7"): {"paired": 3}},
    {("support", "7", 12): {"paired": 3}},
)


def test_what_is_kept_is_found_again_until_it_is_forgotten(tmp_path: Path) -> None:
    file = BookedFile(tmp_path, lambda: True)
    assert file.found() is None
    file.keep(BOOKED)
    assert BookedFile(tmp_path, lambda: True).found() == BOOKED
    file.forget()
    assert file.found() is None


@pytest.mark.parametrize("damaged", [b"", b"garbage", b"\x80", b"\x81\xa4name\xa1\xff"])
def test_what_cannot_be_read_is_nothing_to_go_on_from(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / FILE).write_bytes(damaged)
    assert BookedFile(tmp_path, lambda: True).found() is None


def test_a_folder_that_is_another_routers_is_left_alone(tmp_path: Path) -> None:
    BookedFile(tmp_path, lambda: False).keep(BOOKED)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told_once_and_nobody_goes_on_from_what_is_old(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = BookedFile(tmp_path, lambda: True)
    file.keep(BOOKED)
    (tmp_path / f"{FILE}.new").mkdir()
    file.keep(BOOKED)
    file.keep(BOOKED)
    assert file.found() is None
    assert [record.getMessage() for record in caplog.records] == ["counts_not_kept"]
