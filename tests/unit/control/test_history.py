from pathlib import Path

import pytest

from router.control import history
from router.control.telemetry import Totals
from tests.support.counts import counted, totals_of


def test_what_is_kept_is_found_again_and_goes_on_counting(tmp_path: Path) -> None:
    totals = Totals()
    totals.add_history(counted(legacy=3, ai=2, refused=1, fallbacks=1))
    history.keep(tmp_path, totals)
    found = history.found(tmp_path)
    assert found == totals
    found.add_history(counted(service="orders", legacy=4))
    assert found.requests["support", "legacy", 200] == 3
    assert found.requests["orders", "legacy", 200] == 4


@pytest.mark.parametrize("damaged", [b"", b"garbage", b"\x80", b"\x81\xa8requests\x01"])
def test_what_cannot_be_read_counts_for_nothing(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / history.FILE).write_bytes(damaged)
    assert history.found(tmp_path) == Totals()


def test_what_is_forgotten_is_not_found(tmp_path: Path) -> None:
    history.forget(tmp_path)
    history.keep(tmp_path, totals_of(counted(legacy=3)))
    history.forget(tmp_path)
    assert history.found(tmp_path) == Totals()


def test_a_folder_that_cannot_be_written_to_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history.keep(tmp_path / "gone", Totals())
    assert [record.getMessage() for record in caplog.records] == ["counts_not_kept"]
