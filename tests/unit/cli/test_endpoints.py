from typing import Any

from router.cli.endpoints import fallback_notes, service_lines


def endpoint(name: str, *, up: bool = True, reason: str = "", by: int = 0) -> dict[str, Any]:
    return {"endpoint": name, "up": up, "reason": reason, "ejected_by": by}


def test_each_endpoint_has_its_line_and_the_variant_its_name_once() -> None:
    service = {
        "fallbacks": {},
        "endpoints": {
            "legacy": [endpoint("10.0.0.5:9001"), endpoint("10.0.0.6:9001", by=1)],
            "ai": [
                endpoint("ai:9443 (10.0.0.7)", up=False, reason="refused"),
                endpoint("ai:9443 (10.0.0.8)", by=2),
            ],
        },
    }
    assert list(service_lines(service)) == [
        "fallbacks none since then",
        "legacy    10.0.0.5:9001 is up",
        "          10.0.0.6:9001 is LEFT OUT by 1 worker, since requests to it failed",
        "ai        ai:9443 (10.0.0.7) is DOWN: refused",
        "          ai:9443 (10.0.0.8) is LEFT OUT by 2 workers, since requests to it failed",
    ]


def test_what_a_terminal_would_obey_is_shown_and_not_sent() -> None:
    evil = endpoint("\x1b[2J", up=False, reason="\x1b[2J")
    service = {"service": "\x1b", "fallbacks": {"\x1b": 1}, "endpoints": {"\x1b[2J": [evil]}}
    shown = [*service_lines(service), *fallback_notes({"services": [service]})]
    assert "\x1b" not in "".join(shown)
    assert r"\x1b[2J   \x1b[2J is DOWN: \x1b[2J" in shown


def test_what_legacy_answered_in_ais_place_is_said_with_the_reasons() -> None:
    fell_back = {"service": "support", "fallbacks": {"no_endpoint": 10, "connect": 2}}
    told = "12 since the share was set, answered by legacy in AI's place: no_endpoint 10, connect 2"
    assert next(service_lines({**fell_back, "endpoints": {}})) == f"fallbacks {told}"
    fine = {"service": "orders", "fallbacks": {}}
    assert list(fallback_notes({"services": [fell_back, fine]})) == [f"support: {told}"]
