"""Subscription lists are read, and nothing they point at is."""

import pytest

from monitor.errors import ParseError
from monitor.sources.opml import OpmlFeed, read_opml


def test_folders_are_flattened_and_each_feed_comes_once() -> None:
    found = read_opml(
        b"""\xef\xbb\xbf<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
        <outline text="Africa"><outline type="rss" text="Mali News" xmlUrl="http://a.test/feed"/>
        <outline title="Mali  News" xmlUrl="http://b.test/feed"/></outline>
        <outline text="again" xmlUrl="http://a.test/feed"/><outline text="no url"/>
        <outline text="" xmlURL="https://c.test/f?x=1&amp;y=2"/></body></opml>"""
    )
    assert found == (
        OpmlFeed(name="mali-news", url="http://a.test/feed", title="Mali News"),
        OpmlFeed(name="mali-news-2", url="http://b.test/feed", title="Mali News"),
        OpmlFeed(name="https-c-test-f-x-1-y-2", url="https://c.test/f?x=1&y=2", title="https://c.test/f?x=1&y=2"),
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not OPML"),
        (b"feeds:", "not OPML"),
        (b"<rss/>", "not OPML"),
        (b"<opml><body/></opml>", "lists no feed"),
        (b'<!DOCTYPE o [<!ENTITY a "b">]><opml>&a;</opml>', "entities"),
    ],
)
def test_nonsense_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read_opml(data)


def test_a_broken_tail_leaves_the_feeds_before_it() -> None:
    assert [feed.name for feed in read_opml(b'<opml><body><outline text="a" xmlUrl="http://a.test/"/><outl')] == ["a"]
