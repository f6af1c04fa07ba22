"""Subscription lists are read, and nothing they point at is."""

import pytest

from monitor.errors import ParseError
from monitor.sources.opml import OpmlFeed, read_opml, write_opml


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


def test_what_is_written_reads_as_the_same() -> None:
    """An export is worth something only if an import gives the same feeds: names, addresses, outlets, their order."""
    feeds = (
        OpmlFeed(name="BBC World", url="https://a.test/?a=1&b=<2>&c=\"d'", title="BBC World", outlet="BBC & Co"),
        OpmlFeed(name="новости", url="http://b.test/f", title="новости"),
        OpmlFeed(name="a-b", url="https://c.test/", title="a-b", outlet="«Wire», Ltd"),
        OpmlFeed(name="A B", url="https://d.test/", title="A B"),
    )
    written = write_opml(feeds)
    assert read_opml(written) == feeds
    assert read_opml(write_opml(read_opml(written))) == feeds
    assert written.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<opml ")
    assert b' version="2.0"' in written


def test_what_cannot_stand_in_xml_is_left_out() -> None:
    (feed,) = read_opml(write_opml([OpmlFeed(name="a\x00b\ud800", url="https://a.test/", title="a\x0b", outlet=None)]))
    assert feed == OpmlFeed(name="ab", url="https://a.test/", title="a")


def test_an_empty_list_can_be_written() -> None:
    with pytest.raises(ParseError, match="lists no feed"):
        read_opml(write_opml([]))


@pytest.mark.parametrize("name", ["", " a", "a\nb", "x" * 101, "\u202e"])
def test_a_name_that_is_none_is_made_anew(name: str) -> None:
    """The list may come from anywhere, whatever it says of itself."""
    (feed,) = read_opml(
        b'<opml xmlns:m="urn:news-monitor:opml"><body><outline text="A B" xmlUrl="http://a.test/" m:name="'
        + name.encode().replace(b"\n", b"&#10;")
        + b'"/></body></opml>'
    )
    assert feed.name == "a-b"


def test_names_stay_apart_whoever_gave_them() -> None:
    found = read_opml(
        b"""<opml xmlns:m="urn:news-monitor:opml"><body><outline text="a" xmlUrl="http://a.test/"/>
        <outline text="x" xmlUrl="http://b.test/" m:name="a"/><outline text="..." xmlUrl="http://c.test/" m:name="a-2"/>
        <outline text="a" xmlUrl="http://d.test/"/><outline text="a" xmlUrl="..."/><outline text="?" xmlUrl="?"/>
        <outline text="!" xmlUrl="!"/></body></opml>"""
    )
    assert [feed.name for feed in found] == ["a", "x", "a-2", "a-3", "a-4", "feed", "feed-2"]
