import base64

import pytest

from router.settings.problems import NotAllowedError
from router.settings.record_key import RecordsKey, read_record_key, show_record_key
from tests.unit.settings.configs import examined, settings_of

KEY = bytes(range(224, 256))


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(KEY).decode(),
        f"{KEY.hex()}\n",
    ],
)
def test_a_key_is_32_bytes_in_hex_or_base64(text: str) -> None:
    assert read_record_key(text) == KEY


def test_an_unset_variable_leaves_no_key() -> None:
    assert read_record_key("") is None


@pytest.mark.parametrize("value", ["00" * 32, "00" * 31, "a" * 42, "é" * 43, "+" * 20, 1, None])
def test_what_is_no_key_is_refused(value: object) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_record_key(value)
    assert refused.value.suggestion is None
    assert refused.value.detail is None


def test_a_key_is_written_as_it_is_read() -> None:
    assert read_record_key(show_record_key(RecordsKey(KEY))) == KEY


def test_a_key_is_shown_nowhere() -> None:
    key = RecordsKey(KEY)
    assert (repr(key), str(key), f"{key}") == ("RecordsKey(…)",) * 3
    settings = settings_of(records={"key": KEY.hex()})
    assert settings.records.key == KEY
    for text in (repr(settings), str(settings.records)):
        assert "xe0" not in text
        assert "RecordsKey" not in text


@pytest.mark.parametrize("text", [KEY.hex()[:-2], "correct horse battery staple"])
def test_what_is_wrong_with_a_key_is_said_without_it(text: str) -> None:
    examination = examined(records={"key": text})
    ((problem),) = examination.problems
    assert problem.path == "records.key"
    assert text not in problem.sentence("x")
    assert problem.seen == "a value that is not shown"
