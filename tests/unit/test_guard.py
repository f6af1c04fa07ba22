"""The guard lets the web through and nothing else."""

import pytest

from monitor.errors import BlockedAddressError
from monitor.sources.guard import check_address, check_url, public_form


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://0/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://127.0.0.1./", "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://１２７.0.0.1/",
        "http://[::1]/", "http://[::]/", "http://[::ffff:10.0.0.1]/", "http://[::127.0.0.1]/", "http://[fe80::1%25e]/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[2001:0:1::1]/", "http://[fec0::1]/",
        "http://10.0.0.1/", "http://100.100.100.200/", "http://169.254.169.254/", "http://192.0.0.192/",
        "http://224.0.0.1/", "http://255.255.255.255/", "http://168.63.129.16/",
        "http://localhost/", "http://localhost./", "http://LOCALHOST.localdomain/", "http://printer/", "http://a.internal/",
    ],
)  # fmt: skip
def test_a_private_address_is_refused_however_it_is_written(url: str) -> None:
    with pytest.raises(BlockedAddressError):
        check_url(url, False)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://e.test/", "javascript:alert(1)", "data:text/xml,<rss/>", "http://", "http:///x",
        "//e.test/", "e.test/", "", "http://[::1", "http://e.test:99999/", "http://e.test:0/", "http://e.test:22/",
        "http://u:p@e.test/", "http://e.test@127.0.0.1/", "http://e.test\\@127.0.0.1/", "http://e.test/\r\nHost: x",
        "http://a..test/", "http://-a.test/", "http://xn--/", "http://" + "a" * 64 + ".test/",
        "http://e.test/" + "a" * 2_048, "http://" + ".".join("a" * 130) + ".test/", "http://e.test%00.x/",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(BlockedAddressError) as refused:
        check_url(url, False)
    assert not refused.value.transient


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://e.test/feed.xml?a=b&c=%20d#part", "https://e.test/feed.xml?a=b&c=%20d"),
        ("https://e.test:8443/f", "https://e.test:8443/f"),
        ("HTTP://EXAMPLE.org./a", "http://example.org/a"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700::1]/", "http://[2606:4700::1]/"),
        ("http://[64:ff9b::808:808]/", "http://[64:ff9b::808:808]/"),
    ],
)
def test_the_public_web_passes(url: str, checked: str) -> None:
    assert str(check_url(url, False)) == checked


def test_a_feed_that_may_go_private_may_use_any_port() -> None:
    assert check_url("http://127.0.0.1:9/", True).port == 9
    assert check_url("http://intranet:8000/", True).host == "intranet"


def test_private_does_not_mean_everything() -> None:
    for url in ("file:///etc/passwd", "http://u:p@127.0.0.1/", "http://0x7f000001/"):
        with pytest.raises(BlockedAddressError):
            check_url(url, True)


@pytest.mark.parametrize("ip", ["8.8.8.8", "93.184.216.34", "2606:4700::1", "::ffff:8.8.8.8"])
def test_a_public_address_passes(ip: str) -> None:
    check_address(ip)


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "::ffff:127.0.0.1", "fe80::1%eth0", "0.0.0.0", "64:ff9b::a00:1", "nonsense"]
)
def test_a_private_address_does_not(ip: str) -> None:
    with pytest.raises(BlockedAddressError):
        check_address(ip)


def test_what_is_shown_of_a_url_holds_no_secret() -> None:
    assert public_form("https://u:secret@e.test/feed?key=secret#secret") == "https://e.test/feed?…"
    assert "secret" not in public_form("data:secret")
