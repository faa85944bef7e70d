import logging
from pathlib import Path

import pytest

from router.control.certificates import Renewed
from router.control.reload_report import (
    Cause,
    Report,
    Standing,
    tell_refusal,
    tell_report,
    tell_warnings,
)
from router.errors import ConfigRefusedError
from router.settings.problems import Problem
from tests.support.background import events


def test_a_reload_is_told_with_what_it_changed() -> None:
    report = Report("abc", is_changed=True, added=("a",), changed=("b",))
    with events() as told:
        tell_report(report, Cause.FILE)
    (event,) = told
    assert event == (
        "config_reloaded",
        {
            "because": "file",
            "config_hash": "abc",
            "added": ("a",),
            "changed": ("b",),
            "removed": (),
        },
    )


def test_each_certificate_is_told_by_itself_and_so_is_what_needs_a_restart() -> None:
    certificates = (Renewed("proxy.tls.cert", "CN=a", "2026-12-01T00:00:00.000Z"), Renewed("x.ca"))
    report = Report("abc", is_changed=True, certificates=certificates, needs_restart=("lease",))
    with events() as told:
        tell_report(report, Cause.FILE)
    assert told[1:] == [
        (
            "certificates_reloaded",
            {"place": "proxy.tls.cert", "subject": "CN=a", "expires": "2026-12-01T00:00:00.000Z"},
        ),
        ("certificates_reloaded", {"place": "x.ca", "subject": "", "expires": None}),
        ("config_needs_restart", {"keys": ("lease",)}),
    ]


def test_nothing_to_do_is_told_as_well() -> None:
    with events() as told:
        tell_report(Report("abc", is_changed=False), Cause.SIGNAL)
    assert told == [("config_unchanged", {"because": "signal", "config_hash": "abc"})]


def test_each_warning_is_told_with_its_place() -> None:
    with events() as told:
        tell_warnings(Path("a.yaml"), [Problem(7, "services[0].split", "is not sticky")])
    assert told == [
        (
            "config_warning",
            {
                "config": "a.yaml",
                "line": 7,
                "path": "services[0].split",
                "text": "is not sticky",
            },
        )
    ]


def test_a_refusal_is_an_error_with_every_problem(caplog: pytest.LogCaptureFixture) -> None:
    with events() as told:
        tell_refusal(ConfigRefusedError("wrong", ("one", "two")), Cause.API)
    assert told == [
        ("config_refused", {"because": "api", "reason": "wrong", "problems": ("one", "two")})
    ]
    assert caplog.records[-1].levelno == logging.ERROR


def test_a_file_is_refused_while_it_is_known_since_when() -> None:
    assert not Standing("abc", 0).is_refused
    assert Standing("abc", 0, refused_since=0.0).is_refused
