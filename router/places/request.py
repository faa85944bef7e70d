"""The little of a request that places, matching and assignment read."""

from typing import Protocol

Fields = list[tuple[bytes, bytes]]
"""Header fields in order: lower-case name, value without outer white space; a name may repeat."""


class RequestView(Protocol):
    """What `http1.request_head.RequestHead` offers, and a test may offer too."""

    @property
    def method(self) -> bytes: ...

    @property
    def target(self) -> bytes:
        """Origin-form (`/path?query`) or `*`."""
        ...

    @property
    def host(self) -> bytes:
        """Lower-case, without port; empty where HTTP/1.0 named none."""
        ...

    @property
    def minor(self) -> int: ...

    @property
    def fields(self) -> Fields: ...
