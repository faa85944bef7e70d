from pathlib import Path

import pytest

from router.compare.pair import Loss
from router.errors import SettingsError, UsageError
from router.model import ALL, Variant
from router.replay.command import report, task_of
from router.replay.run import Played

CONFIG = """\
services:
  - name: support
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai: {endpoints: ["http://127.0.0.1:9002"]}
  - name: orders
    legacy: {endpoints: ["http://127.0.0.1:9003"]}
    ai: {endpoints: ["http://127.0.0.1:9004"]}
    match: {paths: ["/orders"]}
    shadow: {send: both, methods: [POST], side_effects: none, sample: 10}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    return path


def test_without_shadow_its_defaults_limit_a_replay(config: Path) -> None:
    shadow = task_of(config, "support", "x.jsonl").shadow
    assert shadow.methods == ("GET", "HEAD", "OPTIONS")
    assert shadow.share == ALL
    assert shadow.ai.endpoints[0].port == 9002


def test_with_shadow_its_words_do(config: Path) -> None:
    assert task_of(config, "orders", "x.jsonl").shadow.methods == ("POST",)


@pytest.mark.parametrize("service", [None, "shop"])
def test_of_several_services_one_is_named(config: Path, service: str | None) -> None:
    with pytest.raises(UsageError, match="support, orders"):
        task_of(config, service, "x.jsonl")


def test_a_config_that_is_wrong_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("services: 1")
    with pytest.raises(SettingsError):
        task_of(tmp_path / "c.yaml", None, "x.jsonl")


def test_answers_that_were_lost_stand_in_the_report(config: Path) -> None:
    played = Played(read=3, sent=3)
    played.left_out["shadow_timeout"] = 3
    played.lost[Variant.AI, Loss.TIMEOUT] = 3
    told = report(task_of(config, "support", "x.jsonl"), played)
    assert told["coverage"]["left_out"] == {"shadow_timeout": 3}
    assert told["replay"]["lost"] == {"ai timeout": 3}
    assert told["summary"]["raw"] is None
