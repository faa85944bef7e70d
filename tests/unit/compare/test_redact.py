import pytest

from router.compare.detectors import Detectors
from router.compare.redact import MASKED, Redactor, shortened, shortened_text
from router.places.pointer import MISSING, Json

ALL = Detectors(("card", "email", "bearer"))
PLAIN = Redactor((), ALL)


# Documents...


def test_what_a_pointer_names_is_masked() -> None:
    redactor = Redactor(("/customer/name", "/items/*/note", "/all", "/list/1"), ALL)
    document: Json = {
        "customer": {"name": "Ada", "age": 36},
        "items": [{"note": "x", "n": 1}, {"note": None}],
        "all": {"a": [1]},
        "list": ["a", "b"],
    }
    assert redactor.document(document) == {
        "customer": {"name": MASKED, "age": 36},
        "items": [{"note": MASKED, "n": 1}, {"note": None}],
        "all": MASKED,
        "list": ["a", MASKED],
    }


def test_a_pointer_may_name_all_of_it() -> None:
    assert Redactor(("",), ALL).document({"a": 1}) == MASKED


def test_a_pointer_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="pointer"):
        Redactor(("customer",), ALL)


def test_a_pointer_reaches_through_any_key() -> None:
    redactor = Redactor(("/*/b~1c",), ALL)
    assert redactor.document({"x": {"b/c": 1, "d": 2}, "y": 3}) == {
        "x": {"b/c": MASKED, "d": 2},
        "y": 3,
    }


def test_what_detectors_know_is_hidden_in_values_and_in_keys() -> None:
    document: Json = {
        "to": "ada@example.com",
        "cards": [4111111111111111, "4111-1111-1111-1111", 1.5, True],
        "by": {"ada@example.com": 1, "charles@example.com": 2, "n": 3},
    }
    assert PLAIN.document(document) == {
        "to": "[email]",
        "cards": ["[card]", "[card]", 1.5, True],
        "by": {"[email]": 1, "[email] 2": 2, "n": 3},
    }


def test_what_is_called_a_secret_is_masked_whatever_it_is() -> None:
    document: Json = {
        "password": "x",
        "apiKey": 17,
        "access_token": {"v": ["a"]},
        "session": False,
        "cookie": None,
        "max_tokens": 7,
    }
    assert PLAIN.document(document) == {
        "password": MASKED,
        "apiKey": MASKED,
        "access_token": MASKED,
        "session": False,
        "cookie": None,
        "max_tokens": 7,
    }
    without = Redactor((), Detectors(("card", "email")))
    assert without.document(document) == document


def test_json_within_a_text_is_hidden_as_json() -> None:
    arguments = '{"password":"x","to":"ada@example.com","n":1}'
    shown = PLAIN.document({"arguments": arguments})
    assert shown == {"arguments": '{"password":"[masked]","to":"[email]","n":1}'}


@pytest.mark.parametrize("text", ['{"n": 1}', "[1, 2]", "{not json", "[", ""])
def test_a_text_with_nothing_to_hide_stays_to_the_letter(text: str) -> None:
    assert PLAIN.document([text]) == [text]
    assert PLAIN.text(text) == text


def test_a_text_that_only_begins_like_json_is_looked_at_as_a_text() -> None:
    assert PLAIN.text("{ada@example.com") == "{[email]"


def test_what_several_elements_say_together_is_hidden() -> None:
    assert PLAIN.document([{"t": "ada@exam"}, {"t": "ple.com"}]) == [
        {"t": "[email]"},
        {"t": "[email]"},
    ]


def test_what_lies_too_deep_is_not_kept() -> None:
    deep: Json = "ada"
    for _ in range(300):
        deep = [deep]
    shown = repr(PLAIN.document(deep))
    assert "ada" not in shown
    assert MASKED in shown


# Parts...


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (("customer", "name"), MASKED),
        (("customer", "name", "first"), MASKED),
        (("customer", "age"), "x"),
        (("user", "password"), MASKED),
    ],
)
def test_a_part_is_shown_as_it_would_be_in_its_place(place: tuple[str, ...], shown: str) -> None:
    assert Redactor(("/customer/name",), ALL).part(place, "x") == shown


def test_a_mask_below_a_part_holds_in_it() -> None:
    redactor = Redactor(("/a/*/secret_thing",), ALL)
    assert redactor.part(("a",), {"x": {"secret_thing": 1, "n": 2}}) == {
        "x": {"secret_thing": MASKED, "n": 2}
    }


def test_that_there_is_nothing_is_no_secret() -> None:
    redactor = Redactor(("/a",), ALL)
    assert redactor.part(("a",), MISSING) is MISSING
    assert redactor.part(("a",), None) is None


# Heads...


def test_header_fields_are_named_and_most_of_their_values_are_not_shown() -> None:
    fields = [
        (b"content-type", b"application/json"),
        (b"authorization", b"Bearer x"),
        (b"x-user", b"ada"),
        (b"x-region", b"eu"),
        (b"vary", b"ada@example.com"),
    ]
    assert Redactor((), ALL, ("X-Region", "Authorization")).fields(fields) == (
        ("content-type", "application/json"),
        ("authorization", MASKED),
        ("x-user", MASKED),
        ("x-region", "eu"),
        ("vary", "[email]"),
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"/v1/classify", "/v1/classify"),
        (b"/users/ada@example.com/x", "/users/[email]/x"),
        (b"/users/ada%40example.com", "/users/[email]"),
        (b"/a%20b?q=c%20d&flag", "/a%20b?q=c%20d&flag"),
        (b"/?token=x&page=2", "/?token=[masked]&page=2"),
        (b"/?X-Amz-Signature=x&code=7", "/?X-Amz-Signature=[masked]&code=[masked]"),
        (b"/?q=ada@example.com&ada%40example.com=1", "/?q=[email]&[email]=1"),
        (b"/?q=4111+1111+1111+1111", "/?q=[card]"),
        (b"*", "*"),
        (b"/\xff", "/\xff"),
    ],
)
def test_a_target_is_shown_without_what_is_to_be_hidden(target: bytes, shown: str) -> None:
    assert PLAIN.target(target) == shown


# Lengths...


def test_long_values_are_cut() -> None:
    assert shortened("x" * 300, 256) == "x" * 255 + "…"
    assert shortened("x" * 256, 256) == "x" * 256
    assert shortened({"a": 1}, 256) == {"a": 1}
    assert shortened([1, 2, 3, 4], 6) == "[1,2,…"
    assert shortened(12345678, 4) == 12345678
    assert shortened_text("abc", 2) == "a…"
