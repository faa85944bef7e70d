from loadtests.bench.scenes.handshakes import Handshakes, section


def test_a_new_connection_has_its_cost_and_a_core_its_connections() -> None:
    found = {
        "nginx": [Handshakes(500, 400.0)],
        "Gray Router": [Handshakes(500, 500.0), Handshakes(500, 900.0), Handshakes(500, 600.0)],
    }
    told = section(found)
    assert told.rows == [["nginx", "400", "1.00"], ["Gray Router", "600", "1.50"]]
    assert "2,500 by nginx" in told.meaning
