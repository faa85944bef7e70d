from loadtests.bench.table import renew
from loadtests.faults import page
from loadtests.faults.page import Found
from loadtests.faults.promise import Promise

KEPT = Promise("no request fails", "0 of 10,000", held=True)
BROKEN = Promise("p99 ≤ 5 ms", "7 ms | too long", held=False)
FOUND = [Found("a", "SIGTERM", 3.0, [KEPT, BROKEN]), Found("b", "kill -9", 4.0, [KEPT])]


def test_each_promise_has_a_line_and_each_fault_is_named_once() -> None:
    assert page.table(FOUND).splitlines()[2:] == [
        "| **SIGTERM** | no request fails | 0 of 10,000 | yes |",
        "|  | p99 ≤ 5 ms | 7 ms \\| too long | **NO** |",
        "| **kill -9** | no request fails | 0 of 10,000 | yes |",
    ]


def test_a_scene_that_was_played_again_says_so() -> None:
    again = Found("a", "SIGTERM", 3.0, [KEPT], tries=2)
    assert page.table([again]).splitlines()[2].startswith("| **SIGTERM** (2 tries) | ")


def test_a_scene_is_only_late_when_it_broke_no_other_promise() -> None:
    late = Promise("p99 ≤ 5 ms", "7 ms", held=False, is_timing=True)
    assert Found("a", "SIGTERM", 3.0, [KEPT, late]).is_only_late
    assert not Found("a", "SIGTERM", 3.0, [BROKEN, late]).is_only_late
    assert not Found("a", "SIGTERM", 3.0, [KEPT]).is_only_late


def test_a_time_that_was_missed_while_others_had_the_cores_is_not_judged() -> None:
    late = Promise("p99 ≤ 5 ms", "7 ms", held=False, is_timing=True)
    disturbed = Found("a", "SIGTERM", 3.0, [KEPT, late, BROKEN], others=0.6)
    assert disturbed.broken == [BROKEN]
    assert "not judged: others had 60 % of the cores" in page.table([disturbed])
    assert page.summary([disturbed]) == "1 of 3 promises held, 1 not judged in 1 scenes, 3 s."
    assert Found("a", "SIGTERM", 3.0, [late], others=0.1).broken == [late]


def test_the_summary_counts_what_was_held() -> None:
    assert page.summary(FOUND) == "2 of 3 promises held in 2 scenes, 7 s."


def test_a_scene_knows_its_broken_promises() -> None:
    assert [scene.broken for scene in FOUND] == [[BROKEN], []]


def test_a_page_keeps_what_stands_around_its_table() -> None:
    document = f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n"
    renewed = renew(document, "new", page.BEGIN, page.END)
    assert renewed == f"before\n{page.BEGIN}\n\nnew\n\n{page.END}\nafter\n"
