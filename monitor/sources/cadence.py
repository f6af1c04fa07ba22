"""Cadence: when a feed is polled next, and what decided it.

In:  a feed with the operator's `every`, its state after a poll, the time.
Out: the moment of its next poll, and the reason in words.
Not here: claiming what is due (store/feeds.py), how a feed does (pipeline/health.py).

Three kinds of reasons meet. The operator's `every` is the pace; the feed's own rhythm makes it up to four times slower,
fresh matches up to twice as quick. What the host and the feed ask for (Retry-After, Cache-Control, Expires, ttl,
skipHours, skipDays) is never undercut, up to a day; but a ttl of more than a day is ignored: it is written in minutes,
and who comes to more than 1,440 wrote seconds. Failures make it slower, never silent.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from monitor.model.feed import Feed
from monitor.model.feed_state import FeedState, Rhythm

SLOWEST: Final = 4  # times `every`, for a feed that seldom brings anything
SHARE_OF_GAP: Final = 4  # polls within a feed's usual gap: what is new is then known after an eighth of it on average
LEAST_TIMES: Final = 4  # new things before a rhythm is believed
QUIET_AFTER: Final = timedelta(days=1)  # without anything new a feed may be polled more slowly, rhythm or not
QUICKEST: Final = timedelta(minutes=5)  # what `every` may be cut to while matches come
LONGEST_WAIT: Final = timedelta(hours=6)  # between polls of a feed that fails: slower, but never silent for good
GONE_AFTER: Final = timedelta(days=1)  # from the first 410 on: the word of one bad deployment is not believed
GONE_WAIT: Final = timedelta(days=1)  # then
LONGEST_WISH: Final = timedelta(days=1)  # what a host or feed may ask for
JITTER: Final = 0.1  # of the interval, onto it: feeds of one interval drift apart
SMOOTHING: Final = 0.25  # weight of the newest gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a feed is polled next."""

    at: datetime
    why: str


def next_turn(feed: Feed, state: FeedState, *, now: datetime) -> Turn:
    """Return when a feed is polled next. `state` is the one after the poll that ended `now`, with failures counted."""
    interval, why = _interval(feed, state, now)
    turn = Turn(at=now + interval * _spread(feed.name, state), why=why)
    for until, asked_by in _wishes(state, now):
        if until > turn.at:
            turn = Turn(at=until, why=asked_by)
    awake = _awake(state, turn.at)
    return turn if awake is None else Turn(at=awake, why="the feed says it sleeps until then (skipHours, skipDays)")


def phase(name: str, *, within: timedelta) -> timedelta:
    """Return a feed's own place within a stretch of time, the same at every start: a restart polls nobody in step."""
    return within * _fraction(name)


def after_news(rhythm: Rhythm, *, now: datetime) -> Rhythm:
    """Return the rhythm of a feed that just brought something new."""
    gap_s = rhythm.usual_gap_s
    if rhythm.new_at is not None and now > rhythm.new_at:
        newest_s = (now - rhythm.new_at).total_seconds()
        gap_s = newest_s if gap_s is None else gap_s + SMOOTHING * (newest_s - gap_s)
    return Rhythm(
        new_times=rhythm.new_times + 1,
        new_at=now,
        usual_gap_s=gap_s,
        posted=rhythm.posted | 1 << now.astimezone(UTC).hour | 1 << 24 + now.astimezone(UTC).weekday(),
        burst_until=rhythm.burst_until,
    )


def _interval(feed: Feed, state: FeedState, now: datetime) -> tuple[timedelta, str]:
    every, failures = feed.every, state.health.failures
    if state.health.gone_since is not None and now - state.health.gone_since >= GONE_AFTER:
        return max(GONE_WAIT, every), "its host says it is gone; it is asked once a day"
    if failures:
        wait = min(every * (1 << min(failures, 8)), max(LONGEST_WAIT, every))
        return wait, f"it failed {'once' if failures == 1 else f'{failures} times in a row'}"
    if state.rhythm.burst_until is not None and state.rhythm.burst_until > now and _is_cheap(state):
        return max(every / 2, min(every, QUICKEST)), "it brought alerts lately"
    slow = None if feed.folder else _slow_interval(state.rhythm, now)  # looking into a folder costs nobody anything
    if slow is not None and slow > every:
        return min(slow, every * SLOWEST), "it seldom brings anything new"
    return every, "every"


def _is_cheap(state: FeedState) -> bool:
    validators = state.memory.validators
    return validators.etag is not None or validators.last_modified is not None


def _slow_interval(rhythm: Rhythm, now: datetime) -> timedelta | None:
    """Return the interval that a feed's rhythm suggests, or None where it shows none yet."""
    quiet = now - rhythm.new_at if rhythm.new_at is not None else timedelta(0)
    if rhythm.new_times >= LEAST_TIMES and rhythm.usual_gap_s is not None:
        return max(timedelta(seconds=rhythm.usual_gap_s), quiet) / SHARE_OF_GAP
    return quiet / SHARE_OF_GAP if quiet > QUIET_AFTER else None


def _spread(name: str, state: FeedState) -> float:
    """Return what the interval is multiplied by: 1 to 1.1, and half to all of it after a feed's very first poll."""
    if state.polls == 1 and not state.health.failures:
        return 0.5 + _fraction(name) / 2
    return 1 + JITTER * _fraction(f"{name}\0{state.polls}\0{state.health.failures}")


def _wishes(state: FeedState, now: datetime) -> list[tuple[datetime, str]]:
    """Return until when host and feed want to be left alone, each with its reason; none is more than a day ahead."""
    found: list[tuple[datetime, str]] = []
    if state.fresh_until is not None:
        found.append((state.fresh_until, "its host says so (Cache-Control or Expires)"))
    ttl_s = state.hints.ttl_s
    if ttl_s is not None and 0 < ttl_s <= LONGEST_WISH.total_seconds() and not state.health.failures:
        found.append((now + timedelta(seconds=ttl_s), "the feed says so (ttl)"))
    if state.hold_until is not None:
        found.append((state.hold_until, "its host asked for a pause (Retry-After)"))
    latest = now + LONGEST_WISH
    return [(min(until, latest), why) for until, why in found]


def _awake(state: FeedState, at: datetime) -> datetime | None:
    """Return the end of the hours and days that a feed says it skips, where `at` lies in them and they are true.

    Hours or days in which something new came before are not believed.
    """
    hours, days = state.hints.skip_hours, state.hints.skip_days
    if not (hours or days):
        return None
    posted = state.rhythm.posted
    if any(posted >> hour & 1 for hour in hours) or any(posted >> 24 + day & 1 for day in days):
        return None
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for ahead in range(25):
        hour = start + timedelta(hours=ahead)
        if hour.hour not in hours and hour.weekday() not in days:
            return hour if ahead else None
    return start + timedelta(hours=24)


def _fraction(text: str) -> float:
    """Return a number in [0, 1) that belongs to a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=6).digest()) / (1 << 48)
