from loadtests.bench.scenes.idle import Found, Held, section


def told(plain: float, tls: float) -> list[str]:
    found = {
        "Envoy": Found(Held(9000, 15.0), Held(2000, 20.0)),
        "Gray Router": Found(Held(9000, plain), Held(2000, tls)),
    }
    return [figure.sentence() for figure in section(found).figures if not figure.is_met]


def test_light_connections_miss_nothing() -> None:
    assert told(4.9, 59.0) == []


def test_heavy_connections_are_missed_with_and_without_tls() -> None:
    assert told(6.6, 66.0) == [
        "MISSED by 32 %: an idle connection's memory in KiB is 6.60, the limit 5",
        "MISSED by 10 %: the same as a multiple of Envoy's is 0.44, the limit 0.4",
        "MISSED by 10 %: an idle TLS connection's memory in KiB is 66.00, the limit 60",
    ]


def test_the_page_says_how_many_connections_there_really_were() -> None:
    found = {"nginx": Found(Held(9750, 0.5), Held(2000, 14.0))}
    assert "9,750 connections" in section(found).measured
    assert section(found).figures == []
