from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from router.model import BasisPoints
from router.settings.changes import Changes, changes
from router.settings.problems import Data
from router.settings.schema import Settings
from tests.support.certificates import Authority, Certificate
from tests.unit.settings.configs import AI, examined_at, service, settings_of

HALF = {"support": BasisPoints(5000)}
IDLE = {"support": BasisPoints(0)}


def after(
    running: Settings, wanted: Settings, shares: dict[str, BasisPoints], *, reshuffle: bool = False
) -> Changes:
    return changes(running, wanted, shares, reshuffle=reshuffle)


def test_the_same_config_changes_nothing() -> None:
    settings = settings_of()
    assert after(settings, settings_of(), HALF) == Changes(settings)


def test_services_come_change_and_go() -> None:
    running = settings_of(
        service("a", match={"paths": ["/a"]}),
        service("b", match={"paths": ["/b"]}),
        service("c", match={"paths": ["/c"]}),
    )
    wanted = settings_of(
        service("d", match={"paths": ["/d"]}),
        service("b", match={"paths": ["/b"]}, ai={**AI, "idle_timeout": "1s"}),
        service("a", match={"paths": ["/a"]}),
    )
    assert after(running, wanted, {}) == Changes(
        wanted, added=("d",), changed=("b",), removed=("c",)
    )


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"proxy": {"listen": "127.0.0.1:1"}}, "proxy.listen"),
        ({"proxy": {"workers": 2}}, "proxy.workers"),
        ({"proxy": {"tls": {"cert": "a", "key": "b"}}}, "proxy.tls"),
        ({"admin": {"listen": "127.0.0.1:1"}}, "admin.listen"),
        ({"admin": {"health": "127.0.0.1:1"}}, "admin.health"),
        ({"admin": {"tls": {"cert": "a", "key": "b"}}}, "admin.tls"),
        ({"store": {"url": "memory:"}}, "store.url"),
        ({"store": {"prefix": "other"}}, "store.prefix"),
        ({"store": {"max_lag": "1s"}}, "store.max_lag"),
        ({"replica": {"name": "r1"}}, "replica.name"),
        ({"replica": {"secret": "s" * 32}}, "replica.secret"),
        ({"replica": {"tls": {"cert": "a", "key": "b"}}}, "replica.tls"),
        ({"state_dir": "/var/lib/x"}, "state_dir"),
        ({"lease": "5s"}, "lease"),
        ({"records": {"key": "0123456789abcdef" * 4}}, "records.key"),
    ],
)
def test_what_needs_a_restart_keeps_its_running_value(sections: dict[str, Data], key: str) -> None:
    plain, special = settings_of(), settings_of(**sections)
    assert after(plain, special, {}) == Changes(plain, needs_restart=(key,))
    assert after(special, plain, {}) == Changes(special, needs_restart=(key,))


def test_all_about_copies_and_comparison_changes_at_once() -> None:
    wanted = settings_of(
        service(shadow={"send": "both"}, compare={"ignore": ["/id"], "record": "diff"}),
        records={"max_age": "7d", "detectors": []},
    )
    assert after(settings_of(), wanted, {}) == Changes(wanted, changed=("support",))


def test_a_former_key_opens_at_once_while_the_newest_waits_for_a_restart() -> None:
    old, new = "0123456789abcdef" * 4, "fedcba9876543210" * 4
    running = settings_of(records={"key": old})
    found = after(running, settings_of(records={"key": new, "former_keys": [old]}), {})
    assert found.needs_restart == ("records.key",)
    assert [key.hex() for key in found.settings.records.opening_keys] == [old]
    found = after(running, settings_of(records={"key": old, "former_keys": [new]}), {})
    assert found.needs_restart == ()
    assert [key.hex() for key in found.settings.records.opening_keys] == [old, new]


def test_what_can_be_applied_is_applied_beside_what_needs_a_restart() -> None:
    running = settings_of(proxy={"workers": 1, "drain_timeout": "1s"}, lease="3s")
    wanted = settings_of(
        service(ai={**AI, "slow_start": "0s"}),
        proxy={"workers": 2, "drain_timeout": "2s", "access_log": "all"},
        lease="4s",
    )
    found = after(running, wanted, HALF)
    assert found.needs_restart == ("proxy.workers", "lease")
    assert found.changed == ("support",)
    assert found.settings == settings_of(
        service(ai={**AI, "slow_start": "0s"}),
        proxy={"workers": 1, "drain_timeout": "2s", "access_log": "all"},
        lease="3s",
    )


TOKENS: Data = [{"name": "ana", "role": "admin", "sha256": "0" * 64}]
HOOKS: Data = [{"url": "https://chat.example.com/", "secret": "0123456789abcdef"}]


def test_who_may_command_and_who_is_told_change_at_once() -> None:
    running = settings_of()
    wanted = settings_of(
        service(release={"approvals": 2, "stream_drain": "1s"}),
        admin={
            "tokens": TOKENS,
            "identity": {"header": "x-user", "from": ["10.0.0.7"]},
            "webhooks": HOOKS,
        },
    )
    assert after(running, wanted, HALF) == Changes(wanted, changed=("support",))


def test_an_address_that_is_open_until_the_next_start_keeps_its_tokens() -> None:
    running = settings_of(admin={"listen": "0.0.0.0:9900", "tokens": TOKENS})
    wanted = settings_of(admin={"webhooks": HOOKS})
    found = after(running, wanted, {})
    assert found.needs_restart == ("admin.listen", "admin.tokens")
    assert found.settings.admin.tokens == running.admin.tokens
    assert found.settings.admin.webhooks == wanted.admin.webhooks


def test_other_authorities_of_operators_wait_for_a_restart(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own, other = authority.issue("DNS:a"), authority.issue("DNS:b")
    running, renewed = for_operators(tmp_path, own), for_operators(tmp_path, other)
    asking = for_operators(tmp_path, other, client_ca=own)
    assert after(running, renewed, {}) == Changes(renewed)
    assert after(running, asking, {}) == Changes(running, needs_restart=("admin.tls",))


def for_operators(folder: Path, own: Certificate, client_ca: Certificate | None = None) -> Settings:
    tls: dict[str, Data] = {"cert": str(own.certificate_path), "key": str(own.key_path)}
    if client_ca is not None:
        tls["client_ca"] = str(client_ca.certificate_path)
    settings = examined_at(folder, admin={"tls": tls}).settings
    assert settings is not None
    return settings


def test_of_what_replicas_agree_upon_only_the_certificate_changes_without_a_restart(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path)
    own, other = authority.issue("DNS:a"), authority.issue("DNS:b")
    running, renewed = among_others(tmp_path, own), among_others(tmp_path, other)
    asking = among_others(tmp_path, other, client_ca=own)
    assert after(running, renewed, {}) == Changes(renewed)
    assert after(running, asking, {}) == Changes(running, needs_restart=("replica.tls",))


def among_others(folder: Path, own: Certificate, client_ca: Certificate | None = None) -> Settings:
    tls: dict[str, Data] = {"cert": str(own.certificate_path), "key": str(own.key_path)}
    if client_ca is not None:
        tls["client_ca"] = str(client_ca.certificate_path)
    settings = examined_at(folder, replica={"tls": tls}).settings
    assert settings is not None
    return settings


def test_another_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    running = with_certificate(tmp_path, authority.issue("DNS:a"))
    wanted = with_certificate(tmp_path, authority.issue("DNS:b"))
    assert running != wanted
    assert after(running, wanted, HALF) == Changes(wanted)


def with_certificate(folder: Path, certificate: Certificate) -> Settings:
    (folder / "tls.crt").write_text(certificate.certificate)
    (folder / "tls.key").write_text(certificate.key)
    tls: Data = {"cert": "tls.crt", "key": "tls.key"}
    settings = examined_at(folder, proxy={"tls": tls}).settings
    assert settings is not None
    return settings


SPLITS: list[tuple[str, dict[str, Data]]] = [
    ("salt", {"salt": "other"}),
    ("key", {"key": "client_ip"}),
    ("cookie", {"cookie": {}}),
]


@pytest.mark.parametrize(("key", "split"), SPLITS)
def test_callers_who_are_being_divided_are_not_divided_anew(
    key: str, split: dict[str, Data]
) -> None:
    running = settings_of()
    wanted = settings_of(service(split=split), service("new", match={"paths": ["/n"]}), lease="3s")
    assert after(running, wanted, HALF) == Changes(
        running,
        refused=(
            (
                f"service support: split.{key} cannot change while AI's share is 50%, since "
                "callers would be divided anew: set the share to 0 first, or reload with "
                "--reshuffle"
            ),
        ),
    )


@pytest.mark.parametrize(("_key", "split"), SPLITS)
def test_an_idle_service_may_be_divided_in_another_way(_key: str, split: dict[str, Data]) -> None:
    running, wanted = settings_of(), settings_of(service(split=split))
    assert after(running, wanted, IDLE) == Changes(wanted, changed=("support",))
    assert after(running, wanted, {}) == Changes(wanted, changed=("support",))


def test_reshuffle_is_the_operators_word() -> None:
    running, wanted = settings_of(), settings_of(service(split={"salt": "other"}))
    found = after(running, wanted, HALF, reshuffle=True)
    assert found == Changes(wanted, changed=("support",))


def test_every_reason_for_a_refusal_is_told_at_once() -> None:
    split: dict[str, Data] = {"salt": "s", "key": "client_ip", "cookie": {}}
    running = settings_of(service(), service("b", match={"paths": ["/b"]}))
    wanted = settings_of(service(split=split), service("b", match={"paths": ["/b"]}, split=split))
    refused = after(running, wanted, {**HALF, "b": BasisPoints(1)}).refused
    assert [sentence.split(" cannot ")[0] for sentence in refused] == [
        "service support: split.salt",
        "service support: split.key",
        "service support: split.cookie",
        "service b: split.salt",
        "service b: split.key",
        "service b: split.cookie",
    ]


def test_the_salt_that_is_the_name_may_be_written_out() -> None:
    wanted = settings_of(service(split={"salt": "support"}))
    assert not after(settings_of(), wanted, HALF).refused


def test_a_new_service_and_one_that_goes_divide_nobody_anew() -> None:
    running = settings_of(service("a", split={"salt": "s"}))
    wanted = settings_of(service("b", split={"salt": "s"}))
    shares = {"a": BasisPoints(5000), "b": BasisPoints(5000)}
    assert after(running, wanted, shares) == Changes(wanted, added=("b",), removed=("a",))


# Laws...

NAMES = ("a", "b", "c")
SERVICES = st.builds(
    lambda names, idle, salts, keys: [
        service(
            name,
            match={"paths": [f"/{name}"]},
            ai={**AI, "idle_timeout": f"{idle}s"},
            split={"salt": salts[index], "key": keys[index]},
        )
        for index, name in enumerate(names)
    ],
    st.lists(st.sampled_from(NAMES), min_size=1, unique=True),
    st.integers(1, 2),
    st.lists(st.sampled_from(["s", "t"]), min_size=3, max_size=3),
    st.lists(st.sampled_from(["client_ip", "header:x"]), min_size=3, max_size=3),
)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "lease": st.sampled_from(["3s", "2s"]),
        "state_dir": st.sampled_from(["/a", "/b"]),
        "proxy": st.fixed_dictionaries(
            {},
            optional={
                "workers": st.sampled_from([1, 2]),
                "drain_timeout": st.sampled_from(["3s", "2s"]),
                "tls": st.just({"cert": "a", "key": "b"}),
            },
        ),
    },
)
CONFIGS = st.builds(
    lambda services, sections: settings_of(*services, **sections), SERVICES, SECTIONS
)
SHARES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 10_000).map(BasisPoints))


@given(CONFIGS, SHARES, st.booleans())
def test_law_no_change_is_no_change(
    running: Settings, shares: dict[str, BasisPoints], reshuffle: bool
) -> None:
    assert changes(running, running, shares, reshuffle=reshuffle) == Changes(running)


@given(CONFIGS, CONFIGS, SHARES, st.booleans())
def test_law_once_taken_over_only_the_restart_is_left(
    running: Settings, wanted: Settings, shares: dict[str, BasisPoints], reshuffle: bool
) -> None:
    first = changes(running, wanted, shares, reshuffle=reshuffle)
    again = changes(first.settings, wanted, shares, reshuffle=reshuffle)
    if first.refused:
        assert first.settings is running
        assert again == first
    else:
        assert again == Changes(first.settings, needs_restart=first.needs_restart)
        assert first.settings.services == wanted.services


@given(CONFIGS, CONFIGS, SHARES)
def test_law_reshuffle_refuses_nothing_and_idle_services_are_free(
    running: Settings, wanted: Settings, shares: dict[str, BasisPoints]
) -> None:
    forced = changes(running, wanted, shares, reshuffle=True)
    assert not forced.refused
    assert changes(running, wanted, {}, reshuffle=False) == forced


@given(CONFIGS, CONFIGS)
def test_law_every_service_is_counted_once(running: Settings, wanted: Settings) -> None:
    found = changes(running, wanted, {}, reshuffle=True)
    names = [*found.added, *found.changed, *found.removed]
    assert len(names) == len(set(names))
    assert {service.name for service in running.services} | set(found.added) == {
        service.name for service in wanted.services
    } | set(found.removed)


def test_how_comparers_share_their_work_waits_for_a_restart() -> None:
    def with_stream(stream: Data) -> Settings:
        store: Data = {"url": "redis://there"}
        records: Data = {"key": "0123456789abcdef" * 4}
        return settings_of(store=store, records=records, comparer={"stream": stream})

    plain, shared = with_stream(None), with_stream({"max_age": "5m"})
    assert after(plain, shared, {}) == Changes(plain, needs_restart=("comparer.stream",))
    assert after(shared, plain, {}) == Changes(shared, needs_restart=("comparer.stream",))
