from router.control.api.access import Role
from router.control.api.calls import Call, text_of
from router.control.api.releases import Releases

SHOW = Call(method="GET", path="/api/v1/services/{service}", does=Releases.show, role=Role.VIEWER)


def test_a_call_is_named_for_people_and_for_programs() -> None:
    assert SHOW.title == "GET /api/v1/services/{service}"
    assert SHOW.operation == "get_services_service"


def test_a_call_may_be_about_one_service() -> None:
    assert SHOW.is_of_service
    assert SHOW.path_for("support") == "/api/v1/services/support"
    assert not Call(method="GET", path="/livez", does=Releases.show).is_of_service


def test_a_call_says_who_may_make_it() -> None:
    assert SHOW.who == "viewer"
    assert Call(method="GET", path="/", does=Releases.show).who == "every role"
    assert Call(method="GET", path="/", does=Releases.show, is_open=True).who == "everybody"


def test_a_call_says_what_it_does_as_its_method_does() -> None:
    assert text_of(SHOW) == "Show one service's release and its endpoints."
