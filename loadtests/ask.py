"""One question and its answer, for checks outside of a measurement."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of header fields are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def get(port: int, target: str, headers: Mapping[str, str]) -> Answer:
    """Ask a server on this machine by a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", target, headers=dict(headers))
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        connection.close()
