import pytest

from router.redis_address import Login, RedisAddress, Tls, is_redis, read_prefix, read_redis_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://host", RedisAddress((("host", 6379),))),
        ("redis://host:7000/3", RedisAddress((("host", 7000),), database=3)),
        ("redis://[::1]:7000", RedisAddress((("::1", 7000),))),
        ("redis://[::1]", RedisAddress((("::1", 6379),))),
        ("redis://:word@host", RedisAddress((("host", 6379),), login=Login(None, "word"))),
        ("redis://ada@host", RedisAddress((("host", 6379),), login=Login("ada", None))),
        (
            "redis://ada:p%40s%2F%3F%25%2B+@host/1",
            RedisAddress((("host", 6379),), database=1, login=Login("ada", "p@s/?%++")),
        ),
        ("redis://ada:a:b@host", RedisAddress((("host", 6379),), login=Login("ada", "a:b"))),
        ("rediss://host", RedisAddress((("host", 6379),), tls=Tls())),
        ("rediss://host?tls=yes", RedisAddress((("host", 6379),), tls=Tls())),
        (
            "rediss://host?ca=a%20b.pem&cert=c.crt&key=c.key",
            RedisAddress((("host", 6379),), tls=Tls("a b.pem", "c.crt", "c.key")),
        ),
        ("redis://host?prefix=gray-2", RedisAddress((("host", 6379),), prefix="gray-2")),
        (
            "redis+sentinel://a,b:7,[::2]:8/main/2",
            RedisAddress((("a", 26379), ("b", 7), ("::2", 8)), master="main", database=2),
        ),
        (
            "redis+sentinel://ada:word@a/main?sentinel_username=s&sentinel_password=t+u",
            RedisAddress(
                (("a", 26379),),
                master="main",
                login=Login("ada", "word"),
                sentinel_login=Login("s", "t+u"),
            ),
        ),
        (
            "redis+sentinel://a/main?ca=x.pem",
            RedisAddress((("a", 26379),), master="main", tls=Tls("x.pem")),
        ),
        ("redis+sentinel://a/main?tls=1", RedisAddress((("a", 26379),), master="main", tls=Tls())),
    ],
)
def test_a_url_says_where_and_who(url: str, address: RedisAddress) -> None:
    assert read_redis_url(url) == address


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://", "HOST:PORT"),
        ("redis://host:0", "HOST:PORT"),
        ("redis://host:70000", "HOST:PORT"),
        ("redis://host:x", "HOST:PORT"),
        ("redis://::1", "brackets"),
        ("redis://[::1", "brackets"),
        ("redis://a,b", r"redis\+sentinel://"),
        ("redis://host/x", "a number"),
        ("redis://host/-1", "a number"),
        ("redis://host/0/1", "a number"),
        ("redis://host?x=1", "options of these"),
        ("redis://host?prefix", "options of these"),
        ("redis://host?prefix=a&prefix=b", "options of these"),
        ("redis://host?prefix={a}", "1 to 64 of"),
        ("redis://host?ca=x", "rediss://"),
        ("redis://host?tls=yes", "rediss://"),
        ("rediss://host?tls=no", "rediss:// is TLS"),
        ("rediss://host?tls=maybe", "tls=yes or tls=no"),
        ("rediss://host?cert=x", "together"),
        ("redis://:pass#word@host", "%23"),
        ("redis://:pä@host", "%XX"),
        ("redis://:a b@host", "%XX"),
        ("redis+sentinel://a", "/MASTER"),
        ("redis+sentinel:///main", "HOST:PORT"),
        ("redis+sentinel://a,,b/main", "HOST:PORT"),
    ],
)
def test_what_is_no_address_is_refused_with_what_is_possible(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_redis_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://ada:hunter2@host",
        "rediss://ada:hunter2@host:1/2",
        "redis+sentinel://ada:hunter2@a,b/main?sentinel_password=hunter2&sentinel_username=ada",
    ],
)
def test_nobody_is_shown_who_we_are(url: str) -> None:
    address = read_redis_url(url)
    for shown in (str(address), repr(address), repr(address.login)):
        assert "hunter2" not in shown
        assert "ada" not in shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:x@host", "redis://host:6379/0"),
        ("rediss://[::1]/3", "rediss://[::1]:6379/3"),
        ("redis+sentinel://a,b:2/main", "redis+sentinel://a:26379,b:2/main/0"),
    ],
)
def test_where_it_is_may_be_said(url: str, shown: str) -> None:
    assert str(read_redis_url(url)) == shown


def test_no_problem_repeats_what_was_written() -> None:
    for url in ("redis://ada:hunter2@:x", "redis://ada:hunter2@host/x", "redis://ada:hunter2"):
        with pytest.raises(ValueError, match="with") as refused:
            read_redis_url(url)
        assert "hunter2" not in str(refused.value)


def test_other_stores_have_other_schemes() -> None:
    assert is_redis("rediss://x")
    assert not is_redis("sqlite:///x")
    assert not is_redis("redistribute://x")


@pytest.mark.parametrize("text", ["", "a" * 65, "a b", "{a}", "ä", "a\n"])
def test_a_prefix_is_plain(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        read_prefix(text)
