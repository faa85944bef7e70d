from loadtests.bench.__main__ import read_plan


def names(*arguments: str) -> list[str]:
    return [server.name for server in read_plan(arguments).servers]


def test_a_run_without_a_word_compares_all_five() -> None:
    assert names() == ["nginx", "HAProxy", "Envoy", "aiohttp", "Gray Router"]


def test_some_proxies_can_be_asked_for_alone() -> None:
    assert names("--only", "gray-router", "bare-protocol") == ["Gray Router", "bare protocol"]


def test_only_a_full_run_renews_the_page() -> None:
    assert read_plan([]).is_full
    assert not read_plan(["--quick"]).is_full
    assert not read_plan(["--rounds", "3"]).is_full
    assert not read_plan(["--scenes", "split"]).is_full
    assert not read_plan(["--only", "gray-router"]).is_full


def test_a_missed_figure_fails_the_run_unless_told_otherwise() -> None:
    assert read_plan([]).may_fail
    assert not read_plan(["--no-fail"]).may_fail
