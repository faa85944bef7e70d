import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import examined_in, problems_of, service


@pytest.mark.parametrize(
    ("section", "path", "statement"),
    [
        ({"proxxy": {}}, "proxxy", "unknown key; did you mean proxy?"),
        ({"workers": 1}, "workers", "unknown key; did you mean proxy.workers?"),
        (
            {"endpoints": []},
            "endpoints",
            (
                "unknown key; did you mean services[].legacy.endpoints or "
                "services[].ai.endpoints or services[].shadow.endpoints?"
            ),
        ),
        (
            {"tls": {}},
            "tls",
            (
                "unknown key, allowed is proxy, admin, store, state_dir, replica, lease, records, "
                "comparer, services"
            ),
        ),
        ({"telemetri": {}}, "telemetri", "unknown key (telemetry is not yet supported)"),
        ({"telemetry": {}}, "telemetry", "not yet supported"),
        ({"proxy": []}, "proxy", "saw a list, allowed is a mapping"),
        (
            {"proxy": {"workers": "many"}},
            "proxy.workers",
            "saw 'many', allowed is auto or a whole number from 1 to 64",
        ),
        ({"proxy": {"listen": []}}, "proxy.listen", "saw a list, allowed is at least one"),
        (
            {"proxy": {"listen": {"port": 1}}},
            "proxy.listen",
            (
                "saw a mapping, allowed is an address such as 0.0.0.0:8080, [::]:8080 or "
                "unix:/run/gray-router.sock; or a list of such"
            ),
        ),
    ],
)
def test_a_refusal_says_what_was_seen_and_what_is_allowed(
    section: dict[str, Data], path: str, statement: str
) -> None:
    assert problems_of(service(), **section) == [(path, statement)]


def test_a_list_of_wrong_items_is_not_called_too_short() -> None:
    assert [path for path, _ in problems_of(service(ai={"endpoints": ["x", "y"]}))] == [
        "services[0].ai.endpoints[0]",
        "services[0].ai.endpoints[1]",
    ]


def test_a_wrong_key_of_a_mapping_is_shown_itself() -> None:
    ((path, statement),) = problems_of(service(match={"headers": {"a b": "c"}}))
    assert path == "services[0].match.headers['a b']"
    assert statement == (
        "saw 'a b' as the key, allowed is a header name such as x-user-id; did you mean a-b?"
    )


def test_a_value_of_the_environment_is_refused_without_a_suggestion() -> None:
    problem = examined_in({"TIME": "10sec"}, proxy={"drain_timeout": "${TIME}"}).problems[0]
    assert problem.statement == (
        "saw a value that is not shown, allowed is a duration such as 500ms, 30s or 0s"
    )
