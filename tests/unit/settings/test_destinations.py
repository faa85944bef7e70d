import pytest

from router.settings.destinations import host_of, is_inward, read_webhook_url
from router.settings.problems import NotAllowedError


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://chat.example.com/hook?x=1", "chat.example.com"),
        ("http://10.0.0.5:8065/hooks/a", "10.0.0.5"),
        ("https://[2001:db8::1]:8443", "2001:db8::1"),
        ("http://[::1]/", "::1"),
    ],
)
def test_a_webhook_is_a_url(url: str, host: str) -> None:
    assert read_webhook_url(url) == url
    assert host_of(url) == host


@pytest.mark.parametrize(
    "value",
    [
        "",
        7,
        "chat.example.com",
        "ftp://a/b",
        "HTTPS//a",
        "https://user:word@a/b",
        "https://a/b#c",
        "https://a b/",
        "https://a/\n",
        "https://é/",
        "https://",
        "https://a:0/",
        "https://[::1",
        "https://10.0.0.256/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://0X7f.1/",
        "https://10.0x7f/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_such_url_is_refused(value: object) -> None:
    with pytest.raises(NotAllowedError):
        read_webhook_url(value)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "0.0.0.0",  # noqa: S104 - nothing is bound here
        "::",
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",  # NAT64
        "2002:a9fe:a9fe::1",  # 6to4
        "224.0.0.1",
        "ff02::1",
        "fd00:ec2::254",
        "100.100.100.200",
    ],
)
def test_this_machine_its_link_and_the_clouds_word_about_it_are_inward(host: str) -> None:
    assert is_inward(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "10.0.0.5",
        "192.168.1.1",
        "8.8.8.8",
        "2001:db8::1",
        "fd00::1",
        "64:ff9b::808:808",
        "",
    ],
)
def test_other_machines_are_not(host: str) -> None:
    assert not is_inward(host)
