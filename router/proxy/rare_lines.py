"""Lines of our own that few answers need: on caching, why legacy gave them, our cookie."""

from router.http1.forward import cache_control, private_cache_control
from router.http1.reply_head import ReplyHead
from router.proxy.origin import Origin
from router.proxy.serving import OwnHeaders, Route


def rare_lines(
    head: ReplyHead,
    route: Route,
    origin: Origin,
    names: OwnHeaders,
    *,
    fallback: bytes | None,
    new_cookie: bytes | None,
) -> bytes:
    """Write them for this answer.

    fallback: why legacy was asked in AI's place; new_cookie: for a caller who brought none.
    """
    lines = b""
    if route.cache_private:
        lines += private_cache_control(head.cache_control)
    elif head.cache_control is not None:
        lines += cache_control(head.cache_control)
    if fallback is not None and names.fallback is not None and origin.is_shown:
        lines += b"%b: %b\r\n" % (names.fallback, fallback)
    if new_cookie is not None and route.cookie is not None:
        lines += route.cookie.line(new_cookie, secure=origin.is_secure)
    return lines
