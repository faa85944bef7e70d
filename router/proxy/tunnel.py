"""Two connections as one pipe, after both sides agreed to speak another protocol (101)."""

from router.http1.last_word import LastWord
from router.proxy.ports import ClientSide, UpstreamSide


class Tunnel:
    """Passes bytes as they are. What the backend says reaches the client like any answer's body."""

    __slots__ = ("_client", "_upstream", "is_half_ended", "to_backend")

    def __init__(self, client: ClientSide, upstream: UpstreamSide) -> None:
        self._client = client
        self._upstream = upstream
        self.is_half_ended = False
        self.to_backend: LastWord | None = None
        """Where what the client says can be ended, if that can be seen."""

    @property
    def is_silent(self) -> bool:
        """Tell whether the backend has been told the last word."""
        return self.to_backend is not None and self.to_backend.is_said

    def say_to_backend(self, word: bytes) -> None:
        """Tell the backend a last word: now, or as soon as it fits."""
        said = b"" if self.to_backend is None else self.to_backend.say(word)
        if said:
            self._upstream.send(said, last=False)

    def on_client_bytes(self, data: bytes) -> None:
        """Pass on what the client says in the other protocol."""
        if self.to_backend is not None:
            data = self.to_backend.pass_on(data)
            if not data:
                return
        self._upstream.send(data, last=False)

    def on_client_eof(self) -> bool:
        """The client has ended; tell whether the backend may still speak."""
        if self.is_half_ended:
            return False
        self.is_half_ended = True
        self._upstream.send_eof()
        return True

    def on_upstream_eof(self) -> bool:
        """The backend has ended; tell whether the client may still speak."""
        if self.is_half_ended:
            return False
        self.is_half_ended = True
        self._client.send_eof()
        return True
