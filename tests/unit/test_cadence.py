"""When a feed is polled next, and what decided it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.model.feed import Feed, FeedMemory, Hints, Validators
from monitor.model.feed_state import FeedState, Health, Rhythm
from monitor.sources.cadence import (
    GONE_WAIT,
    JITTER,
    LONGEST_WAIT,
    LONGEST_WISH,
    SLOWEST,
    after_news,
    next_turn,
    phase,
)

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)  # a Thursday
EVERY = timedelta(minutes=15)
FEED = Feed(name="wire", url="https://example.org/feed", every=EVERY)
STATE = FeedState(name="wire", polls=7, next_at=NOW, memory=FeedMemory(validators=Validators(etag='"1"')))


def waits(state: FeedState = STATE, feed: Feed = FEED) -> timedelta:
    return next_turn(feed, state, now=NOW).at - NOW


def failing(times: int) -> FeedState:
    return replace(STATE, health=Health(failures=times))


def test_a_feed_that_works_is_polled_at_its_interval_or_a_little_later() -> None:
    """The shift follows from the name: the same after every restart, another for every feed and poll."""
    assert EVERY <= waits() <= EVERY * (1 + JITTER)
    assert waits() == waits()
    assert waits(feed=replace(FEED, name="gazette")) != waits() != waits(replace(STATE, polls=8))


def test_feeds_that_were_first_polled_together_drift_apart_at_once() -> None:
    first = [waits(replace(STATE, polls=1), replace(FEED, name=str(n))) for n in range(50)]
    assert min(first) >= EVERY / 2
    assert max(first) <= EVERY
    assert max(first) - min(first) > EVERY / 4


def test_a_feed_that_fails_is_asked_less_and_less_but_never_given_up() -> None:
    found = [waits(failing(times)) for times in range(12)]
    assert all(later >= earlier * 0.9 for earlier, later in pairwise(found))
    assert found[1] > 1.7 * EVERY
    assert found[-1] <= LONGEST_WAIT * (1 + JITTER)


def test_a_feed_that_is_polled_rarely_is_not_polled_more_often_for_failing() -> None:
    assert waits(failing(5), replace(FEED, every=timedelta(days=7))) >= timedelta(days=7)


def test_a_feed_that_has_been_gone_for_a_day_is_asked_once_a_day() -> None:
    gone = Health(failures=2, gone_since=NOW - timedelta(days=1))
    assert GONE_WAIT <= waits(replace(STATE, health=gone)) <= GONE_WAIT * (1 + JITTER)
    assert waits(replace(STATE, health=replace(gone, gone_since=NOW))) < timedelta(hours=2)


@pytest.mark.parametrize(
    ("gap", "slower"), [(timedelta(minutes=10), 1), (timedelta(hours=2), 2), (timedelta(days=2), SLOWEST)]
)
def test_a_feed_that_seldom_brings_anything_is_polled_up_to_four_times_more_slowly(
    gap: timedelta, slower: float
) -> None:
    rhythm = Rhythm(new_times=9, new_at=NOW, usual_gap_s=gap.total_seconds())
    assert EVERY * slower <= waits(replace(STATE, rhythm=rhythm)) <= EVERY * slower * (1 + JITTER)


def test_a_rhythm_is_believed_only_after_some_gaps() -> None:
    rhythm = Rhythm(new_times=2, new_at=NOW - timedelta(hours=5), usual_gap_s=90_000)
    assert waits(replace(STATE, rhythm=rhythm)) < EVERY * 1.2


def test_a_feed_that_fell_silent_is_polled_more_slowly_even_without_a_rhythm() -> None:
    rhythm = Rhythm(new_times=1, new_at=NOW - timedelta(days=3))
    assert waits(replace(STATE, rhythm=rhythm)) >= EVERY * SLOWEST


def test_a_folder_is_never_looked_into_more_slowly() -> None:
    rhythm = Rhythm(new_times=1, new_at=NOW - timedelta(days=3))
    assert waits(replace(STATE, rhythm=rhythm), Feed(name="inbox", folder="/in", every=EVERY)) < EVERY * 1.2


def test_alerts_make_a_feed_quicker_where_asking_costs_its_host_little() -> None:
    burst = replace(STATE, rhythm=Rhythm(burst_until=NOW + timedelta(hours=1)))
    assert timedelta(minutes=7.5) <= waits(burst) <= timedelta(minutes=8.5)
    assert waits(replace(burst, memory=FeedMemory())) >= EVERY
    assert waits(replace(burst, rhythm=Rhythm(burst_until=NOW))) >= EVERY
    assert waits(burst, replace(FEED, every=timedelta(minutes=3))) >= timedelta(minutes=3)


@pytest.mark.parametrize("asked", [timedelta(minutes=40), timedelta(hours=24)])
def test_what_host_and_feed_ask_for_is_never_undercut(asked: timedelta) -> None:
    assert waits(replace(STATE, fresh_until=NOW + asked)) == asked
    assert waits(replace(STATE, hold_until=NOW + asked)) == asked
    assert waits(replace(STATE, hints=Hints(ttl_s=int(asked.total_seconds())))) == asked


def test_the_longest_wish_counts_and_none_is_longer_than_a_day() -> None:
    state = replace(STATE, fresh_until=NOW + timedelta(hours=2), hints=Hints(ttl_s=3 * 3600))
    assert waits(state) == timedelta(hours=3)
    assert waits(replace(STATE, hold_until=NOW + timedelta(days=30))) == LONGEST_WISH
    assert waits(replace(STATE, hints=Hints(ttl_s=10**9))) < 2 * EVERY
    assert waits(replace(STATE, hints=Hints(ttl_s=0))) < 2 * EVERY


def test_a_wish_shorter_than_the_interval_makes_no_difference() -> None:
    assert waits(replace(STATE, fresh_until=NOW + timedelta(minutes=1))) == waits()


def test_the_reason_is_told_in_words() -> None:
    assert next_turn(FEED, STATE, now=NOW).why == "every"
    assert "Retry-After" in next_turn(FEED, replace(STATE, hold_until=NOW + timedelta(hours=9)), now=NOW).why
    assert "3 times" in next_turn(FEED, failing(3), now=NOW).why
    assert "once" in next_turn(FEED, failing(1), now=NOW).why


def test_hours_and_days_that_a_feed_skips_are_skipped() -> None:
    asleep = replace(STATE, hints=Hints(skip_hours=frozenset({12, 13, 14})))
    assert waits(asleep) == timedelta(hours=3)
    weekend = replace(STATE, hints=Hints(skip_days=frozenset({3})))
    assert waits(weekend) == timedelta(hours=12)


def test_skipped_hours_are_not_believed_where_something_new_came_in_them() -> None:
    hints = Hints(skip_hours=frozenset({12}), skip_days=frozenset())
    assert waits(replace(STATE, hints=hints, rhythm=Rhythm(posted=1 << 12))) < 2 * EVERY
    thursday = Hints(skip_days=frozenset({3}))
    assert waits(replace(STATE, hints=thursday, rhythm=Rhythm(posted=1 << 27))) < 2 * EVERY


def test_a_feed_that_skips_every_hour_is_polled_once_a_day() -> None:
    assert waits(replace(STATE, hints=Hints(skip_hours=frozenset(range(24))))) == timedelta(hours=24)


def test_the_usual_gap_follows_what_comes() -> None:
    rhythm = after_news(Rhythm(), now=NOW)
    assert rhythm == Rhythm(new_times=1, new_at=NOW, posted=1 << 12 | 1 << 27)
    second = after_news(rhythm, now=NOW + timedelta(hours=1))
    assert second.usual_gap_s == 3600
    third = after_news(second, now=NOW + timedelta(hours=4))
    assert third.usual_gap_s == 3600 + 0.25 * 7200
    assert third.new_times == 3


def test_a_feeds_place_in_a_stretch_of_time_is_its_own_and_stays() -> None:
    places = [phase(str(n), within=EVERY) for n in range(200)]
    assert all(timedelta(0) <= place < EVERY for place in places)
    assert places == [phase(str(n), within=EVERY) for n in range(200)]
    assert sum(place < EVERY / 2 for place in places) in range(70, 131)
