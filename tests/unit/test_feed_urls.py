"""Addresses of feeds: which an operator may write down, and how they are shown."""

import pytest

from monitor.cli.feed_show import without_user
from monitor.config.urls import url_fault
from monitor.sources.guard import check_url
from monitor.text.urls import MAX_URL_CHARS


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@feeds.example/rss", "https://feeds.example/rss"),
        ("https://user@pw@feeds.example:8443", "https://feeds.example:8443"),
        ("https://@feeds.example/", "https://feeds.example/"),
        ("https://feeds.example?mail=a@b.org", "https://feeds.example?mail=a@b.org"),
        ("https://feeds.example#a@b.org", "https://feeds.example#a@b.org"),
        ("https://user:pw@feeds.example?mail=a@b.org", "https://feeds.example?mail=a@b.org"),
        ("https://feeds.example/@author/rss?x=//y@z", "https://feeds.example/@author/rss?x=//y@z"),
        ("feeds.example/@author", "feeds.example/@author"),
    ],
)
def test_only_user_and_password_are_left_out_of_an_address(url: str, shown: str) -> None:
    assert without_user(url) == shown


def test_an_address_that_no_poll_would_ask_for_is_refused_where_it_is_written_down() -> None:
    longest = "https://feeds.example/".ljust(MAX_URL_CHARS, "x")
    assert url_fault(longest) is None
    assert str(check_url(longest, False)) == longest
    assert url_fault(longest + "x") == "a web address has no blanks and at most 2,048 characters"
