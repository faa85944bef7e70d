import os
import subprocess
import sys
from dataclasses import replace

from loadtests import family
from loadtests.bench.measure import MIB
from loadtests.family import Member, descendants, parse_stat

STAT = (
    "4242 (a (very) odd name) S 17 4241 4240 0 -1 4194560 2000 0 0 0 150 50 7 8 20 0 1 0 "
    "987654 12345678 300 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0"
)

OWN_AND_MAPPED = """
import mmap, os, zlib
import uvloop
from loadtests import family

own = [os.getpid()]
before = family.own_bytes(own)
held = mmap.mmap(-1, 8 << 20)
held.write(b"x" * len(held))
with open(uvloop.loop.__file__, "rb") as file:
    library = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
zlib.crc32(library)  # every page was read
print(family.own_bytes(own) - before, len(library))
"""


def member(pid: int, parent: int) -> Member:
    return Member(pid, parent, session=parent, born=0, state="S", cpu_seconds=0.5, resident_bytes=0)


def test_a_stat_line_is_read_whatever_the_process_is_called() -> None:
    read = parse_stat(STAT)
    assert (read.pid, read.parent, read.state, read.born) == (4242, 17, "S", 987654)
    assert read.session == 4240


def test_cpu_time_is_the_process_s_own_and_the_kernel_s_for_it() -> None:
    assert parse_stat(STAT).cpu_seconds == 200 * family.TICK


def test_resident_memory_is_counted_in_pages() -> None:
    assert parse_stat(STAT).resident_bytes == 300 * family.PAGE


def test_a_family_is_all_generations_and_nobody_else() -> None:
    everybody = [member(9, 5), member(1, 0), member(5, 3), member(3, 1), member(4, 1)]
    assert [each.pid for each in descendants(3, everybody)] == [3, 5, 9]


def test_nobody_descends_from_a_process_that_is_gone() -> None:
    assert descendants(7, [member(1, 0), member(3, 1)]) == []


def test_the_cost_of_a_family_is_the_sum() -> None:
    assert family.cpu_seconds([member(1, 0), member(2, 1)]) == 1.0


def test_a_session_is_who_descends_from_its_founder_and_nobody_else() -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(argv) as other, subprocess.Popen(argv, start_new_session=True) as founder:
        assert [member.pid for member in family.living({founder.pid})] == [founder.pid]
        founder.kill()
        other.kill()
    assert family.living({founder.pid}) == []


def test_this_process_is_in_its_own_family_and_alive() -> None:
    own = family.members(os.getpid())[0]
    assert own.pid == os.getpid()
    assert family.is_alive(own)


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    own = family.members(os.getpid())[0]
    assert not family.is_alive(replace(own, born=own.born - 1))


def test_memory_of_this_process_is_known_both_ways() -> None:
    resident = family.resident_bytes([os.getpid()])
    proportional = family.proportional_bytes([os.getpid()])
    assert 0 < proportional <= resident * 1.1


def test_memory_of_our_own_leaves_out_what_belongs_to_files() -> None:
    # Asked of a process of its own: what other tests left running here would be in the figure.
    told = subprocess.run(
        [sys.executable, "-c", OWN_AND_MAPPED], capture_output=True, check=True, text=True
    )
    rise, mapped = map(int, told.stdout.split())
    assert mapped > 4 * MIB
    assert 8 * MIB <= rise < 10 * MIB
