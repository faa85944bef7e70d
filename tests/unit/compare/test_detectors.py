import time

import pytest

from router.compare.detectors import Detectors, Span, hidden

ALL = Detectors(("card", "email", "bearer"))


@pytest.mark.parametrize(
    "card",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "378282246310005",
        "5555555555554444",
        "6011000990139424",
        "4222222222222",
    ],
)
@pytest.mark.parametrize("around", ["{}", "card {}!", "{},", "a{}b"])
def test_numbers_of_cards_are_hidden(card: str, around: str) -> None:
    assert ALL.hide(around.format(card)) == around.format("[card]")


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # the check digit is wrong
        "1763769600000",  # a time
        "41111111111111110000000000",  # too long
        "2026-11-22 01:15:19",
        "411111111111",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert ALL.hide(text) == text


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com",
        "ada.lovelace+x@mail.example.co.uk",
        "ada%40example.com",
        "käthe@exämple.de",
        "ada_1@sub-domain.example.museum",
    ],
)
@pytest.mark.parametrize("around", ["{}", "to <{}>", "mailto:{}?subject=x", '"{}"', "from {}, hi"])
def test_addresses_are_hidden(address: str, around: str) -> None:
    assert ALL.hide(around.format(address)) == around.format("[email]")


@pytest.mark.parametrize("text", ["@everybody", "a @ b.c", "ada@localhost", "@", "3 @ 4.50"])
def test_other_texts_are_no_addresses(text: str) -> None:
    assert ALL.hide(text) == text


def test_credentials_are_hidden() -> None:
    assert ALL.hide("use sk-abcdefghijklmnop1234 now") == "use [bearer] now"


def test_what_overlaps_is_hidden_once_and_whole() -> None:
    assert ALL.hide("password=ada@example.com1234!, 4111111111111111") == (
        "password=[bearer], [card]"
    )


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("card", "[card] ada@example.com sk-abcdefghijklmnop1234"),
        ("email", "4111111111111111 [email] sk-abcdefghijklmnop1234"),
        ("bearer", "4111111111111111 ada@example.com [bearer]"),
    ],
)
def test_only_those_look_that_are_switched_on(name: str, left: str) -> None:
    text = "4111111111111111 ada@example.com sk-abcdefghijklmnop1234"
    assert Detectors((name,)).hide(text) == left
    assert Detectors(()).hide(text) == text


def test_only_one_of_them_knows_credentials() -> None:
    assert Detectors(("bearer",)).know_credentials
    assert not Detectors(("card", "email")).know_credentials


def test_pieces_are_replaced_by_what_they_seem_to_be() -> None:
    assert hidden("abcdef", [Span(1, 2, "x"), Span(4, 6, "y")]) == "a[x]cd[y]"
    assert hidden("abc", []) == "abc"


@pytest.mark.parametrize(
    "piece",
    [
        "@",
        "a@",
        "@a.",
        "4",
        "4 ",
        "a",
        "aA1",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "eyJ",
        "://a:",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (256 * 1024 // len(piece))
    before = time.process_time()
    ALL.find(text)
    assert time.process_time() - before < 2
