import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.cli.main import main
from router.store.opening import open_store
from tests.support.redis_servers import Redis, running
from tests.support.stored import entry_of, refusal_of, release_at

RELEASES = (release_at(3, 7, share=2000), release_at(0, 1, service="billing"))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("redis"), "requirepass hunter2") as server:
        yield server


@pytest.fixture
def url(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("REDIS_PASSWORD", "hunter2")
    return f"redis://:${{REDIS_PASSWORD}}@127.0.0.1:{redis.port}/0?prefix={tmp_path.name}"


@pytest.fixture
def file(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/old.db"

    async def fill() -> None:
        store = open_store(url, Path())
        for release in RELEASES:
            await store.put_newer(release, entry=entry_of(release))
        await store.append(refusal_of("support"))
        await store.close()

    asyncio.run(fill())
    return url


def test_a_store_goes_to_redis_and_back(
    file: str, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "copy", file, url]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "copied the releases of billing, support and 3 events"
    assert said[2].startswith("3:")
    back = f"sqlite:///{tmp_path}/new.db"
    assert main(["store", "copy", url, back, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["services"] == ["billing", "support"]
    assert said[2] == f"{report['head']['event']}:{report['head']['hash']}"
    assert main(["events", "--verify", "--store", back, "--noted", said[2]]) == 0


def test_a_copy_is_there_for_the_other_commands(
    file: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "copy", file, url]) == 0
    assert main(["events", "--verify", "--store", url]) == 0
    assert main(["rollback", "support", "--store", url, "--json"]) == 0
    said = capsys.readouterr().out
    assert '"epoch": 4' in said
    assert main(["events", "--verify", "--store", url]) == 0
    assert "4 events" in capsys.readouterr().out


def test_nothing_is_copied_over_something(
    file: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "copy", file, url]) == 0
    assert main(["store", "copy", file, url]) == 1
    said = capsys.readouterr().err
    assert "is not empty: nothing was copied" in said
    assert "hunter2" not in said


def test_where_there_is_no_store_there_is_nothing_to_copy(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "copy", url, f"sqlite:///{tmp_path}/new.db"]) == 1
    assert "there is no store" in capsys.readouterr().err
    assert not (tmp_path / "new.db").exists()


def test_a_server_that_is_away_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = "redis://ada:hunter2@127.0.0.1:1/0"
    assert main(["store", "copy", gone, f"sqlite:///{tmp_path}/new.db"]) == 1
    assert capsys.readouterr().err == (
        "redis://127.0.0.1:1/0: there is no connection to it (Connection refused)\n"
    )


@pytest.mark.parametrize(
    ("source", "target"),
    [("memory:", "sqlite:///x.db"), ("sqlite:///x.db", "memory:"), ("x.db", "y.db")],
)
def test_what_is_no_lasting_store_is_wrong_usage(source: str, target: str) -> None:
    assert main(["store", "copy", source, target]) == 2


def test_there_is_nothing_but_copying() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["store", "move", "a", "b"])
    assert ended.value.code == 2
