from router.cli.exit_codes import Exit
from tests.house.house import ROOT


def test_scripts_find_the_numbers_they_know() -> None:
    assert {code.name: code.value for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "WRONG_USAGE": 2,
        "UNREACHABLE": 3,
        "SAFE_BY_TIME": 4,
        "INTERRUPTED": 130,
    }


def test_the_reference_explains_each() -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text()
    sentence = reference.partition("Exit codes: ")[2].partition("\n\n")[0]
    explained = {int(part.split()[0]) for part in sentence.split("; ")}
    assert explained == {*Exit}
