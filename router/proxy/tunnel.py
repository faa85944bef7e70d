"""Two connections as one pipe, after both sides agreed to speak another protocol (101)."""

from router.proxy.ports import ClientSide, UpstreamSide


class Tunnel:
    """Passes bytes as they are. What the backend says reaches the client like any answer's body."""

    __slots__ = ("_client", "_is_half_ended", "_upstream")

    def __init__(self, client: ClientSide, upstream: UpstreamSide) -> None:
        self._client = client
        self._upstream = upstream
        self._is_half_ended = False

    def on_client_bytes(self, data: bytes) -> None:
        """Pass on what the client says in the other protocol."""
        self._upstream.send(data, last=False)

    def on_client_eof(self) -> bool:
        """The client has ended; tell whether the backend may still speak."""
        if self._is_half_ended:
            return False
        self._is_half_ended = True
        self._upstream.send_eof()
        return True

    def on_upstream_eof(self) -> bool:
        """The backend has ended; tell whether the client may still speak."""
        if self._is_half_ended:
            return False
        self._is_half_ended = True
        self._client.send_eof()
        return True
