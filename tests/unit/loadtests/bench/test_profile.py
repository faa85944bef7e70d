from loadtests.bench.profile import busiest, readable
from loadtests.family import Member

REPORT = """\
# To display the perf.data header info, please use --header options.
#
# Overhead  Shared Object

    46.98%  [kernel.kallsyms]
    45.05%  libpython3.11.so.1.0
"""


def member(pid: int, cpu_seconds: float) -> Member:
    return Member(pid, 1, session=1, born=0, state="S", cpu_seconds=cpu_seconds, resident_bytes=0)


def test_the_worker_is_who_has_worked_most_under_load_whoever_took_long_to_start() -> None:
    before = [member(1, 2.5), member(2, 0.3), member(3, 0.3)]
    assert busiest(before, [member(1, 2.6), member(2, 1.2), member(3, 0.3)]) == 2


def test_only_the_figures_of_a_report_are_shown() -> None:
    assert readable(REPORT) == ("    46.98%  [kernel.kallsyms]\n    45.05%  libpython3.11.so.1.0")
