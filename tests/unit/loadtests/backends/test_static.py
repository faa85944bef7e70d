from loadtests.backends.static import SIZE, USER_LENGTH, body


def test_every_answer_is_a_kilobyte_whoever_gives_it() -> None:
    user = "user-000001"
    assert len(user) == USER_LENGTH
    assert len(body("legacy", user)) == len(body("ai", user)) == SIZE


def test_an_answer_names_its_variant_and_the_user() -> None:
    assert body("ai", "user-000001").startswith('{"variant":"ai","user":"user-000001"')
