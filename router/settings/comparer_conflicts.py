"""What a stream of pairs cannot do without: a Redis to lie in, and a key that nobody there has.

Like all conflicts they are found in the document, and skip what is unreadable.
"""

from collections.abc import Iterator
from typing import Final

from router.redis_address import is_redis
from router.settings.document import Document
from router.settings.problems import Path, Problem

STREAM: Final[Path] = ("comparer", "stream")


def comparer_conflicts(document: Document) -> Iterator[Problem]:
    """Find all of them."""
    if document.at(STREAM) is None:
        return
    url = document.at(("store", "url"))
    if url is None or (isinstance(url, str) and not is_redis(url)):
        allowed = "`store.url` as redis://, rediss:// or redis+sentinel://"
        yield document.problem(STREAM, "needs a Redis, and the store is none", allowed=allowed)
    if document.at(("records", "key")) in (None, ""):
        text = "puts whole requests and answers into Redis, and there is no key to encrypt them"
        yield document.problem(STREAM, text, allowed="`records.key`, the same on all replicas")
