"""From a URL to a store: the only place that knows which stores there are."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from router.errors import SettingsError
from router.store.memory import MemoryStore
from router.store.port import Store
from router.store.sqlite import SqliteStore


def open_store(url: str, folder: Path) -> Store:
    """Return the store at ``url``; a relative path starts in ``folder``. Nothing is opened yet.

    `sqlite:///data/router.db` is relative, `sqlite:////var/lib/router.db` absolute, as in other
    programs that take such URLs. `memory:` forgets everything at the end.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if parts.scheme == "sqlite" and path and not parts.netloc:
        return SqliteStore(folder / path)
    if url == "memory:":
        return MemoryStore()
    problem = f"store.url: {_shown(url)} is no store; possible are: sqlite:///PATH, memory:"
    raise SettingsError((problem,))


def open_existing(url: str, folder: Path) -> Store:
    """Return the store at ``url`` for a tool that looks into another program's store.

    Where there is none it makes none, and what is damaged it leaves as it is: it raises.
    """
    store = open_store(url, folder)
    if not isinstance(store, SqliteStore):
        raise SettingsError((f"{_shown(url)} is a store that no other program can open",))
    return store.as_it_is()


def _shown(url: str) -> str:
    """A password may stand in a URL: show its scheme alone."""
    return f"{urlsplit(url).scheme}:…"
