"""TLS towards a client, with both its buffers in view.

uvloop encrypts at once and hands the result to the socket's own transport. What a client does not
take lies there, where neither `pause_writing` nor `get_write_buffer_size` of the TLS transport sees
it: 256 KiB before the first word. And a paused reader goes on reading up to twice as much. So this
protocol passes on what the socket's transport says, and pauses that one too.
"""

import asyncio
import ctypes
import mmap
import ssl
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:

    class SSLProtocol(asyncio.BufferedProtocol):
        """What uvloop's own declarations leave out."""

        def __init__(
            self,
            loop: asyncio.AbstractEventLoop,
            app_protocol: asyncio.BaseProtocol,
            sslcontext: ssl.SSLContext,
            waiter: asyncio.Future[None],
            server_side: bool,
            *,
            ssl_handshake_timeout: float,
        ) -> None: ...

        def get_buffer(self, sizehint: int) -> memoryview: ...

else:
    from uvloop.loop import SSLProtocol

PIECE: Final = 32 * 1024
"""Bytes that are encrypted at once.

OpenSSL's buffer grows to the largest piece and never shrinks: 256 KiB at once made each connection
keep 390 KB until its end.
"""

_madvise: Final = ctypes.CDLL(None).madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)

NO_MARK: Final = 2**31 - 1
"""Bytes: the TLS transport's own mark, out of reach."""


class TlsStream(SSLProtocol):
    """One client's TLS, between the socket's transport and `client`."""

    def __init__(
        self,
        client: asyncio.Protocol,
        context: ssl.SSLContext,
        shaken: asyncio.Future[None],
        handshake_timeout: float,
    ) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            loop, client, context, shaken, True, ssl_handshake_timeout=handshake_timeout
        )
        self._client = client
        self._below: asyncio.Transport | None = None
        self._is_watched = False
        self._give_back_pages()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast("asyncio.Transport", transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._below = None
        super().connection_lost(exc)

    def watch(self, transport: asyncio.Transport) -> None:
        """Say from now on when the client does not take everything; `transport` is the TLS one."""
        transport.set_write_buffer_limits(high=NO_MARK)
        self._is_watched = True
        if self._below is not None:
            self._below.set_write_buffer_limits(high=0)

    def held_bytes(self) -> int:
        """Return how many encrypted bytes wait for the socket."""
        return 0 if self._below is None else self._below.get_write_buffer_size()

    def pause_socket(self) -> None:
        """Read nothing more from the socket, not even to keep it encrypted."""
        if self._below is not None and not self._below.is_closing():
            self._below.pause_reading()
            self._give_back_pages()

    def resume_socket(self) -> None:
        """Go on after `pause_socket`."""
        if self._below is not None and not self._below.is_closing():
            self._below.resume_reading()

    def _give_back_pages(self) -> None:
        """Let the kernel have the pages of our read buffer until something is read again.

        It is 256 KiB, and between two reads nothing in it is needed; but where others used the
        memory before us it is resident all the same: 300 KB for each of 1000 clients.
        """
        buffer = self.get_buffer(0)
        start = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
        end = (start + len(buffer)) // mmap.PAGESIZE * mmap.PAGESIZE
        _madvise(first, end - first, mmap.MADV_DONTNEED)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._is_watched:
            self._client.pause_writing()

    def resume_writing(self) -> None:
        super().resume_writing()  # which writes what waited, and may fill the socket again
        if self._is_watched and not self.held_bytes():
            self._client.resume_writing()
