"""The guard lets the web through and nothing else."""

import ipaddress
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
        "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://a.localhost/", "http://ip6-localhost/", "http://１２７．０．０．１/", "http://127｡0｡0｡1/",
        "http://0300.0250.0.1/", "http://017700000001/", "http://0xA9.0xFE.0xA9.0xFE/", "http://127.0.0.0x1/", "http://1.1/",
        "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://[::ffff:0:127.0.0.1]/", "http://[::1.2.3.4]/",
        "http://[::ffff:127.0.0.1%25lo]/", "http://[2606:4700::1%25eth0]/", "http://[64:ff9b:1::808:808]/", "http://[2001:1::1]/",
        "http://[fd00:ec2::254]/", "http://[100::1]/", "http://[3fff::1]/", "http://[5f00::1]/", "http://[ff0e::1]/",
        "http://0.1.2.3/", "http://127.255.255.254/", "http://172.31.255.255/", "http://192.168.0.1/", "http://198.18.0.1/",
        "http://192.0.2.1/", "http://198.51.100.1/", "http://203.0.113.1/", "http://192.88.99.1/", "http://240.0.0.1/",
        "http://127.0.0.1#@e.test/", "http://127.0.0.1?@e.test/",
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
        "http://@e.test/", "http://:@e.test/", "http://e.test;@f.test/", "http:e.test", "http:/e.test", "http:///e.test",
        "http:\\\\e.test/", "http://e.test:80:22/", "http://e.test:-1/", "http://[::1]:80:22/", "http://[::1]%00/", " http://e.test/",
        "http://e.test../", "http://.e.test/", "http://a.xn--/", "http://e%2etest/", "http://%31%32%37.0.0.1/",
        "http://e.test\uff0f127.0.0.1/", "http://127.0.0.1\uff1a80/", "http://127.0.0.1\u200b/", "http://loc\u00adalhost/",
        "http://[127.0.0.1]/", "http://[]@/", "http://256.1.1.1/", "jar:http://e.test!/x", "http+unix://%2Frun%2Fx.sock/",
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
        ("http://[2002:808:808::]/", "http://[2002:808:808::]/"),
        ("https://xn--80ak6aa92e.com/", "https://xn--80ak6aa92e.com/"),
        ("http://1.e_x.test/?u=a@b#c@d", "http://1.e_x.test/?u=a@b"),
    ],
)
def test_the_public_web_passes(url: str, checked: str) -> None:
    assert str(check_url(url, False)) == checked


def test_a_feed_that_may_go_private_may_use_any_port() -> None:
    assert check_url("http://127.0.0.1:9/", True).port == 9
    assert check_url("http://intranet:8000/", True).host == "intranet"


def test_private_does_not_mean_everything() -> None:
    for url in ("file:///etc/passwd", "http://u:p@127.0.0.1/", "http://0x7f000001/", "http://127.0.0.1%00/"):
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


@example(n=0xC0000009)  # 192.0.0.9, global to newer Pythons
@example(n=0xA83F8110)
@given(n=st.integers(0, 2**32 - 1))
def test_no_ipv4_address_passes_that_python_calls_special(n: int) -> None:
    _hold_against_python(ipaddress.IPv4Address(n))


@example(n=int(ipaddress.ip_address("2001:1::1")))
@given(
    n=st.integers(0, 2**128 - 1) | st.integers(0x2000 << 112, 0x4000 << 112) | st.integers(0x2001 << 112, 0x2003 << 112)
)
def test_no_ipv6_address_passes_that_python_calls_special(n: int) -> None:
    address = ipaddress.IPv6Address(n)
    if address.sixtofour is None and address.ipv4_mapped is None:
        _hold_against_python(address)


def _hold_against_python(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        with pytest.raises(BlockedAddressError):
            check_address(str(address))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0.0.0.0", "0.255.255.255"), ("10.0.0.0", "10.255.255.255"), ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"), ("168.63.129.16", "168.63.129.16"), ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"), ("192.0.0.0", "192.0.0.255"), ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"), ("224.0.0.0", "255.255.255.255"), ("2001::", "2001:1ff:ffff::"),
        ("2001:db8::", "2001:db8:ffff::"), ("::", "1fff:ffff::"), ("4000::", "ffff::"),
    ],
)  # fmt: skip
def test_a_closed_range_ends_where_it_ends(first: str, last: str) -> None:
    for ip in (first, last):
        with pytest.raises(BlockedAddressError):
            check_address(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "168.63.129.15", "168.63.129.17", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.20.0.0",
        "223.255.255.255", "2000::", "2001:200::", "2001:db7::", "2001:db9::", "3ffe::",
    ],
)  # fmt: skip
def test_beside_a_closed_range_is_the_open_web(ip: str) -> None:
    check_address(ip)


def test_every_hostile_address_is_refused_and_every_harmless_one_passes(shared: Path) -> None:
    """By its form, or by each address that its name leads to."""
    folder = shared / "hostile"
    samples = [s for s in json.loads((folder / "manifest.json").read_text())["samples"] if s["stage"] == "url"]
    assert {sample["class"] for sample in samples} == {"ssrf", "ssrfok"}
    for sample in samples:
        told = json.loads((folder / sample["file"]).read_text())
        assert _is_refused(told["url"], told["resolver"]) == (sample["class"] == "ssrf"), told["url"]


def _is_refused(url: str, names: dict[str, list[str]]) -> bool:
    try:
        host = check_url(url, False).host or ""
        for ip in names.get(host, names.get("*", [])):
            check_address(ip)
    except BlockedAddressError:
        return True
    return False


def test_what_is_shown_of_a_url_holds_no_secret() -> None:
    assert public_form("https://u:secret@e.test/feed?key=secret#secret") == "https://e.test/feed?…"
    assert "secret" not in public_form("data:secret")
    assert "secret" not in public_form("http://[]@/secret")


@pytest.mark.parametrize(
    "ip",
    [
        "169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fe80::1%eth0",
        "fd00:ec2::254", "224.0.0.1", "255.255.255.255", "ff02::1",
    ],
)  # fmt: skip
def test_what_no_feed_lives_at_is_refused_whatever_the_operator_allows(ip: str) -> None:
    """A redirect from a feed in the operator's own network must not fetch a cloud's secrets."""
    with pytest.raises(BlockedAddressError, match="nothing may reach"):
        check_address(ip, allow_private=True)
    if "%" not in ip:
        with pytest.raises(BlockedAddressError, match="nothing may reach"):
            check_url(f"http://[{ip}]/" if ":" in ip else f"http://{ip}/", True)


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "93.184.216.34"]
)
def test_private_addresses_are_free_where_the_operator_says_so(ip: str) -> None:
    check_address(ip, allow_private=True)
