import os
from pathlib import Path

import pytest

from router.control.watch import Look, News, Signature, Watch, look_at

CONFIG = Path("gray-router.yaml")
CERT = Path("tls.crt")
NOTHING_NEW = News()


def signature(version: int) -> Signature:
    return 1, 7, version, 100


def seen(config: int | None = 1, cert: int | None = 1) -> Look:
    return {
        path: None if version is None else signature(version)
        for path, version in ((CONFIG, config), (CERT, cert))
    }


def news(*looks: Look) -> list[News]:
    """Watch what was read as version 1, and return what each look brings to light."""
    watched = Watch(CONFIG, seen())
    return [watched.look(look) for look in looks]


def test_files_that_stay_as_they_were_read_are_no_news() -> None:
    assert news(seen(), seen()) == [NOTHING_NEW, NOTHING_NEW]


def test_a_change_counts_once_it_was_seen_twice() -> None:
    assert news(seen(config=2), seen(config=2)) == [NOTHING_NEW, News(changed=(CONFIG,))]


def test_a_file_that_is_being_written_is_left_alone_until_it_stands_still() -> None:
    *written, settled = news(*(seen(config=version) for version in (2, 3, 4, 4)))
    assert written == [NOTHING_NEW] * 3
    assert settled.changed == (CONFIG,)


def test_a_certificate_and_its_key_are_waited_for_together() -> None:
    brought = news(seen(config=2), seen(config=2, cert=2), seen(config=2, cert=2))
    assert brought == [NOTHING_NEW, NOTHING_NEW, News(changed=(CONFIG, CERT))]


def test_what_changed_is_told_until_it_was_read() -> None:
    watched = Watch(CONFIG, seen())
    looks = [watched.look(seen(cert=2)) for _ in range(3)]
    assert [look.changed for look in looks] == [(), (CERT,), (CERT,)]
    watched.rebase(seen(cert=2))
    assert watched.look(seen(cert=2)) == NOTHING_NEW


def test_a_change_that_is_taken_back_before_it_was_read_is_no_news() -> None:
    assert news(seen(config=2), seen(), seen()) == [NOTHING_NEW] * 3


def test_a_missing_file_is_told_once_and_waited_for() -> None:
    gone, back = seen(config=None), seen(config=2)
    assert news(gone, gone, gone, back, back) == [
        NOTHING_NEW,
        News(missing=(CONFIG,)),
        NOTHING_NEW,
        NOTHING_NEW,
        News(changed=(CONFIG,)),
    ]


def test_a_file_that_was_away_and_is_the_same_again_is_no_news_and_is_missed_anew() -> None:
    gone, back = seen(config=None), seen()
    brought = news(gone, gone, back, back, gone, gone)
    assert [each.missing for each in brought] == [(), (CONFIG,), (), (), (), (CONFIG,)]
    assert [each.changed for each in brought] == [()] * 6


def test_a_missing_config_has_nothing_read_even_if_certificates_change() -> None:
    gone = seen(config=None, cert=2)
    assert news(gone, gone)[-1] == News(missing=(CONFIG,))


def test_a_missing_certificate_does_not_hide_a_config_that_names_it_no_more() -> None:
    other = seen(config=2, cert=None)
    assert news(other, other)[-1] == News(changed=(CONFIG,), missing=(CERT,))


def test_a_file_that_was_missing_when_all_was_read_is_news_when_it_comes() -> None:
    watched = Watch(CONFIG, seen(cert=None))
    watched.look(seen())
    assert watched.look(seen()) == News(changed=(CERT,))


def test_a_look_that_began_before_other_files_were_read_says_nothing() -> None:
    watched = Watch(CONFIG, {CONFIG: signature(1)})
    watched.look({CONFIG: signature(2)})
    watched.rebase(seen(config=2))
    assert watched.look({CONFIG: signature(2)}) == NOTHING_NEW
    assert watched.look({CONFIG: signature(2)}) == NOTHING_NEW
    assert watched.paths == (CONFIG, CERT)


# The file system...


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("first")
    return path


def test_an_untouched_file_looks_the_same(file: Path) -> None:
    assert look_at([file]) == look_at([file])


def test_a_write_in_place_is_seen(file: Path) -> None:
    before = look_at([file])
    file.write_text("second")
    assert look_at([file]) != before


def test_a_rename_is_seen_even_if_size_and_time_are_the_same(file: Path, tmp_path: Path) -> None:
    before = look_at([file])
    times = file.stat()
    other = tmp_path / "other"
    other.write_text("other")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(file)
    assert look_at([file]) != before


def test_a_folder_that_is_swapped_behind_a_link_is_seen(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config").write_text("same")
        os.utime(tmp_path / name / "config", ns=(1, 1))
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "config").symlink_to("..data/config")
    before = look_at([tmp_path / "config"])
    (tmp_path / "..new").symlink_to("two")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert look_at([tmp_path / "config"]) != before


@pytest.mark.parametrize("name", ["nowhere", "file/below"])
def test_what_is_not_there_is_nothing(file: Path, name: str) -> None:
    path = file.parent / name
    assert look_at([path]) == {path: None}
