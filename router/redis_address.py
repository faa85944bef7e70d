"""Where a Redis is, and who we are to it: a URL to meaning, and no I/O.

    redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?OPTIONS]              rediss:// with TLS
    redis+sentinel://[USER[:PASSWORD]@]HOST[:PORT],HOST[:PORT]…/MASTER[/DATABASE][?OPTIONS]

Whatever goes wrong is said without a byte of the URL: a password may stand anywhere in it.
"""

from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

SCHEMES: Final = ("redis", "rediss", "redis+sentinel")

PREFIX: Final = "gray"
"""What the names of all keys begin with, unless told otherwise."""

MAX_LAG: Final = 2.0
"""Seconds after which a master that hears from no replica of its own has to refuse writes."""

LONGEST_PREFIX: Final = 64
"""Characters."""

_PORT: Final = 6379
_SENTINEL_PORT: Final = 26379
_LAST_PORT: Final = 65_535
_YES: Final = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
_OPTIONS: Final = frozenset(
    {"ca", "cert", "key", "tls", "prefix", "sentinel_username", "sentinel_password"}
)

Host = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Login:
    """A name of Redis' access list and its password. It shows neither."""

    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tls:
    """ca: a file of certificates that are trusted in place of the system's.

    cert, key: who we are, where the server wants to know it by a certificate.
    """

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """master: what the sentinels at ``hosts`` call the server; None: ``hosts`` is the server."""

    hosts: tuple[Host, ...]
    master: str | None = None
    database: int = 0
    login: Login = field(default=Login(), repr=False)
    sentinel_login: Login = field(default=Login(), repr=False)
    tls: Tls | None = None
    prefix: str | None = None

    def __str__(self) -> str:
        """Say where it is, and nothing of who we are."""
        places = ",".join(map(_shown, self.hosts))
        if self.master is not None:
            return f"redis+sentinel://{places}/{self.master}/{self.database}"
        return f"{'rediss' if self.tls else 'redis'}://{places}/{self.database}"


def _shown(host: Host) -> str:
    name, port = host
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def is_redis(url: str) -> bool:
    """Say whether a URL means to be one of ours."""
    return url.partition(":")[0] in SCHEMES


def read_redis_url(url: str) -> RedisAddress:
    """Read a URL; raise ValueError with what is possible instead."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("with everything but ASCII written as %XX")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("with an IPv6 address in brackets") from None
    if parts.fragment or "#" in url:
        raise ValueError("without `#`: in a password it is %23")
    options = _options(parts.query)
    user, _, places = parts.netloc.rpartition("@")
    address = RedisAddress(
        hosts=_hosts(parts.scheme, places),
        login=_login(user),
        sentinel_login=Login(options.get("sentinel_username"), options.get("sentinel_password")),
        tls=_tls(parts.scheme, options),
        prefix=read_prefix(options["prefix"]) if "prefix" in options else None,
    )
    return _placed(address, parts)


def read_prefix(text: str) -> str:
    """Read a prefix of keys; raise ValueError."""
    if not text or len(text) > LONGEST_PREFIX or not all(map(_may_be_in_prefix, text)):
        raise ValueError(f"1 to {LONGEST_PREFIX} of a-z, A-Z, 0-9, `.`, `_`, `:` and `-`")
    return text


def _may_be_in_prefix(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "._:-")


def _placed(address: RedisAddress, parts: SplitResult) -> RedisAddress:
    path = parts.path.removeprefix("/")
    if parts.scheme != "redis+sentinel":
        return replace(address, database=_database(path))
    master, _, database = path.partition("/")
    if not master:
        raise ValueError("with the name that the sentinels give the master: /MASTER")
    return replace(address, master=unquote(master), database=_database(database))


def _database(text: str) -> int:
    if text and not text.isdecimal():
        raise ValueError("with a database that is a number: /0")
    return int(text or "0")


def _hosts(scheme: str, text: str) -> tuple[Host, ...]:
    is_sentinel = scheme == "redis+sentinel"
    hosts = tuple(_host(each, _SENTINEL_PORT if is_sentinel else _PORT) for each in text.split(","))
    if len(hosts) > 1 and not is_sentinel:
        raise ValueError("with one HOST:PORT: several are for redis+sentinel://")
    return hosts


def _host(text: str, port: int) -> Host:
    host, separator, written = text.rpartition(":")
    if not separator or written.endswith("]"):
        host, written = text, str(port)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("with an IPv6 address in brackets")
    if not host or not written.isdecimal() or not 0 < int(written) <= _LAST_PORT:
        raise ValueError("with HOST:PORT")
    return unquote(host), int(written)


def _login(text: str) -> Login:
    if not text:
        return Login()
    username, _, password = text.partition(":")
    return Login(unquote(username) or None, unquote(password) or None)


def _options(query: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in query.split("&") if each]
    options = {name: unquote(value) for name, _, value in pairs}  # a `+` is a plus
    if len(options) != len(pairs) or not options.keys() <= _OPTIONS or "" in options.values():
        raise ValueError(f"with options of these alone, each once: {', '.join(sorted(_OPTIONS))}")
    return options


def _tls(scheme: str, options: dict[str, str]) -> Tls | None:
    tls = Tls(options.get("ca"), options.get("cert"), options.get("key"))
    if (tls.cert is None) != (tls.key is None):
        raise ValueError("with `cert` and `key` together")
    if options.get("tls", "no") not in _YES:
        raise ValueError("with tls=yes or tls=no")
    is_wanted = scheme == "rediss" or _YES[options.get("tls", "no")]
    if is_wanted and "tls" in options and not _YES[options["tls"]]:
        raise ValueError("without tls=no: rediss:// is TLS")
    if scheme == "redis" and (is_wanted or tls != Tls()):
        raise ValueError("with rediss:// for TLS")
    return tls if is_wanted or tls != Tls() else None
