import pytest

from router.control.orders import Once
from router.control.precedence import outrun, same
from router.errors import KeyReusedError, ReleaseRefusedError, RevisionPassedError
from router.release.commands import Rollback, Start
from router.release.state import Release
from router.store.port import Answered

KNOWN = Answered("k", "f", 200, b"{}", 0.0)
NEWEST = Release("support", epoch=2, revision=9)


def once(print_of_it: str) -> Once[Release]:
    return Once("k", print_of_it, lambda _: KNOWN)


def test_the_same_request_is_answered_as_before() -> None:
    assert same(once("f"), KNOWN) is KNOWN


def test_another_request_with_its_key_is_refused() -> None:
    for other in (once("g"), None):
        with pytest.raises(KeyReusedError):
            same(other, KNOWN)


def test_what_a_rollback_outran_says_so() -> None:
    error = outrun(Start(by="ann", at=0.0, epoch=1), NEWEST)
    assert isinstance(error, ReleaseRefusedError)
    assert error.code == "epoch_passed"


def test_what_another_change_outran_is_told_its_revision() -> None:
    for command in (Start(by="ann", at=0.0, epoch=2), Rollback(by="ann", at=0.0)):
        error = outrun(command, NEWEST)
        assert isinstance(error, RevisionPassedError)
        assert "revision 9" in str(error)
