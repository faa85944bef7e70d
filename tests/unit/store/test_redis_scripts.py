import re

import pytest

from router.store import redis_scripts as scripts
from router.store.redis_scripts import Keys

NAMES = (
    "mark",
    "releases",
    "stands",
    "events",
    "answers",
    "answer_ages",
    "replicas",
    "replicas_until",
    "guard",
    "filling",
    "news",
    "calls",
)
OF_6_2 = {
    *("HMGET", "HGET", "HSET", "HDEL", "HINCRBY", "HGETALL", "HVALS"),
    *("XADD", "XINFO", "ZADD", "ZREM", "ZRANGEBYSCORE"),
    *("TYPE", "EXISTS", "PEXPIRE", "PTTL", "PERSIST", "RENAME", "TIME", "PUBLISH"),
}


def test_all_keys_lie_in_one_slot_of_a_cluster() -> None:
    keys = Keys("gray")
    names = [getattr(keys, name) for name in NAMES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("{gray}:") for name in names)
    assert keys.events_of(b"a}{b\xff") == b"{gray}:events:a}{b\xff"


@pytest.mark.parametrize("name", ["KEEP", "REMEMBER", "BEAT", "FILL"])
def test_a_script_knows_no_command_that_is_later_than_6_2(name: str) -> None:
    commands = set(re.findall(r"redis\.p?call\('([A-Z]+)'", getattr(scripts, name)))
    assert commands
    assert commands <= OF_6_2


def test_what_is_documented_is_what_there_is() -> None:
    """The keys' own docstrings stand in docs/topics/storage.md as a table."""
    for name in NAMES:
        assert getattr(Keys, name).__doc__, name
