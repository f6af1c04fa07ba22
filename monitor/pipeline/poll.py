"""Poll: from due feeds to entries.

In:  feeds whose time has come.
Out: entries, stored with the state they leave their feed in, in one transaction; notices and alerts of sources' health.
Not here: fetching and parsing (sources/), what a poll means for its feed (health.py), reading pages (read.py).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from monitor.errors import FetchError, ParseError, SourceError
from monitor.model.article import Entry
from monitor.model.feed import Feed, FirstPoll, Notice, ParsedFeed, Poison, Polled, Rung
from monitor.model.feed_state import FeedEvent
from monitor.pipeline.desk import Desk
from monitor.pipeline.health import Tally, Verdict, after_answer, after_failure
from monitor.pipeline.listing import entry_of
from monitor.sources.cadence import phase
from monitor.store import entries, feeds, outbox
from monitor.store.engine import Tx
from monitor.store.entries import Placed
from monitor.store.feeds import ClosedPoll, DuePoll
from monitor.telemetry import metrics

POLLS_AT_ONCE: Final = 64
ROOMY: Final = 32  # free places that make it worth while to claim more
SLOW_AFTER_S: Final = 2.0  # a poll that takes longer gives its place to another one: it costs no more than a socket
SLOW_AT_ONCE: Final = 448  # with the others, half of the files that a process may have open by default
GATHER_S: Final = 0.005  # for which a batch waits for more polls to end: a commit costs as much as storing twenty
LOOK_AGAIN_S: Final = 0.1  # whether a host's gap is over
OVERDUE_SPREAD: Final = timedelta(hours=1)  # over which feeds are spread, at most, that came due while nobody polled
MAX_OLDER_PAGES: Final = 20
OLDER_ATTEMPTS: Final = 3  # at pages of older entries, before the feed's own page is stored without them

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll came to."""

    feed: str
    added: int = 0
    error: str | None = None
    problems: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    alerts: int = 0  # about the source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A poll that ended and is not stored yet."""

    due: DuePoll
    feed: Feed
    began: datetime
    outcome: Polled | SourceError
    listed: tuple[Entry, ...] = ()
    is_gap: bool = False


async def poll_due(desk: Desk, *, everything: bool = False) -> tuple[PollResult, ...]:
    """Poll every feed whose time has come, one request a host at a time; with `everything`, every feed, once.

    Returns when all of them have been polled, but for those whose hosts asked for a pause. In order of their names.
    """
    results: list[PollResult] = []
    since = desk.now() if everything else None
    poller = Poller(desk, on_end=results.append)
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
    else.
    """

    def __init__(self, desk: Desk, *, on_end: Callable[[PollResult], None]) -> None:
        self.desk = desk
        self._on_end = on_end
        self._tasks: set[asyncio.Task[None]] = set()
        self._quick = 0
        self._slow = 0
        self._changed = asyncio.Event()
        self._books = _Books(desk)

    async def start_due(self, *, untouched_since: datetime | None = None) -> bool:
        """Begin to poll the feeds whose time has come, as many as there is room for; return whether there were any.

        untouched_since: every feed counts as due that has not been asked for since then.
        """
        room, desk = POLLS_AT_ONCE - self._quick, self.desk
        if room <= 0:
            return True
        now = desk.now()
        claimed = await desk.store.write(
            lambda tx: feeds.claim_due(
                tx, now=now, lease=desk.lease, limit=room, gap=desk.host_gap, untouched_since=untouched_since
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
        left = await desk.store.write(lambda tx: feeds.waiting(tx, now=now, untouched_since=untouched_since))
        if not left:
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
        while self._tasks and self._quick > POLLS_AT_ONCE - ROOMY:
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

    async def _poll(self, due: DuePoll) -> None:
        is_slow = False

        def step_aside() -> None:
            nonlocal is_slow
            if self._slow < SLOW_AT_ONCE:
                is_slow = True
                self._quick -= 1
                self._slow += 1
                self._changed.set()

        timer = asyncio.get_running_loop().call_later(SLOW_AFTER_S, step_aside)
        try:
            ended = await _ask(self.desk, due)
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


async def _ask(desk: Desk, due: DuePoll) -> _Ended | None:
    """Poll one claimed feed; None where the configuration has it no more."""
    feed = desk.feeds.get(due.name)
    if feed is None:
        return None
    began = desk.now()
    try:
        polled = await desk.source.poll(feed, due.state.memory)
        listed, is_gap = await _listed(desk, feed, due, polled)
    except SourceError as exc:
        return _Ended(due=due, feed=feed, began=began, outcome=exc)
    except Exception as exc:  # the worker loop's wall: a fault of ours in one feed is that feed's failure
        log.exception("poll_failed", feed=feed.name)
        fault = ParseError(f"unforeseen {type(exc).__name__}: {exc}")
        return _Ended(due=due, feed=feed, began=began, outcome=fault)
    return _Ended(due=due, feed=feed, began=began, outcome=polled, listed=listed, is_gap=is_gap)


async def _listed(desk: Desk, feed: Feed, due: DuePoll, polled: Polled) -> tuple[tuple[Entry, ...], bool]:
    """Return the entries a poll brought, with older ones where it may have missed some; and whether it surely has."""
    if not isinstance(polled, ParsedFeed):
        return (), False
    now = desk.now()
    learns = due.is_first and feed.first_poll is FirstPoll.LEARN
    listed = tuple(entry_of(feed, each, now=now, is_first_poll=learns) for each in polled.entries)
    is_all_new = polled.rung in (Rung.DELTA, Rung.FULL) and len(listed) >= polled.listed
    may_miss = is_all_new and not (due.is_first or polled.visit.is_partial or feed.folder)
    if not may_miss or await _knows_any(desk, listed):
        return listed, False
    url, pages = polled.hints.older_url, 0
    while url is not None and pages < MAX_OLDER_PAGES:
        try:
            page = await desk.source.older(feed, url)
        except SourceError as exc:
            if due.state.health.failures < OLDER_ATTEMPTS - 1:
                raise  # what it holds would be lost once the feed's own page is stored: all of it comes again
            log.warning("older_page_failed", feed=feed.name, error=str(exc))
            break
        pages += 1
        older = tuple(entry_of(feed, each, now=now) for each in page.entries)
        reached = await _newest_known(desk, older)
        # What stands before a known entry was never missed: it becomes known, and nobody is told.
        listed = tuple(replace(each, is_first_poll=at < reached) for at, each in enumerate(older)) + listed
        if reached:
            log.info("gap_filled", feed=feed.name, pages=pages)
            return listed, False
        url = page.hints.older_url if page.hints.older_url != url else None
    return listed, True


async def _newest_known(desk: Desk, older: tuple[Entry, ...]) -> int:
    """Return the place of the newest known entry among those of a page, counted from 1; 0 if none is known."""
    known = await desk.store.write(lambda tx: entries.which_known(tx, older))
    return max((place for place, is_known in enumerate(known, start=1) if is_known), default=0)


async def _knows_any(desk: Desk, listed: tuple[Entry, ...]) -> bool:
    return await desk.store.write(lambda tx: entries.knows_any(tx, listed)) if listed else True


class _Books:
    """Writes down how polls ended: all that end while one batch is being written go into the next one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[tuple[_Ended, asyncio.Future[PollResult]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def enter(self, ended: _Ended) -> PollResult:
        """Return what a poll came to, once it is stored."""
        stored: asyncio.Future[PollResult] = asyncio.get_running_loop().create_future()
        self._waiting.append((ended, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await stored

    async def close(self) -> None:
        """Finish what is being written."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting, []
            try:
                results = await self._write([ended for ended, _ in batch])
            except Exception:  # noqa: BLE001 - one of them cannot be stored: find out which, and store the others
                await self._write_each(batch)
                continue
            for (_, stored), result in zip(batch, results, strict=True):
                if not stored.done():
                    stored.set_result(result)

    async def _write_each(self, batch: Sequence[tuple[_Ended, asyncio.Future[PollResult]]]) -> None:
        for ended, stored in batch:
            try:
                (result,) = await self._write([ended])
            except Exception as exc:  # noqa: BLE001 - handed on to the poll that it belongs to
                if not stored.done():
                    stored.set_exception(exc)
            else:
                if not stored.done():
                    stored.set_result(result)

    async def _write(self, batch: Sequence[_Ended]) -> list[PollResult]:
        desk, now = self._desk, self._desk.now()

        def write(tx: Tx) -> list[tuple[Verdict, Placed]]:
            placed = _place(tx, batch, now)
            done = [_finish(tx, desk, ended, placed.get(ended.feed.name, Placed()), now) for ended in batch]
            closed = [
                ClosedPoll(due=ended.due, state=verdict.state, events=verdict.events, poisons=_poisons(ended))
                for ended, verdict in zip(batch, done, strict=True)
            ]
            feeds.close(tx, closed, now=now)
            return list(zip(done, (placed.get(ended.feed.name, Placed()) for ended in batch), strict=True))

        done = await desk.store.write(write)
        return [_result(ended, verdict, placed) for ended, (verdict, placed) in zip(batch, done, strict=True)]


def _place(tx: Tx, batch: Sequence[_Ended], now: datetime) -> dict[str, Placed]:
    """Store the entries of polls; return what they were, by feed."""
    listed = [entry for ended in batch if not ended.feed.folder for entry in ended.listed]
    placed = entries.place(tx, listed, now=now) if listed else {}
    folders = (ended for ended in batch if ended.feed.folder and ended.listed)
    return placed | {ended.feed.name: entries.add(tx, ended.listed) for ended in folders}


def _finish(tx: Tx, desk: Desk, ended: _Ended, placed: Placed, now: datetime) -> Verdict:
    """Return what a poll means for its feed; stores what it means for its host and its reader."""
    feed, before, outcome = ended.feed, ended.due.state, ended.outcome
    if isinstance(outcome, SourceError):
        verdict = after_failure(feed, before, outcome, began=ended.began, now=now)
        if isinstance(outcome, FetchError) and outcome.host and outcome.retry_after_s is not None:
            feeds.hold(tx, outcome.host, now + timedelta(seconds=outcome.retry_after_s))
    else:
        tally = Tally(added=len(placed.added), edited=placed.edited, renamed=placed.renamed, is_gap=ended.is_gap)
        verdict = after_answer(feed, before, outcome, tally, began=ended.began, now=now)
        verdict = _unless_followed(tx, ended, verdict)
    for alert in verdict.alerts:
        outbox.put_source(tx, alert, desk.channels, now=now)
    return verdict


def _unless_followed(tx: Tx, ended: _Ended, verdict: Verdict) -> Verdict:
    """Return the verdict without a move to where another feed is polled already: one address, one poll."""
    before, url = ended.due.state, verdict.state.memory.url
    other = feeds.is_followed(tx, url, but=ended.feed.name) if url and url != before.memory.url else None
    if other is None:
        return verdict
    stays = replace(verdict.state, memory=replace(verdict.state.memory, url=before.memory.url), move=None)
    said = FeedEvent(
        kind="same_as", text=f"its host moved it for good to where {other!r} is polled: remove one of them"
    )
    return replace(verdict, state=stays, events=(said,))


def _poisons(ended: _Ended) -> tuple[Poison, ...]:
    return ended.outcome.poisons if isinstance(ended.outcome, ParsedFeed) else ()


def _result(ended: _Ended, verdict: Verdict, placed: Placed) -> PollResult:
    """Count and log a stored poll, and return what it came to."""
    name, outcome = ended.feed.name, ended.outcome
    for notice in verdict.notices:
        metrics.count("monitor_source_notices_total", notice.state)
        log.warning("source_health", feed=name, state=str(notice.state), reason=notice.reason)
    if isinstance(outcome, SourceError):
        metrics.count("monitor_poll_failures_total", _kind(outcome))
        log.warning("feed_failed", feed=name, error=str(outcome), failures=verdict.state.health.failures)
        return PollResult(feed=name, error=str(outcome), notices=verdict.notices, alerts=len(verdict.alerts))
    metrics.count("monitor_polls_total", outcome.rung)
    problems: tuple[str, ...] = ()
    if isinstance(outcome, ParsedFeed):
        problems = outcome.problems
        _count(outcome, placed)
        log.debug(
            "feed_polled", feed=name, rung=str(outcome.rung), listed=outcome.listed, added=len(placed.added),
            edited=placed.edited, problems=len(problems),
        )  # fmt: skip
    return PollResult(
        feed=name, added=len(placed.added), problems=problems, notices=verdict.notices, alerts=len(verdict.alerts)
    )


def _count(parsed: ParsedFeed, placed: Placed) -> None:
    sightings = {"new": len(placed.added), "edited": placed.edited, "renamed": placed.renamed, "known": placed.known}
    for sighting, number in sightings.items():
        metrics.count("monitor_listed_entries_total", sighting, number)
    metrics.count("monitor_quarantined_total", "entry", len(parsed.poisons))
    if parsed.is_delta_wrong:
        metrics.count("monitor_delta_checks_total", "differed")


def _kind(error: SourceError) -> str:
    """Return what kind of failure it was: a status, or the error's name."""
    status = error.status if isinstance(error, FetchError) else None
    return str(status) if status is not None else type(error).__name__.removesuffix("Error").lower()


def errors_of(results: Sequence[PollResult]) -> tuple[str, ...]:
    """Return what people should hear of a round of polls, in order."""
    found: list[str] = []
    for each in results:
        lines = [each.error, *each.problems] if each.error else each.problems
        found += (f"feed {each.feed}: {line}" for line in lines)
    return tuple(found)
