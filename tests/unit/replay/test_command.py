from pathlib import Path

import pytest

from router.errors import RecordingError, SettingsError, UsageError
from router.model import ALL
from router.replay.command import Wishes, replayed, task_of
from router.replay.played import Played

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


def test_a_router_that_copies_nothing_lends_its_limits_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    sandbox = '{sample: 0, endpoints: {legacy: ["http://127.0.0.1:9009"]}}'
    path.write_text(
        CONFIG.replace(
            "{send: both, methods: [POST], side_effects: none, sample: 10}",
            "{send: both, " + sandbox[1:],
        )
    )
    shadow = task_of(path, "orders", "x.jsonl").shadow
    assert [endpoint.port for endpoint in shadow.legacy.endpoints] == [9009]


class Nobody:
    """Looks on, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.shares: list[float | None] = []

    def look(self, played: Played, share: float | None) -> None:
        self.shares.append(share)

    def tell(self, line: str) -> None:
        self.told.append(line)


def test_a_recording_that_cannot_be_opened_is_said(config: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        replayed(task_of(config, "support", "missing.jsonl"), Wishes(10), Nobody())


def test_who_looks_on_hears_how_far_it_is(config: Path, tmp_path: Path) -> None:
    recording = tmp_path / "r.jsonl"
    recording.write_text('{"method": "PUT", "target": "/"}\n' * 3)
    nobody = Nobody()
    played = replayed(task_of(config, "support", str(recording)), Wishes(10), nobody)
    assert played.left_out == {"unsafe_method": 3}
    assert played.is_whole
    assert nobody.shares[-1] == 1.0


def test_a_function_that_cannot_be_loaded_is_said_before_anybody_is_asked(
    config: Path,
) -> None:
    config.write_text(CONFIG + '    compare: {custom: "no_such_module_here:compare"}\n')
    nobody = Nobody()
    with pytest.raises(RecordingError, match="no_such_module_here:compare cannot be asked: Module"):
        replayed(task_of(config, "orders", "missing.jsonl"), Wishes(10), nobody)
    assert nobody.shares == []
