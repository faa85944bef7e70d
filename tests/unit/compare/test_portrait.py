from dataclasses import replace

import msgspec
import pytest

from router.compare.callers import Callers
from router.compare.pair import Answer, Loss, Pair
from router.compare.portrait import LONGEST_VALUE, MOST_SHOWN, Portrayer
from router.compare.redact import MASKED, Redactor
from router.compare.rules import CompareRules, Decision
from router.compare.sample import Request, Sample, Shown, Side, encode_sample
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.model import Variant
from router.places.pointer import MISSING
from tests.support.pairs_shown import (
    DETECTORS,
    MADE_ID,
    SECRET,
    answered,
    asked,
    pair_of,
    portrayed,
)
from tests.support.stored import NOON

DIFF = CompareRules(record="diff")
FULL = CompareRules(record="full")
ADA = b'{"label":"refund","who":"ada@example.com","same":"plain"}'
BOB = b'{"label":"other","who":"bob@example.com","same":"plain"}'


def legacy(body: bytes = ADA, kind: bytes = b"application/json", **more: bytes) -> Answer:
    return answered(Variant.LEGACY, body, kind, **more)


def ai(body: bytes = BOB, kind: bytes = b"application/json", **more: bytes) -> Answer:
    return answered(Variant.AI, body, kind, **more)


PAIR = pair_of(legacy(), ai())


def test_metadata_says_which_fields_differ_and_nothing_of_what_is_in_them() -> None:
    request = asked(b'{"q":"words"}', target=b"/users/words?q=words")
    assert portrayed(pair_of(legacy(), ai(), request), CompareRules()) == Sample(
        id="1",
        service="support",
        phase="7",
        at=NOON,
        detail="metadata",
        result="divergent",
        request=Request(MADE_ID.decode(), "POST", 13),
        legacy=Side(200, len(ADA), 0.25),
        ai=Side(200, len(BOB), 0.25),
        served="legacy",
        differences=(Shown("/label", "value"), Shown("/who", "value")),
    )


def test_diff_shows_the_values_that_differ_masked() -> None:
    shown = portrayed(PAIR, DIFF)
    assert shown.differences == (
        Shown("/label", "value", "/label", "refund", "other"),
        Shown("/who", "value", "/who", "[email]", "[email]"),
    )
    assert b"plain" not in encode_sample(shown)
    assert shown.request.target == "/v1/classify"


def test_diff_shows_a_path_without_what_looks_like_data() -> None:
    request = asked(target=b"/users/ada%40example.com/orders/1234567?token=x")
    shown = portrayed(pair_of(legacy(), ai(), request), DIFF)
    assert shown.request.target == "/users/*/orders/*"


def test_full_shows_both_answers_and_the_request_masked() -> None:
    request = asked(
        b'{"to":"ada@example.com","q":"hello"}',
        target=b"/v1/x?q=hello&token=abc",
        fields=[(b"content-type", b"application/json"), (b"cookie", b"a=b")],
    )
    shown = portrayed(pair_of(legacy(), ai(), request), replace(FULL, mask=("/label",)))
    assert shown.request == Request(
        MADE_ID.decode(),
        "POST",
        36,
        "/v1/x?q=hello&token=[masked]",
        (("content-type", "application/json"), ("cookie", MASKED)),
        "json",
        {"to": "[email]", "q": "hello"},
    )
    assert shown.legacy.body == {"label": MASKED, "who": "[email]", "same": "plain"}
    assert shown.ai.kind == "json"
    assert shown.differences[0] == Shown("/label", "value", "/label", MASKED, MASKED)


def test_a_request_id_that_somebody_may_have_chosen_is_a_digest() -> None:
    chosen = portrayed(pair_of(legacy(), ai(), id_=b"ada-lovelace"), FULL).request.id
    assert chosen.startswith("~")
    assert "ada" not in chosen
    other = portrayed(pair_of(legacy(), ai(), id_=b"ada-lovelace2"), FULL).request.id
    assert chosen != other


@pytest.mark.parametrize(
    "made",
    [
        b"0f8fad5b-d9cb-469f-a165-70867728950e",
        b"01ARZ3NDEKTSV4RRFFQ69G5FAV",
        b"4bf92f3577b34da6a3ce929d0e0e4736",
    ],
)
def test_a_request_id_that_a_program_made_stays(made: bytes) -> None:
    assert portrayed(pair_of(legacy(), ai(), id_=made), FULL).request.id == made.decode()


def test_a_method_of_ones_own_is_not_repeated() -> None:
    pair = replace(PAIR, request=replace(asked(), method=b"ADALOVELACE"))
    assert portrayed(pair, CompareRules()).request.method == "other"


def test_what_differs_in_pieces_is_hidden_as_it_is_in_the_whole() -> None:
    said = b'data: {"t":"ada@exam"}\n\ndata: {"t":"ple.com"}\n\n'
    silent = b'data: {"t":"nobody"}\n\ndata: {"t":"at all"}\n\n'
    pair = pair_of(legacy(said, b"text/event-stream"), ai(silent, b"text/event-stream"))
    pieces = [("ada@exam", "nobody"), ("ple.com", "at all")]
    verdict = Verdict(
        tuple(
            Difference("/*/data/t", Change.VALUE, f"/{index}/data/t", *piece)
            for index, piece in enumerate(pieces)
        )
    )
    assert portrayed(pair, DIFF, verdict).differences == (
        Shown("/*/data/t", "value", "/0/data/t", "[email]", "nobody"),
        Shown("/*/data/t", "value", "/1/data/t", "[email]", "at all"),
    )


def test_a_value_that_stood_elsewhere_is_masked_by_where_it_is_said_to_have_stood() -> None:
    verdict = Verdict((Difference("/a/*/n", Change.VALUE, "/a/3/n", "ada", MISSING),))
    shown = portrayed(PAIR, replace(DIFF, mask=("/a/*/n",)), verdict)
    assert shown.differences == (Shown("/a/*/n", "value", "/a/3/n", MASKED),)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("/a/12/b", "/a/12/b"),
        ("/a/1234567890/b", "/a/*/b"),
        ("/by/ada@example.com", "/by/*"),
        ("body", "body"),
        ("", ""),
    ],
)
def test_a_place_is_named_without_what_looks_like_data(at: str, shown: str) -> None:
    verdict = Verdict((Difference("/x", Change.VALUE, at, 1, 2),))
    assert portrayed(PAIR, DIFF, verdict).differences[0].at == shown


def test_long_values_are_cut_and_many_are_left_out() -> None:
    many = ("{" + ",".join(f'"k{n}a":"{"x" * 500}"' for n in range(60)) + "}").encode()
    shown = portrayed(pair_of(legacy(many), ai(b"{}")), DIFF)
    assert len(shown.differences) == MOST_SHOWN
    assert shown.more
    assert len(shown.differences[0].legacy) == LONGEST_VALUE


def test_what_cannot_be_understood_is_not_kept() -> None:
    pair = pair_of(legacy(b"\x00\x01secret", b"image/png"), ai(b"{}", content_encoding=b"br"))
    shown = portrayed(pair, FULL, Verdict(error="undecodable"))
    assert b"secret" not in encode_sample(shown)
    assert shown.legacy.kind == "bytes"
    assert shown.ai.kind == "undecodable"
    assert shown.ai.body is msgspec.UNSET
    assert shown.error == "undecodable"


def test_a_text_is_shown_as_far_as_detectors_let_it() -> None:
    pair = pair_of(legacy(b"Ask ada@example.com", b"text/html"), ai(b"Ask", b"text/html"))
    shown = portrayed(pair, FULL)
    assert shown.legacy.body == "Ask [email]"


def test_a_form_is_shown_as_an_object() -> None:
    form = b"application/x-www-form-urlencoded"
    request = asked(b"password=x&q=1", fields=[(b"content-type", form)])
    shown = portrayed(pair_of(legacy(), ai(), request), FULL)
    assert shown.request.body == {"password": MASKED, "q": "1"}


def test_status_and_headers_that_differ_are_shown_as_far_as_they_may_be() -> None:
    differing = (
        ("status", 200, 404),
        ("header:x-region", "eu", "us"),
        ("header:x-api-key", "k1", "k2"),
        ("body", "to ada@example.com", {"bytes": 3}),
        ("custom", "tone", None),
    )
    verdict = Verdict(tuple(Difference(it[0], Change.VALUE, *it) for it in differing))
    shown = portrayed(PAIR, replace(DIFF, headers=("x-region", "x-api-key")), verdict)
    assert [(it.at, it.legacy, it.ai) for it in shown.differences] == [
        ("status", 200, 404),
        ("header:x-region", "eu", "us"),
        ("header:x-api-key", MASKED, MASKED),
        ("body", "to [email]", {"bytes": 3}),
        ("custom", "tone", None),
    ]


@pytest.mark.parametrize(
    ("rules", "decision"),
    [
        (CompareRules(decision=Decision("/label", "/label")), None),
        (replace(DIFF, decision=Decision("/label", "/label")), ("refund", "other")),
        (replace(DIFF, decision=Decision("/label", "/label"), mask=("/label",)), (MASKED, MASKED)),
        (DIFF, None),
    ],
)
def test_decisions_are_values(rules: CompareRules, decision: tuple[str, str] | None) -> None:
    verdict = Verdict(decision=("refund", "other"))
    assert portrayed(PAIR, rules, verdict).decision == decision


def test_what_is_masked_stays_masked_in_a_difference_of_the_whole_decision() -> None:
    rules = replace(DIFF, decision=Decision("/label", "/label"), mask=("/label",))
    assert b"refund" not in encode_sample(portrayed(PAIR, rules))


def test_an_answer_that_was_lost_says_why() -> None:
    lost = replace(ai(b""), status=0, loss=Loss.TIMEOUT)
    shown = portrayed(pair_of(legacy(), lost), FULL)
    assert shown.ai.loss == "timeout"
    assert shown.error == "timeout"


def test_fields_that_differ_from_themselves_are_named() -> None:
    noise = Verdict((Difference("/who", Change.VALUE, "/who", 1, 2),))
    judged = Judged("support", "7", NOON, Verdict(), legacy_noise=noise, weight=4)
    portrayer = Portrayer(DIFF, Redactor((), DETECTORS), Callers(SECRET).digest)
    shown = portrayer.portray("1", PAIR, judged, Result.NOISE)
    assert shown.noise == (("/who",), None)
    assert shown.weight == 4
    assert shown.result == "noise"


def test_a_mirrored_request_was_served_by_nobody_here() -> None:
    mirrored: Pair = replace(PAIR, served=None)
    assert portrayed(mirrored, CompareRules()).served is None
