from router.control.caller import LOCAL, RELOAD, ROUTER, Caller


def test_the_audit_log_says_from_where_somebody_came_and_by_which_way() -> None:
    assert Caller(LOCAL, "127.0.0.1", "api").origin == "127.0.0.1 via api"
    assert Caller("ada.lovelace", "10.0.0.7", "page").origin == "10.0.0.7 via page"


def test_we_ourselves_come_from_nowhere() -> None:
    assert ROUTER.origin == RELOAD.origin == "router"
