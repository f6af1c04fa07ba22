"""Poll: from due feeds to entries.

In:  feeds whose time has come.
Out: what each poll listed, handed to the books; what it came to.
Not here: fetching and parsing (sources/), what a poll means for its feed (health.py), storing it (books.py), reading
pages (read.py).
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from monitor.errors import FetchError, NoWorkerError, ParseError, SourceError
from monitor.model.article import Entry
from monitor.model.feed import Feed, FirstPoll, ParsedFeed, Polled
from monitor.pipeline.books import Books, Ended, PollResult
from monitor.pipeline.desk import Desk
from monitor.pipeline.listing import entry_of
from monitor.sources.cadence import phase
from monitor.sources.guard import public_form
from monitor.store import entries, feeds
from monitor.store.engine import Tx
from monitor.store.feeds import DuePoll

POLLS_AT_ONCE: Final = 64
ROOMY: Final = 32  # free places that make it worth while to claim more
SLOW_AFTER_S: Final = 2.0  # a poll that takes longer gives its place to another one, while it waits for its host
SLOW_AT_ONCE: Final = 448  # with the others, half of the files that a process may have open by default
POLL_S: Final = 240.0  # for all of one poll: the host's turn, 20 s of fetching, a worker's turn; less than its lease
OLDER_S: Final = 90.0  # of that, for pages of older entries
LOOK_AGAIN_S: Final = 0.1  # whether a host's gap is over
OVERDUE_SPREAD: Final = timedelta(hours=1)  # over which feeds are spread, at most, that came due while nobody polled
MAX_OLDER_PAGES: Final = 20
OLDER_ATTEMPTS: Final = 3  # at pages of older entries, before the feed's own page is stored without them

log = structlog.get_logger()


async def poll_due(desk: Desk, *, everything: bool = False) -> tuple[PollResult, ...]:
    """Poll every feed whose time has come, one request a host at a time; with `everything`, every feed, once.

    All that it brings was first seen when it began: which host answers first decides nothing.

    Returns when all of them have been polled, but for those whose hosts asked for a pause. In order of their names.
    """
    results: list[PollResult] = []
    began = desk.now()
    since = began if everything else None
    poller = Poller(desk, on_end=results.append, seen_at=lambda: began)
    try:
        while await poller.start_due(untouched_since=since) or await poller.may_start_more(untouched_since=since):
            await poller.room()
        await poller.idle()
    finally:
        await poller.stop()
    return tuple(sorted(results, key=lambda result: result.feed))


class Poller:
    """Polls feeds side by side; what they came to is stored in batches.

    A poll holds one of POLLS_AT_ONCE places until it ends or turns out to be slow, so that hosts that hang delay nobody
    else. One that waits for a worker holds a place however long: it has a body in memory.
    """

    def __init__(
        self, desk: Desk, *, on_end: Callable[[PollResult], None], seen_at: Callable[[], datetime] | None = None
    ) -> None:
        self.desk = desk
        self._on_end = on_end
        self._seen_at = seen_at or desk.now
        self._tasks: set[asyncio.Task[None]] = set()
        self._quick = 0
        self._slow = 0
        self._changed = asyncio.Event()
        self._claims = itertools.count(1)
        self._books = Books(desk.store, policy=desk.policy, now=desk.now)

    async def start_due(self, *, untouched_since: datetime | None = None) -> bool:
        """Begin to poll the feeds whose time has come, as many as there is room for; return whether there were any.

        untouched_since: every feed counts as due that has not been asked for since then.
        """
        room, desk = POLLS_AT_ONCE - self._taken(), self.desk
        if room <= 0:
            return True
        now, lease = desk.now(), f"{desk.lease}-{next(self._claims)}"
        claimed = await desk.store.write(
            lambda tx: feeds.claim_due(
                tx, now=now, lease=lease, limit=room, gap=desk.host_gap, untouched_since=untouched_since
            )
        )
        for due in claimed:
            self._quick += 1
            task = asyncio.create_task(self._poll(due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return bool(claimed)

    async def may_start_more(self, *, untouched_since: datetime | None) -> bool:
        """Wait until feeds that are due can be polled because their hosts' gaps are over; return whether there are any.

        What cannot begin within two gaps with nothing else going on waits for another pass.
        """
        desk = self.desk
        now = desk.now()
        is_left = await desk.store.write(lambda tx: feeds.is_any_waiting(tx, now=now, untouched_since=untouched_since))
        if not is_left:
            return False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            return True
        clock = asyncio.get_running_loop().time
        until = clock() + 2 * desk.host_gap.total_seconds() + LOOK_AGAIN_S
        while clock() < until:
            await asyncio.sleep(LOOK_AGAIN_S)
            if await self.start_due(untouched_since=untouched_since):
                return True
        return False

    async def room(self) -> None:
        """Wait until it is worth while to claim more."""
        while self._tasks and self._taken() > POLLS_AT_ONCE - ROOMY:
            self._changed.clear()
            await self._changed.wait()

    async def idle(self) -> None:
        """Wait until nothing is being polled."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """End all polls at once: what they were about to bring comes again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._books.close()

    def _taken(self) -> int:
        """Return how many places are held: by polls that are not slow, and by slow ones that may wait for a worker."""
        return self._quick + min(self._slow, self.desk.source.backlog)

    async def _poll(self, due: DuePoll) -> None:
        is_slow = False
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(None)  # set when the poll turns out to be slow: most need no second timer

        def step_aside() -> None:
            nonlocal is_slow
            limit.reschedule(loop.time() + POLL_S - SLOW_AFTER_S)
            if self._slow < SLOW_AT_ONCE:
                is_slow = True
                self._quick -= 1
                self._slow += 1
                self._changed.set()

        timer = loop.call_later(SLOW_AFTER_S, step_aside)
        try:
            ended = await _ask(self.desk, due, limit, seen_at=self._seen_at)
            timer.cancel()  # what waits to be stored has its entries in memory: it keeps its place
            if ended is not None:
                self._on_end(await self._books.enter(ended))
        except Exception:  # the worker loop's wall: the store refused, or a fault of ours
            log.exception("poll_failed", feed=due.name)
            self._on_end(PollResult(feed=due.name, error="could not be stored; the log says why"))
        finally:
            timer.cancel()
            if is_slow:
                self._slow -= 1
            else:
                self._quick -= 1
            self._changed.set()


async def spread_overdue(desk: Desk) -> int:
    """Spread the feeds that came due while nobody polled over one of their intervals; return how many.

    Each has its own place in it, so that neither a restart nor waking up is a stampede.
    """
    now = desk.now()

    def spread(tx: Tx) -> int:
        moved = {
            name: now + phase(name, within=min(desk.feeds[name].every, OVERDUE_SPREAD))
            for name, was_due in feeds.overdue(tx, now=now).items()
            if name in desk.feeds and now - was_due > desk.feeds[name].every
        }
        feeds.respread(tx, moved, "it came due while nobody polled")
        return len(moved)

    return await desk.store.write(spread)


async def _ask(desk: Desk, due: DuePoll, limit: asyncio.Timeout, *, seen_at: Callable[[], datetime]) -> Ended | None:
    """Poll one claimed feed, within a limit; None where the configuration has it no more."""
    feed = desk.feeds.get(due.name)
    if feed is None:
        return None
    began = desk.now()
    outcome: Polled | SourceError
    listed: tuple[Entry, ...] = ()
    may_miss = False
    try:
        async with limit:
            outcome = await desk.source.poll(feed, due.state.memory)
            if isinstance(outcome, ParsedFeed):
                listed, may_miss = await _listed(desk, feed, due, outcome, now=seen_at())
    except SourceError as exc:
        outcome = exc
    except Exception as exc:  # the worker loop's wall: a fault of ours in one feed is that feed's failure
        if limit.expired():
            outcome = FetchError(f"took longer than {POLL_S:g} s", url=public_form(feed.url or feed.folder or ""))
        else:
            log.exception("poll_failed", feed=feed.name)
            outcome = ParseError(f"unforeseen {type(exc).__name__}: {exc}")
    return Ended(due=due, feed=feed, began=began, outcome=outcome, listed=listed, may_miss=may_miss)


async def _listed(
    desk: Desk, feed: Feed, due: DuePoll, polled: ParsedFeed, *, now: datetime
) -> tuple[tuple[Entry, ...], bool]:
    """Return the entries a poll brought, with older ones where it may have missed some; and whether it still may."""
    learns = due.is_first and feed.first_poll is FirstPoll.LEARN
    listed = tuple(entry_of(feed, each, now=now, is_first_poll=learns) for each in polled.entries)
    is_all_new = bool(listed) and polled.known == 0
    may_miss = is_all_new and not (due.is_first or polled.visit.is_partial or feed.folder)
    if not may_miss or polled.hints.older_url is None or await _knows_any(desk, listed):
        return listed, may_miss  # whether any was known is found when they are stored
    older, is_whole = await _older(desk, feed, due, polled.hints.older_url, now=now)
    return older + listed, not is_whole


async def _older(desk: Desk, feed: Feed, due: DuePoll, first: str, *, now: datetime) -> tuple[tuple[Entry, ...], bool]:
    """Return the entries of pages of older ones, oldest first, and whether they lead to a known one."""
    found: tuple[Entry, ...] = ()
    url: str | None = first
    pages = 0
    try:
        async with asyncio.timeout(OLDER_S):
            while url is not None and pages < MAX_OLDER_PAGES:
                page = await desk.source.older(feed, url)
                pages += 1
                older = tuple(entry_of(feed, each, now=now) for each in page.entries)
                reached = await _newest_known(desk, older)
                # What stands before a known entry was never missed: it becomes known, and nobody is told.
                found = tuple(replace(each, is_first_poll=at < reached) for at, each in enumerate(older)) + found
                if reached:
                    log.info("gap_filled", feed=feed.name, pages=pages)
                    return found, True
                url = page.hints.older_url if page.hints.older_url != url else None
    except SourceError as exc:
        may_help = isinstance(exc, NoWorkerError) or (isinstance(exc, FetchError) and exc.transient)
        if may_help and due.state.health.failures < OLDER_ATTEMPTS - 1:
            raise  # what it holds would be lost once the feed's own page is stored: all of it comes again
        log.warning("older_page_failed", feed=feed.name, error=str(exc))
    except TimeoutError:
        log.warning("older_page_failed", feed=feed.name, error=f"{pages} pages took longer than {OLDER_S:g} s")
    return found, False


async def _newest_known(desk: Desk, older: tuple[Entry, ...]) -> int:
    """Return the place of the newest known entry among those of a page, counted from 1; 0 if none is known."""
    known = await desk.store.write(lambda tx: entries.which_known(tx, older))
    return max((place for place, is_known in enumerate(known, start=1) if is_known), default=0)


async def _knows_any(desk: Desk, listed: tuple[Entry, ...]) -> bool:
    return await desk.store.write(lambda tx: entries.knows_any(tx, listed))


def errors_of(results: Sequence[PollResult]) -> tuple[str, ...]:
    """Return what people should hear of a round of polls, in order."""
    found: list[str] = []
    for each in results:
        lines = [each.error, *each.problems] if each.error else each.problems
        found += (f"feed {each.feed}: {line}" for line in lines)
    return tuple(found)
