import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import AI, examined_in, problems_of, service


def test_conflicts_are_found_beside_other_mistakes() -> None:
    found = problems_of(
        service(release={"stages": [20, 5]}, legacy={"endpoints": ["http://127.0.0.1:8080"]}, x=1),
        service(ai={}),
        banana=1,
    )
    assert [path for path, _ in found] == [
        "banana",
        "services[0].legacy.endpoints[0]",
        "services[0].release.stages[1]",
        "services[0].x",
        "services[1].ai.endpoints",
        "services[1].match",
        "services[1].name",
    ]


@pytest.mark.parametrize(
    ("listen", "endpoint"),
    [
        ("0.0.0.0:81", "http://127.0.0.1:81"),
        ("0.0.0.0:81", "http://127.0.0.2:81"),
        ("0.0.0.0:81", "http://[::1]:81"),
        ("[::]:81", "http://localhost:81"),
        ("[::]:81", "http://0.0.0.0:81"),
        ("127.0.0.1:81", "http://localhost:81"),
        ("127.0.0.1:80", "http://127.0.0.1"),
        ("10.0.0.1:81", "http://10.0.0.1:81"),
    ],
)
def test_an_endpoint_that_is_the_router_is_a_loop(listen: str, endpoint: str) -> None:
    ((path, statement),) = problems_of(
        service(ai={"endpoints": [endpoint]}), proxy={"listen": listen}
    )
    assert path == "services[0].ai.endpoints[0]"
    assert "is the router itself (proxy.listen)" in statement


@pytest.mark.parametrize(
    ("listen", "endpoint"),
    [
        ("0.0.0.0:81", "http://127.0.0.1:82"),
        ("0.0.0.0:81", "http://10.0.0.1:81"),
        ("127.0.0.1:81", "http://127.0.0.2:81"),
        ("127.0.0.1:81", "http://[::1]:81"),
        ("10.0.0.1:81", "http://127.0.0.1:81"),
        ("127.0.0.1:0", "http://127.0.0.1:81"),
    ],
)
def test_a_neighbour_of_the_router_is_no_loop(listen: str, endpoint: str) -> None:
    assert problems_of(service(ai={"endpoints": [endpoint]}), proxy={"listen": listen}) == []


def test_the_same_backend_may_serve_both_variants() -> None:
    assert problems_of(service(legacy=AI, ai=AI)) == []


def test_ports_that_the_system_chooses_do_not_clash() -> None:
    assert (
        problems_of(service(), proxy={"listen": "127.0.0.1:0"}, admin={"listen": "127.0.0.1:0"})
        == []
    )


@pytest.mark.parametrize(
    ("wider", "included"),
    [("0.0.0.0:81", "127.0.0.1:81"), ("[::]:81", "[::1]:81"), ("0.0.0.0:81", "10.0.0.1:81")],
)
def test_an_address_that_another_one_includes_is_listed_in_vain(wider: str, included: str) -> None:
    listen: Data = [included, wider]
    assert problems_of(service(), proxy={"listen": listen}) == [
        ("proxy.listen[0]", f"is included in {wider}, allowed is each address once")
    ]


@pytest.mark.parametrize(
    "listen",
    [
        ["0.0.0.0:81", "[::]:81"],
        ["0.0.0.0:81", "[::1]:81"],
        ["0.0.0.0:81", "127.0.0.1:82"],
        ["0.0.0.0:0", "127.0.0.1:0"],
        ["0.0.0.0:81", "unix:/run/gray.sock"],
    ],
)
def test_addresses_apart_may_be_listed_side_by_side(listen: Data) -> None:
    assert problems_of(service(), proxy={"listen": listen}) == []


def test_stages_that_rise_are_fine_however_small() -> None:
    stages: list[Data] = ["0.01%", "0.02%", 1, 1.01, {"percent": 100}]
    assert problems_of(service(release={"stages": stages})) == []


def test_stages_of_the_environment_are_compared_and_not_repeated() -> None:
    stages: Data = [{"percent": "${A}"}, {"percent": "${B}"}, "${B}"]
    problems = examined_in(
        {"A": "13.57%", "B": "2.46%"}, service(release={"stages": stages})
    ).problems
    assert [problem.statement for problem in problems] == [
        "saw a value that is not shown, allowed is a stage above the one before"
    ] * 2


@pytest.mark.parametrize("prefix", ["x-", "x-forwarded-", "content-", "X-Request-"])
def test_a_prefix_may_not_remove_others_headers(prefix: str) -> None:
    ((path, statement),) = problems_of(service(), proxy={"headers": {"prefix": prefix}})
    assert path == "proxy.headers.prefix"
    assert statement.startswith("would remove ")


def test_a_rule_with_empty_conditions_asks_for_nothing() -> None:
    rules: Data = [{"when": {"header": {}, "cidr": []}, "variant": "ai"}]
    assert [path for path, _ in problems_of(service(split={"rules": rules}))] == [
        "services[0].split.rules[0].when"
    ]


def test_a_socket_that_the_router_listens_on_is_a_loop() -> None:
    ((path, statement),) = problems_of(
        service(ai={"endpoints": ["unix:/run/x.sock"]}),
        proxy={"listen": ["0.0.0.0:81", "unix:/run/x.sock"]},
    )
    assert path == "services[0].ai.endpoints[0]"
    assert "is the router itself (proxy.listen[1])" in statement
    assert (
        problems_of(
            service(ai={"endpoints": ["unix:/run/y.sock", "http://localhost:82"]}),
            proxy={"listen": ["unix:/run/x.sock"]},
        )
        == []
    )


def test_an_address_for_operators_serves_nobody_else() -> None:
    assert problems_of(service(), admin={"listen": "127.0.0.1:81", "health": "0.0.0.0:81"}) == [
        ("admin.health", "is the same as admin.listen, allowed is its own address")
    ]
    assert problems_of(service(), admin={"health": "unix:/run/health.sock"}) == []


def test_an_endpoint_that_is_the_health_listener_is_a_loop() -> None:
    ((path, statement),) = problems_of(
        service(ai={"endpoints": ["http://127.0.0.1:9901"]}), admin={"health": "0.0.0.0:9901"}
    )
    assert path == "services[0].ai.endpoints[0]"
    assert "is the router itself (admin.health)" in statement


def test_where_replicas_are_let_in_is_an_address_of_its_own() -> None:
    replica: Data = {"listen": "0.0.0.0:81", "secret": "s" * 32}
    assert problems_of(service(), admin={"listen": "127.0.0.1:81"}, replica=replica) == [
        ("replica.listen", "is the same as admin.listen, allowed is its own address")
    ]
    ((path, statement),) = problems_of(
        service(ai={"endpoints": ["http://127.0.0.1:81"]}), replica=replica
    )
    assert path == "services[0].ai.endpoints[0]"
    assert "is the router itself (replica.listen)" in statement
