"""Server-sent events, as the admin API sends them while a rollback goes on."""

from collections.abc import Iterable, Iterator


def events_of(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Give each event's name and what it says; one that was cut off in the middle is none."""
    name, said = "message", list[str]()
    for line in lines:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            if said:
                yield name, "\n".join(said)
            name, said = "message", []
            continue
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            said.append(value)
