from dataclasses import replace

import orjson
import pytest

from router.control.fleet.envelopes import TLS_ALONE, Seal, opened
from router.errors import PeerMessageError
from router.replica.sealing import Message, is_sealed
from tests.support.peers import KEY
from tests.support.releases import NOON

NONCE = "0123456789abcdef"
R1 = Seal("r1", KEY.encode(), lambda: NOON, lambda: NONCE)
R2 = replace(R1, name="r2", clock=lambda: NOON + 7)
ASKED = R1.message("rollback", "r2", b"\x00body\xff")


def test_a_message_travels_whole_and_sealed() -> None:
    found = opened(R1.close(ASKED))
    assert found.message == ASKED
    assert is_sealed(found.message, found.signature, KEY.encode())


def test_a_message_is_as_of_now_and_has_a_nonce() -> None:
    assert (ASKED.sender, ASKED.recipient, ASKED.at, ASKED.nonce) == ("r1", "r2", NOON, NONCE)


def test_an_answer_belongs_to_its_question() -> None:
    answer = R2.reply(ASKED, "words", b"yes")
    assert (answer.recipient, answer.at, answer.nonce) == ("r1", NOON + 7, NONCE)
    assert R1.answer_in(R2.close(answer), ASKED) == answer


@pytest.mark.parametrize(
    "answer",
    [
        replace(R2, name="r3").reply(ASKED, "words"),
        replace(R2.reply(ASKED, "words"), recipient="r3"),
        replace(R2.reply(ASKED, "words"), nonce="f" * 16),
    ],
)
def test_an_answer_to_something_else_is_none(answer: Message) -> None:
    with pytest.raises(PeerMessageError, match="another question"):
        R1.answer_in(R2.close(answer), ASKED)


def test_an_answer_without_the_secret_is_none() -> None:
    stranger = replace(R2, key=b"another key of as many characters")
    with pytest.raises(PeerMessageError, match="not sealed with our secret"):
        R1.answer_in(stranger.close(R2.reply(ASKED, "words")), ASKED)


def test_where_there_is_no_secret_the_seal_proves_nothing_by_itself() -> None:
    assert R1.proves_by_itself
    assert not replace(R1, key=TLS_ALONE).proves_by_itself


def test_the_secret_does_not_show() -> None:
    assert KEY not in repr(R1)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": ""},
        {"sender": None},
        {"recipient": "x" * 256},
        {"at": -1},
        {"at": 1e300},
        {"at": "now"},
        {"nonce": "short"},
        {"nonce": "x" * 65},
        {"body": "no base64!"},
        {"seal": "0" * 63},
        {"seal": 0},
    ],
)
def test_what_is_no_envelope_is_not_opened(change: dict[str, object]) -> None:
    fields = orjson.loads(R1.close(ASKED))
    with pytest.raises(PeerMessageError, match="an envelope cannot be read"):
        opened(orjson.dumps(fields | change))
