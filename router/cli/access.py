"""How a command gets at an admin API: the addresses, the token, and what TLS needs."""

import argparse
import http.client
import os
import socket
import ssl
import stat
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from router.cli.address import DEFAULT_ADMIN, Address, addresses
from router.errors import UsageError

ADMIN_VARIABLE: Final = "GRAY_ROUTER_ADMIN"
TOKEN_VARIABLE: Final = "GRAY_ROUTER_TOKEN"  # noqa: S105 - a name, no token

CONNECT_TIMEOUT: Final = 3.0
"""Seconds."""

_FOR_OTHERS: Final = stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Access:
    """Whom to ask, and as whom. The token is shown by nothing, not even by `repr`."""

    admins: tuple[Address, ...]
    token: "Token | None" = None
    tls: ssl.SSLContext | None = None
    has_certificate: bool = False

    def only(self, admin: Address) -> "Access":
        """Return the access to one of them."""
        return replace(self, admins=(admin,))

    def connect(self, admin: Address) -> http.client.HTTPConnection:
        """Return an open connection; raise OSError."""
        connection = self._connection(admin)
        connection.connect()
        return connection

    def _connection(self, admin: Address) -> http.client.HTTPConnection:
        match admin.scheme:
            case "unix":
                return _UnixConnection(admin.host)
            case "https":
                return http.client.HTTPSConnection(
                    admin.host, admin.port, timeout=CONNECT_TIMEOUT, context=self.tls
                )
            case _:
                return http.client.HTTPConnection(admin.host, admin.port, timeout=CONNECT_TIMEOUT)

    def doubt(self, admin: Address) -> str:
        """Say what may be behind a connection that ends without an answer, if anything is known.

        In TLS 1.3 a server that misses our certificate says so only after the handshake.
        """
        if admin.scheme == "https" and not self.has_certificate:
            return " Does it want a client certificate (--cert, --key)?"
        return " Does it speak https?" if admin.scheme == "http" else ""

    @property
    def headers(self) -> dict[str, str]:
        """What each request says of who asks."""
        return {} if self.token is None else {"Authorization": self.token.header}


class Token:
    """A secret that does not show itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str, source: str) -> None:
        # http.client would repeat in its error what a header cannot hold.
        if not text or not all("!" <= letter <= "~" for letter in text):
            raise UsageError(f"what stands in {source} is no token: it has blanks, or odd letters")
        self._text = text

    @property
    def header(self) -> str:
        return f"Bearer {self._text}"


class _UnixConnection(http.client.HTTPConnection):
    """HTTP to a program on this machine."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=CONNECT_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(CONNECT_TIMEOUT)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


def add_access_options(
    parser: argparse.ArgumentParser,
    asked: str = "of several the first that can be reached, which is then named",
    key: str = "--key",
) -> None:
    """Let a command be told whom to ask, and as whom; ``key`` names the certificate's key."""
    parser.add_argument(
        "--admin",
        metavar="URL[,URL]",
        type=addresses,
        default=os.environ.get(ADMIN_VARIABLE) or DEFAULT_ADMIN,
        help=f"admin API to ask, http, https or unix:/PATH; {asked} "
        f"(default: {ADMIN_VARIABLE}, or {DEFAULT_ADMIN})",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help=f"its first line is the token (default: {TOKEN_VARIABLE})",
    )
    parser.add_argument("--ca", metavar="FILE", help="whom to trust for https (default: system)")
    parser.add_argument("--cert", metavar="FILE", help="client certificate for https")
    parser.add_argument(
        key, dest="cert_key", metavar="FILE", help="its key (default: in the same file)"
    )


def access_of(arguments: argparse.Namespace, *, is_urgent: bool = False) -> Access:
    """Return what the options and the environment say.

    ``is_urgent``: a token that others could read is used all the same; it is said either way.
    """
    token = _token(arguments.token_file, is_urgent=is_urgent)
    admins: tuple[Address, ...] = arguments.admin
    for admin in admins:
        if token is not None and not admin.is_private:
            _warn(f"the token goes to {admin} unencrypted: whoever is between can read it")
    is_encrypted = any(admin.scheme == "https" for admin in admins)
    tls = _tls(arguments) if is_encrypted else None
    return Access(admins, token, tls, has_certificate=arguments.cert is not None)


def _token(file: Path | None, *, is_urgent: bool) -> Token | None:
    if file is not None:
        return Token(_first_line(file, is_urgent=is_urgent), f"the first line of {file}")
    text = os.environ.get(TOKEN_VARIABLE, "").strip()
    return Token(text, TOKEN_VARIABLE) if text else None


def _first_line(file: Path, *, is_urgent: bool) -> str:
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            line = opened.readline().strip()
    except OSError as error:
        raise UsageError(f"--token-file {file}: {error.strerror or error}") from error
    if mode & _FOR_OTHERS:
        problem = f"everybody on this machine may read the token in {file}: chmod 600 {file}"
        if not is_urgent:
            raise UsageError(problem)
        _warn(problem)
    return line


def _tls(arguments: argparse.Namespace) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=arguments.ca)
    except OSError as error:
        raise UsageError(f"--ca {arguments.ca}: {error.strerror or error}") from error
    if arguments.cert is not None:
        try:
            context.load_cert_chain(arguments.cert, arguments.cert_key, _no_password)
        except OSError as error:
            files = (
                arguments.cert
                if arguments.cert_key is None
                else f"{arguments.cert}, {arguments.cert_key}"
            )
            raise UsageError(f"--cert {files}: {error.strerror or error}") from error
    return context


def _no_password() -> str:
    """Without it OpenSSL would ask on the terminal."""
    return ""


def _warn(sentence: str) -> None:
    sys.stderr.write(f"Warning: {sentence}\n")
