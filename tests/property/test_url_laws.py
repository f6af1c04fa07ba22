"""Laws of addresses: never an error, and twice equals once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import urls
from monitor.text.urls import canonical, host

PIECES = st.lists(
    st.sampled_from(
        [
            "www.",
            "m.",
            "amp.",
            "example",
            ".org",
            ".co",
            ".uk",
            "/",
            "//",
            "amp",
            ".amp",
            ".html",
            "?",
            "&",
            "=",
            "id",
            "utm_x",
            "#",
            ":",
            "80",
            "8080",
            "%",
            "%2F",
            "%41",
            "é",
            " ",
            "..",
            "/../",
            ";jsessionid=1",
            "@",
            "[",
            "]",
            "(",
            "~",
            "+",
            "https://",
            "cdn.ampproject.org/c/s/",
            "google.com/amp/s/",
            "google.com/url?q=",
            "bing.com/news/apiclick.aspx?url=",
            "l.facebook.com/l.php?u=",
            "news.google.com/rss/articles/",
            "CBMiHGh0dHBzOi8vZXhhbXBsZS5vcmcvbmV3cy9iZXLSAQA",
            "CBMi",
            "xn--",
            "a",
            "\u200b",
            "\\",
        ]
    ),
    max_size=12,
).map("".join)
URLS = PIECES.map(lambda rest: "https://" + rest) | PIECES.map(lambda rest: "http://example.org/" + rest) | st.text()


@given(URLS)
def test_a_key_is_its_own_key(url: str) -> None:
    key = canonical(url)
    assert key is None or canonical(key) == key


@given(URLS)
def test_a_key_is_a_bare_https_address_of_bounded_length(url: str) -> None:
    key = canonical(url)
    assert key is None or (key.startswith("https://") and "#" not in key and len(key) <= 2048)


@given(URLS | st.text())
def test_a_host_is_always_a_string(url: str) -> None:
    assert host(url) == host(url).lower()


PLAIN = st.lists(
    st.sampled_from(
        [
            "www.", "www1.", "m.", "mobile.", "amp.", "a", "b-c", "12", "xn--", "-", ".", "_", "~", "example", ".org",
            ".co.uk", "google.com", "cdn.ampproject.org", "/", "//", "/amp", "/amp/s/", "/c/", ".amp.html", ".html",
            "news.google.com", "/rss/articles/", "CBMi", "/url",
        ]
    ),
    max_size=8,
).map(lambda pieces: "https://" + "".join(pieces))  # fmt: skip


@given(PLAIN)
def test_what_is_its_own_key_at_first_sight_is_so_at_the_second(url: str) -> None:
    if urls._is_plain(url):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(urls, "_is_plain", lambda _: False)
            assert canonical(url) == url
