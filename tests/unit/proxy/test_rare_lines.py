from dataclasses import replace

from router.routing.snapshot import CookiePolicy, Split
from tests.support.score import SUPPORT, Score

GET = b"GET / HTTP/1.1"
POST = b"POST /orders HTTP/1.1"


def test_a_caller_without_a_key_is_given_a_cookie_and_nobody_else() -> None:
    split = Split("s", cookie=CookiePolicy("gray_id", 60))
    score = Score(service=replace(SUPPORT, split=split), secure=True)
    score.play(GET)
    score.reply(200)
    cookie = b"set-cookie: gray_id=%b; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure\r\n"
    assert cookie % (b"0" * 32) in score.answer
    again = Score(service=score.service)
    again.play(GET, b"Cookie: gray_id=" + b"a" * 32)
    again.reply(200)
    assert b"set-cookie" not in again.answer


def test_a_split_answer_is_kept_out_of_shared_caches_where_that_is_asked_for() -> None:
    private = replace(SUPPORT, split=Split("s", cache_private=True))
    for service, line in ((private, b"private, max-age=9"), (SUPPORT, b"public, max-age=9")):
        score = Score(service=service)
        score.play(GET)
        score.reply(200, b"Cache-Control: public, max-age=9", b"Content-Length: 0")
        assert b"cache-control: %b\r\n" % line in score.answer
