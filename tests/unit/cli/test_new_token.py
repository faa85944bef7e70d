import hashlib
import json
from typing import get_args

import pytest
from ruamel.yaml import YAML

from router.cli.main import main
from router.cli.new_token import ROLES
from router.settings.kinds_control import Role

NEEDED = ["token", "ada.lovelace", "operator"]


def test_the_token_is_printed_once_and_the_config_gets_its_hash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*NEEDED, "--services", "support, orders"]) == 0
    token, _, shown = capsys.readouterr().out.partition("\n")
    assert len(token) == 43
    config = YAML(typ="safe", pure=True).load(shown)
    assert config == {
        "admin": {
            "tokens": [
                {
                    "name": "ada.lovelace",
                    "role": "operator",
                    "sha256": hashlib.sha256(token.encode()).hexdigest(),
                    "services": ["support", "orders"],
                }
            ]
        }
    }
    assert token not in shown


def test_no_two_tokens_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    tokens = set()
    for _ in range(3):
        main([*NEEDED, "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["config"]["sha256"] == hashlib.sha256(told["token"].encode()).hexdigest()
        assert "services" not in told["config"]
        tokens.add(told["token"])
    assert len(tokens) == 3


@pytest.mark.parametrize(
    "words",
    [
        ["ada lovelace", "operator"],
        ["", "operator"],
        ["\x1b", "operator"],
        ["Ada.Lovelace", "operator"],
        ["local", "operator"],
        ["ada", "root"],
        ["ada", "viewer", "--services", "a,,b"],
    ],
    ids=str,
)
def test_what_no_config_would_take_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["token", *words])
    assert ended.value.code == 2


def test_roles_are_those_of_the_config() -> None:
    assert get_args(Role) == ROLES
