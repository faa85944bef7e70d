from pathlib import Path

from router.settings import later
from router.settings.catalog import keys, names_under
from router.settings.load import examine_text
from router.settings.problems import Problem

FULL = Path(__file__).parent / "full_contract.yaml"
ENVIRON = {
    "HOOK_SECRET": "0123456789abcdef",
    "PEER_SECRET": "0123456789abcdef0123456789abcdef",
    "RECORDS_KEY": "0123456789abcdef" * 4,
    "DESK_SECRET": "d",
}


def problems_of_the_contract() -> tuple[Problem, ...]:
    """Judge the text alone: the files that it names are an illustration."""
    return examine_text(FULL.read_bytes(), ENVIRON, FULL.name).problems


def test_no_key_of_the_full_contract_is_unknown() -> None:
    problems = problems_of_the_contract()
    assert len(problems) > 40
    assert [
        problem.path for problem in problems if "not yet supported" not in problem.statement
    ] == []


def test_every_key_to_come_is_in_the_full_contract() -> None:
    refused = {problem.path.rpartition(".")[2] for problem in problems_of_the_contract()}
    for names in later.KEYS.values():
        assert names <= refused


def test_a_key_is_either_supported_or_still_to_come() -> None:
    for parent, names in later.KEYS.items():
        assert not names & set(names_under(parent))
        assert parent == "" or parent.removesuffix("[]") in keys()


def test_a_word_of_the_contract_in_the_wrong_place_is_not_known() -> None:
    assert later.is_known("services[]", "handoff")
    assert not later.is_known("proxy", "handoff")
