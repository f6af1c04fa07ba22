"""A listed entry gets an identity, and what its source has worked out is not worked out again."""

from datetime import UTC, datetime

from monitor.model.feed import Feed, FeedEntry
from monitor.pipeline.listing import entry_of

NOW = datetime(2023, 6, 19, 12, tzinfo=UTC)
FEED = Feed(name="wire", url="https://www.feeds.example/rss")


def test_the_key_and_the_host_come_with_what_is_listed() -> None:
    """A stranger's address may take milliseconds, which everything else would wait for."""
    listed = FeedEntry(guid="1", title="T", url="https://a.example/1", url_key="worked out", host="elsewhere")
    entry = entry_of(FEED, listed, now=NOW)
    assert (entry.url_key, entry.host, entry.outlet) == ("worked out", "elsewhere", "elsewhere")


def test_what_a_file_brings_is_worked_out_here() -> None:
    entry = entry_of(FEED, FeedEntry(guid="1", title="T", url="http://www.a.example/1/"), now=NOW)
    assert (entry.url_key, entry.host) == ("https://a.example/1", "a.example")
    bare = entry_of(FEED, FeedEntry(guid="1", title="T"), now=NOW)
    assert (bare.url_key, bare.host) == (None, "feeds.example")
