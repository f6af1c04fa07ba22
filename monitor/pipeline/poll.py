"""Poll: from due feeds to entries.

In:  feeds whose time has come.
Out: entries, stored with the validators they came with, in one transaction a feed; notices of sources' health.
Not here: fetching and parsing (sources/), reading pages (read.py).
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from monitor.errors import FetchError, ParseError, SourceError
from monitor.model.article import Entry
from monitor.model.feed import Feed, FeedEntry, FirstPoll, Notice, NotModified, ParsedFeed, SourceState
from monitor.model.ids import make_id
from monitor.pipeline.desk import Desk
from monitor.store import entries, feeds
from monitor.store.engine import Tx
from monitor.store.feeds import DuePoll
from monitor.text.urls import canonical, host

DOWN_AFTER: Final = 3  # failures in a row: one lost poll is no news
LONGEST_WAIT: Final = timedelta(hours=6)  # between polls of a feed that fails: slower, but never silent for good
JITTER: Final = 0.1  # of the interval, by the feed's name: a restart polls nobody in step

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll came to."""

    feed: str
    added: int = 0
    error: str | None = None
    problems: tuple[str, ...] = ()
    notice: Notice | None = None


async def poll_due(desk: Desk, *, everything: bool = False) -> tuple[PollResult, ...]:
    """Poll every feed whose time has come, all at once (one request a host); with `everything`, every feed."""
    due = await claim_due(desk, everything=everything)
    return tuple(await asyncio.gather(*(poll(desk, one) for one in due)))


async def claim_due(desk: Desk, *, everything: bool = False) -> tuple[DuePoll, ...]:
    """Claim every feed whose time has come; with `everything`, every feed."""
    now = desk.now()
    return await desk.store.write(lambda tx: feeds.claim_due(tx, now=now, lease=desk.lease, everything=everything))


async def poll(desk: Desk, due: DuePoll) -> PollResult:
    """Poll one claimed feed and store what it lists."""
    feed = desk.feeds[due.name]
    try:
        polled = await desk.source.poll(feed, due.validators)
    except SourceError as exc:
        return await _failed(desk, feed, due, exc)
    except Exception as exc:  # the worker loop's wall: a fault of ours in one feed is that feed's failure
        log.exception("poll_failed", feed=feed.name)
        return await _failed(desk, feed, due, ParseError(f"unforeseen {type(exc).__name__}: {exc}"))
    now = desk.now()
    following = next_poll(feed, failures=0, now=now)
    parsed = ParsedFeed(entries=(), validators=polled.validators) if isinstance(polled, NotModified) else polled
    learns = due.is_first and feed.first_poll is FirstPoll.LEARN
    listed = tuple(entry_of(feed, each, now=now, is_first_poll=learns) for each in parsed.entries)

    def finish(tx: Tx) -> tuple[int, bool]:
        added = entries.add(tx, listed)
        return len(added), feeds.finish(tx, due, parsed.validators, now=now, next_at=following)

    added, was_down = await desk.store.write(finish)
    log.debug("feed_polled", feed=feed.name, listed=len(listed), added=added, problems=len(parsed.problems))
    notice = Notice(feed=feed.name, state=SourceState.BACK, reason="answers again") if was_down else None
    return PollResult(feed=feed.name, added=added, problems=parsed.problems, notice=notice)


async def _failed(desk: Desk, feed: Feed, due: DuePoll, exc: SourceError) -> PollResult:
    now = desk.now()
    pause_s = exc.retry_after_s if isinstance(exc, FetchError) else None
    hold = None if pause_s is None else now + timedelta(seconds=pause_s)
    following = max(next_poll(feed, failures=due.failures + 1, now=now), hold or now)
    error = str(exc)
    is_down = await desk.store.write(
        lambda tx: feeds.fail(tx, due, error, down_after=DOWN_AFTER, now=now, next_at=following, hold_until=hold)
    )
    log.warning("feed_failed", feed=feed.name, error=error, failures=due.failures + 1)
    notice = Notice(feed=feed.name, state=SourceState.DOWN, reason=error) if is_down else None
    return PollResult(feed=feed.name, error=error, notice=notice)


def next_poll(feed: Feed, *, failures: int, now: datetime) -> datetime:
    """Return when a feed is polled next: its interval, doubled with each failure in a row, shifted by its name."""
    wait = min(feed.every * (1 << min(failures, 8)), max(LONGEST_WAIT, feed.every)) if failures else feed.every
    shift = random.Random(feed.name).uniform(-JITTER, JITTER)
    return now + wait * (1 + shift)


def entry_of(feed: Feed, listed: FeedEntry, *, now: datetime, is_first_poll: bool = False) -> Entry:
    """Return a listed entry with its identity. What a page says of its outlet is no part of it: the host is."""
    where = host(listed.url or feed.url or "")
    return Entry(
        id=make_id("entry", feed.name, listed.guid),
        feed=feed.name,
        guid=listed.guid,
        url=listed.url,
        url_key=canonical(listed.url) if listed.url else None,
        title=listed.title,
        summary=listed.summary,
        outlet=feed.outlet or listed.outlet or where or (feed.name if feed.folder else ""),
        host=where,
        language=listed.language,
        published=listed.published,
        first_seen=now,
        text=listed.text,
        html=listed.html,
        is_first_poll=is_first_poll,
    )


def errors_of(results: Sequence[PollResult]) -> tuple[str, ...]:
    """Return what people should hear of a round of polls, in order."""
    found: list[str] = []
    for each in results:
        lines = [each.error, *each.problems] if each.error else each.problems
        found += (f"feed {each.feed}: {line}" for line in lines)
    return tuple(found)
