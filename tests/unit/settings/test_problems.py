import pytest

from router.settings.problems import (
    LONGEST_SHOWN,
    Data,
    Path,
    Problem,
    closest,
    dotted,
    is_sensitive,
    pattern,
    shown,
)


@pytest.mark.parametrize(
    ("path", "written", "without_indexes"),
    [
        ((), "", ""),
        (("proxy", "listen", 0), "proxy.listen[0]", "proxy.listen[]"),
        (
            ("services", 0, "ai", "endpoints", 1),
            "services[0].ai.endpoints[1]",
            "services[].ai.endpoints[]",
        ),
        (("when", "json", "/a b"), "when.json['/a b']", "when.json./a b"),
    ],
)
def test_a_path_is_written_as_operators_do(path: Path, written: str, without_indexes: str) -> None:
    assert dotted(path) == written
    assert pattern(path) == without_indexes


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (0.2, "0.2"),
        ("a\nb", r"'a\nb'"),
        ("\ud800", r"'\ud800'"),
        ({"secret": "x"}, "a mapping"),
        (["x"], "a list"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQ", "a PEM text"),
        ("http://user:pass@host", "'http://***@host'"),
        ("redis://:p/a@s@host:1/0", "'redis://***@host:1/0'"),
        ("redis://host/0?password=x", "'redis://host/0?***'"),
        ("a?b", "'a?b'"),
        ("//?", "'//?'"),
        ("//@x", "'//@x'"),
    ],
)
def test_a_value_is_shown_on_one_line(value: Data, words: str) -> None:
    assert shown(value) == words


def test_a_long_value_is_cut() -> None:
    assert shown("x" * 1000) == f"'{'x' * (LONGEST_SHOWN - 2)}…"


@pytest.mark.parametrize(
    ("path", "is_secret"),
    [
        (("records", "key"), True),
        (("records", "former_keys", 0), True),
        (("admin", "tokens", 0, "sha256"), True),
        (("replica", "secret"), True),
        (("services", 0, "match", "headers", "Authorization"), True),
        (("services", 0, "match", "headers", "x-api-key"), True),
        (("services", 0, "split", "key", 0), False),
        (("services", 0, "split", "cookie", "name"), False),
        (("services", 0, "name"), False),
        (("admin", "tokens", 0), True),
        (("admin", "tokens", 0, "name"), True),
        (("admin", "tokens", 0, "role"), False),
        (("admin", "tokens", 0, "services", 1), False),
        (("admin", "webhooks", 0, "url"), True),
        (("admin", "webhooks", 0, "events", 0), False),
    ],
)
def test_names_of_keys_say_what_may_be_secret(path: Path, is_secret: bool) -> None:
    assert is_sensitive(path) is is_secret


def test_a_sentence_names_only_what_there_is() -> None:
    assert Problem(0, "", "cannot be read").sentence("f") == "f: cannot be read"
    assert Problem(3, "a.b", "unknown key", suggestion="c").sentence("f") == (
        "f:3: a.b: unknown key; did you mean c?"
    )
    assert Problem(3, "a", seen="1", allowed="2").sentence("f") == "f:3: a: saw 1, allowed is 2"


def test_the_closest_word_disregards_case_and_dashes() -> None:
    assert closest("Idle-Timeout", ["idle_timeout", "header_timeout"]) == "idle_timeout"
    assert closest("banana", ["idle_timeout"]) is None
