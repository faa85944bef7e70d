"""Where copies go, for tests that send some."""

from router.model import ALL
from router.routing.snapshot import Endpoint, Sends, Shadow, Upstream


def shadow_to(legacy: int = 9001, ai: int = 9002, **more: object) -> Shadow:
    """Copies of GET and POST to two ports of this machine."""
    return Shadow(
        sends=Sends.BOTH,
        share=ALL,
        key=b"k" * 32,
        legacy=Upstream((Endpoint("127.0.0.1", legacy),)),
        ai=Upstream((Endpoint("127.0.0.1", ai),)),
        methods=("GET", "POST"),
        **more,  # type: ignore[arg-type]  # fields of a Shadow, by name
    )
