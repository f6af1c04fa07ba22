"""Addresses: one key for one page."""

from base64 import urlsafe_b64encode

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


def google_news_id(url: str, *, said_length: int | None = None) -> str:
    """Return an id as Google News wrote it while it still held the address: a protocol buffer in base64."""
    data = url.encode()
    length = len(data) if said_length is None else said_length
    size = bytes([length]) if length < 128 else bytes([length % 128 + 128, length // 128])
    return urlsafe_b64encode(b'\x08\x13"' + size + data + b"\xd2\x01\x00").decode().rstrip("=")


LONG = f"https://example.org/{'ber-' * 50}opens"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (f"https://news.google.com/rss/articles/{google_news_id(PAGE)}", PAGE),
        (f"https://news.google.com/rss/articles/{google_news_id(PAGE)}?oc=5", PAGE),
        (f"https://news.google.com/__i/rss/rd/articles/{google_news_id(PAGE + '?utm_source=rss')}?oc=5", PAGE),
        (f"https://news.google.com/articles/{google_news_id('http://www.example.org/news/ber/')}?hl=en", PAGE),
        (f"https://news.google.com/read/{google_news_id(LONG)}", LONG),
        ("https://www.google.com/url?rct=j&sa=t&url=https://example.org/news/ber&ct=ga&usg=AO", PAGE),
        ("https://www.google.co.uk/url?q=http%3A%2F%2Fexample.org%2Fnews%2Fber%3Futm_source%3Dx&sa=D", PAGE),
        ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.org%2fnews%2fber&c=1", PAGE),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fnews%2Fber&h=AT0", PAGE),
        (f"https://www.google.com/url?q=https://news.google.com/articles/{google_news_id(PAGE)}", PAGE),
    ],
)
def test_a_redirect_that_names_its_page_has_the_key_of_the_page(url: str, key: str) -> None:
    assert canonical(url) == key


@pytest.mark.parametrize(
    "url",
    [
        f"https://news.google.com/rss/articles/{google_news_id('AU_yqLNb3NqY2Rl')}",  # the newer kind
        f"https://news.google.com/rss/articles/{google_news_id(PAGE, said_length=200)}",
        f"https://news.google.com/rss/articles/{google_news_id('javascript:alert(1)')}",
        "https://news.google.com/rss/articles/a",
        "https://news.google.com/topics/CBMi",
        "https://google.com/url?q=javascript%3Aalert%281%29",
        "https://google.com/url?sa=t",
        f"https://google.com/url?q=https%3A%2F%2Fexample.org%2F{'x' * 1900}{'%C3%BC' * 60}",
        f"https://google.com.example.net/url?q={PAGE.replace(':', '%3A').replace('/', '%2F')}",
        f"https://example.net/l.php?u={PAGE.replace(':', '%3A').replace('/', '%2F')}",
    ],
)
def test_a_redirect_that_names_no_page_of_the_web_keeps_a_key_of_its_own(url: str) -> None:
    key = canonical(url)
    assert key is None or host(key) == host(url)
    assert key != PAGE


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
        ("https://google.example.net/c/s/example.org/x", "https://google.example.net/c/s/example.org/x"),
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
