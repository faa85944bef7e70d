from router.settings.schema_match import MatchSettings, WhereSettings


def test_where_a_request_goes_says_nothing_of_its_method() -> None:
    assert set(MatchSettings.model_fields) - set(WhereSettings.model_fields) == {"methods"}


def test_what_is_left_out_accepts_everything() -> None:
    assert (WhereSettings().hosts, WhereSettings().paths, WhereSettings().headers) == ((), (), {})
