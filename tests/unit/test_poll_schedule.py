"""When a feed is polled next."""

from datetime import UTC, datetime, timedelta

from monitor.model.feed import Feed
from monitor.pipeline.poll import JITTER, LONGEST_WAIT, next_poll

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
FEED = Feed(name="wire", url="https://example.org/feed", every=timedelta(minutes=15))


def waits(feed: Feed, failures: int) -> timedelta:
    return next_poll(feed, failures=failures, now=NOW) - NOW


def test_a_feed_that_works_is_polled_at_its_interval_a_little_shifted() -> None:
    """The shift follows from the name: the same after every restart, another for every feed."""
    assert abs(waits(FEED, 0) - FEED.every) <= JITTER * FEED.every
    assert waits(FEED, 0) == waits(FEED, 0)
    other = Feed(name="gazette", url="https://example.org/other", every=FEED.every)
    assert waits(other, 0) != waits(FEED, 0)


def test_a_feed_that_fails_is_asked_less_and_less_but_never_given_up() -> None:
    found = [waits(FEED, failures) for failures in range(12)]
    assert found == sorted(found)
    assert found[1] > 1.7 * FEED.every
    assert found[-1] <= LONGEST_WAIT * (1 + JITTER)


def test_a_feed_that_is_polled_rarely_is_not_polled_more_often_for_failing() -> None:
    rare = Feed(name="weekly", url="https://example.org/weekly", every=timedelta(days=7))
    assert waits(rare, 5) >= rare.every * (1 - JITTER)
