"""Where does one WebSocket frame end, and how is a connection closed?

Control frames may stand between any two frames, also within a message that is sent in fragments
(RFC 6455, 5.4 and 5.5).
"""

from typing import Final

SERVICE_RESTART: Final = 1012
"""The close code that asks a client to connect again (IANA's registry)."""

MOST_FRAMES: Final = 256
"""Of one piece of data; who packs more into it is passed on without being followed any further."""

_LONGEST_HEAD: Final = 14
_CLOSE: Final = 0x88
_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_SHORTEST_HEAD: Final = 2
_MORE: Final = {126: 2, 127: 8}
"""Bytes that follow and say the length, where the first two say this."""
_MASK: Final = 4


class Frames:
    """Where one direction of a connection stands."""

    __slots__ = ("_head", "_is_followed", "_left")

    def __init__(self) -> None:
        self._head = b""  # of a frame whose length is not known yet
        self._left = 0  # bytes of the frame that has begun
        self._is_followed = True

    @property
    def is_between(self) -> bool:
        """Whether the last frame is complete, and no other has begun."""
        return self._is_followed and not self._left and not self._head

    def feed(self, data: bytes) -> None:
        if not self._is_followed:
            return
        at = 0
        for _ in range(MOST_FRAMES):
            at = self._step(data, at)
            if at < 0 or at == len(data):
                return
        self._is_followed = False

    def feed_to_end(self, data: bytes) -> int:
        """Feed, and return up to where the frame goes that ends first; -1 where none does.

        What follows behind it is not looked at any more.
        """
        return self._step(data, 0) if self._is_followed else -1

    def _step(self, data: bytes, at: int) -> int:
        """Go over the rest of one frame; return where it ends, -1 where it goes on behind."""
        if not self._left:
            seen = len(self._head)
            self._head += data[at : at + _LONGEST_HEAD]
            length = _length(self._head)
            if not length:
                return -1
            self._left = length - seen
            self._head = b""
        end = at + self._left
        if end > len(data):
            self._left = end - len(data)
            return -1
        self._left = 0
        return end


def _length(head: bytes) -> int:
    """Return how long a whole frame is that begins so; 0 while that cannot be seen."""
    if len(head) < _SHORTEST_HEAD:
        return 0
    length = head[1] & _LENGTH
    begins = _SHORTEST_HEAD + _MORE.get(length, 0)
    if len(head) < begins:
        return 0
    if begins > _SHORTEST_HEAD:
        length = int.from_bytes(head[_SHORTEST_HEAD:begins], "big")
    return begins + (_MASK if head[1] & _MASKED else 0) + length


def close_frame(code: int, mask: bytes = b"") -> bytes:
    """Write a close frame; towards a server it has a mask of four bytes, that nobody can guess."""
    payload = code.to_bytes(2, "big")
    if not mask:
        return bytes((_CLOSE, len(payload))) + payload
    masked = bytes(byte ^ mask[index % _MASK] for index, byte in enumerate(payload))
    return bytes((_CLOSE, _MASKED | len(payload))) + mask + masked
