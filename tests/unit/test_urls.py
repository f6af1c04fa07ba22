"""Addresses: one key for one page."""

import pytest

from monitor.text.urls import canonical, host, host_key, key_of

PAGE = "https://example.org/news/ber"


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        "http://example.org/news/ber",
        "HTTPS://WWW.Example.ORG/news/ber/",
        "https://example.org:443/news/ber",
        "http://example.org:80/news/ber#top",
        "https://example.org/x/../news/ber",
        "https://user:pw@example.org/news/ber",
        "https://example.org/news/ber?utm_source=rss&utm_medium=x&fbclid=1&gclid=2&ref=home",
        "https://example.org/news/ber;jsessionid=AB12?PHPSESSID=3&sid=0123456789abcdef0",
        "https://m.example.org/news/ber",
        "https://mobile.example.org/news/ber",
        "https://amp.example.org/news/ber",
        "https://example.org/news/ber/amp/",
        "https://example.org/news/ber/amp",
        "https://example.org/amp/news/ber",
        "https://example.org/news/ber?amp=1",
        "https://example.org/news/ber?amp",
        "https://example.org/news/ber?outputType=amp",
        "https://example.org/news/ber.amp",
        "https://example-org.cdn.ampproject.org/c/s/example.org/news/ber",
        "https://www.google.com/amp/s/example.org/news/ber",
        " https://example.org/\nnews/ber ",
        "https://example.org//news//ber",
        "https://example.org./news/ber",
    ],
)
def test_the_ways_to_write_one_page_give_one_key(url: str) -> None:
    assert canonical(url) == PAGE


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://127.0.0.3:8080/page/ber?utm_source=rss&fbclid=x1", "https://127.0.0.3:8080/page/ber"),
        ("http://127.0.0.3:8080/page/ber/amp", "https://127.0.0.3:8080/page/ber"),
        ("https://example.org/?id=5&game=7&cid=9&sid=12", "https://example.org?cid=9&game=7&id=5&sid=12"),
        ("https://example.org/x.amp.html", "https://example.org/x.html"),
        ("https://example.org/go/https://example.net/x", "https://example.org/go/https://example.net/x"),
        ("https://cdn.ampproject.org/v/s/example.org", "https://example.org"),
        ("https://google.com/search?q=amp", "https://google.com/search?q=amp"),
        ("https://example.net/c/s/example.org/x", "https://example.net/c/s/example.org/x"),
        ("http://[::1]:8080/x/", "https://[::1]:8080/x"),
        ("https://xn--exmple-cua.org/x", "https://exämple.org/x"),
        ("https://example.org/campaign/amplify", "https://example.org/campaign/amplify"),
    ],
)
def test_what_makes_another_page_stays_in_the_key(url: str, key: str) -> None:
    assert canonical(url) == key


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://example.org/x",
        "javascript:alert(1)",
        "http://",
        "https://...",
        "http://[bad",
        "http://x:99999/",
        "https://example.org/" + "x" * 3000,
        "https://example.org/" + "ü" * 1000,
    ],
)
def test_what_is_no_usable_address_has_no_key(url: str) -> None:
    assert canonical(url) is None


def test_layers_without_end_are_given_up() -> None:
    assert canonical("https://cdn.ampproject.org" + "/c/s/cdn.ampproject.org" * 30 + "/c/s/example.org/x") is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.Example.org/x", "example.org"),
        ("https://m.example.co.uk", "example.co.uk"),
        ("https://www.com/", "www.com"),
        ("https://www.co.uk/", "www.co.uk"),
        ("http://127.0.0.3:8080/", "127.0.0.3"),
        ("http://[::1]/", "::1"),
        ("https://www.m.example.org", "example.org"),
        ("https://xn--a.org", "xn--a.org"),
        ("nothing", ""),
        ("http://[bad", ""),
    ],
)
def test_a_host_is_bare_but_never_only_a_top_level_domain(url: str, name: str) -> None:
    assert host(url) == name


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://Example.org/feed", "example.org"),
        ("http://example.org:80/", "example.org"),
        ("http://example.org:8080/", "example.org:8080"),
        ("https://example.org./", "example.org"),
        ("http://пример.рф/", "xn--e1afmkfd.xn--p1ai"),
        ("http://[::1]:81/", "::1:81"),
        ("/in/folder", ""),
        ("http://example.org:port/", ""),
        ("http://" + "ü" * 70 + ".org/", ""),
    ],
)
def test_a_server_has_one_key_whichever_way_it_is_written(url: str, key: str) -> None:
    assert host_key(url) == key


def test_an_address_without_a_canonical_form_is_told_by_itself() -> None:
    assert key_of("http://www.example.org/news/ber/") == PAGE
    unusable = "https://example.org/" + "ü" * 1000
    assert key_of(unusable) == unusable
