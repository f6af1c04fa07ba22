"""The daemon: the pipeline's steps for ever, until told to stop.

In:  a desk, the service manager's socket, a signal.
Out: nothing; what it does is in the store, the channels and the log.
Not here: the steps (pipeline/), which feeds are due (store/feeds.py).

One tick a second claims due feeds and wakes the loops that read, judge and deliver (one a channel); each works until
nothing waits. A feed is polled by a task of its own, and an article is judged as soon as it is read: a host or channel
that hangs holds up nobody else.
The watchdog is fed by the tick, after its transaction has been through the store: a stuck loop, thread or disk starves
it.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.errors import MonitorError
from monitor.model.feed import Feed
from monitor.model.watch import KnownText, Told
from monitor.pipeline import knowledge, orders, shelf
from monitor.pipeline.assess import Assessed, assess_waiting
from monitor.pipeline.books import PollResult
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import dispatch
from monitor.pipeline.knowledge import Added, AllAcknowledged, Removed
from monitor.pipeline.lapse import lapse
from monitor.pipeline.orders import Expired, Resent, Silenced
from monitor.pipeline.poll import Poller, spread_overdue
from monitor.pipeline.read import read_waiting
from monitor.pipeline.shelf import Merged, Split
from monitor.service.notify import Notifier
from monitor.store.feeds import sync

TICK_S: Final = 1
COLLECT_EVERY: Final = 20_000  # objects made and not freed; Python's own 700 is for small programs
ASLEEP_S: Final = 60.0  # between two ticks: the machine was suspended, or its clock was set
GRACE_S: Final = 5.0  # for sends in hand when told to stop; what is left is leased and taken up at the next start

log = structlog.get_logger()


def spare_collector() -> None:
    """Let the garbage collector pass over what stays for ever: it would look through all of it again and again.

    What a poll makes and drops is freed by reference counts at once; a fifth of a poll's time went into searching it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)


class Daemon:
    """Runs a desk until `stop` is set."""

    def __init__(self, desk: Desk, notifier: Notifier) -> None:
        self._desk = desk
        self._notifier = notifier
        self._poller = Poller(desk, on_end=self._polled)
        self._ticked_at = desk.now()
        self._due = asyncio.Event()
        self._read = asyncio.Event()
        self._judge = asyncio.Event()
        self._deliver = {channel: asyncio.Event() for channel in desk.channels}
        self._judging = asyncio.Lock()  # stories are changed between two articles: one is placed by what they were
        self._is_stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then end within seconds; work in hand is finished or left leased."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a tick outlasts its second is no news
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(
            self._tick, "interval", seconds=TICK_S, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        spare_collector()
        loops = [
            asyncio.create_task(self._loop(self._due, self._poll_due)),
            asyncio.create_task(self._loop(self._read, self._read_pages)),
            asyncio.create_task(self._loop(self._judge, self._assess)),
        ]
        senders = [
            asyncio.create_task(self._loop(wake, partial(self._dispatch, channel)))
            for channel, wake in self._deliver.items()
        ]
        await spread_overdue(self._desk)
        await self._tick()
        scheduler.start()
        self._notifier.ready()
        self._notifier.status(f"feeds: {len(self._desk.feeds)}, watches: {len(self._desk.watches)}")
        log.info("daemon_started", feeds=len(self._desk.feeds), watches=len(self._desk.watches))
        await stop.wait()
        self._notifier.stopping()
        scheduler.shutdown(wait=False)
        self._is_stopping = True
        _wake(self._deliver.values())
        await _end(loops, grace_s=0.0)
        await self._poller.stop()
        await _end(senders, grace_s=GRACE_S)
        log.info("daemon_stopped")

    async def follow(self, feeds: Sequence[Feed]) -> None:
        """Follow these feeds from now on, and no others; polls on their way are finished."""
        desk = replace(self._desk, feeds={feed.name: feed for feed in feeds})
        self._desk = self._poller.desk = desk  # first: what is claimed from now on is one of these, or not asked for
        now = desk.now()
        await desk.store.write(lambda tx: sync(tx, feeds, now=now))
        self._notifier.status(f"feeds: {len(desk.feeds)}, watches: {len(desk.watches)}")

    async def merge(self, one: str, into: str) -> Merged:
        """Make two stories one. Raises StoryError."""
        async with self._judging:
            return await shelf.merge(self._desk.store, one, into)

    async def split(self, story: str, entries: Sequence[str]) -> Split:
        """Give entries of a story one of their own. Raises StoryError."""
        async with self._judging:
            return await shelf.split(self._desk.store, story, entries)

    async def add_known(self, kind: Told, texts: Sequence[KnownText], watch: str | None) -> Added:
        """Let a watch, or every one, know texts from the next article on. Raises KnowledgeError."""
        return await knowledge.add(self._desk.store, kind, texts, watch=watch, now=self._desk.now())

    async def remove_known(self, kind: Told, ref: str) -> Removed:
        """Take away what was added. Raises KnowledgeError."""
        return await knowledge.remove(self._desk.store, kind, ref)

    async def acknowledge(self, refs: Sequence[str], note: str) -> AllAcknowledged:
        """Note that alerts were acknowledged. Raises KnowledgeError."""
        return await knowledge.acknowledge(self._desk.store, refs, note=note, now=self._desk.now())

    async def silence(self, *, watch: str, story: str, feed: str, outlet: str, until: datetime, note: str) -> Silenced:
        """Let nothing of these be told until then. Raises OrderError, StoryError."""
        store, now = self._desk.store, self._desk.now()
        return await orders.silence(
            store, watch=watch, story=story, feed=feed, outlet=outlet, until=until, note=note, now=now
        )

    async def expire(self, ref: str) -> Expired:
        """End a silence. Raises OrderError."""
        done = await orders.expire(self._desk.store, ref, now=self._desk.now())
        _wake(self._deliver.values())
        return done

    async def resend(self, ref: str, channels: Sequence[str], *, is_urgent: bool) -> Resent:
        """Send an alert again, or all that was lost. Raises OrderError."""
        done = await orders.resend(self._desk.store, ref, channels, now=self._desk.now(), is_urgent=is_urgent)
        _wake(self._deliver.values())
        return done

    async def _tick(self) -> None:
        """Claim what is due, wake the loops, feed the watchdog."""
        now = self._desk.now()
        was, self._ticked_at = self._ticked_at, now
        try:
            if (now - was).total_seconds() > ASLEEP_S:
                log.info("woke_up", spread=await spread_overdue(self._desk))
            is_busy = await self._poller.start_due()
        except MonitorError as exc:
            log.error("tick_failed", error=str(exc))
            return
        except asyncio.CancelledError:  # the scheduler ends, and would tell that as a fault
            return
        if is_busy:
            self._due.set()
        _wake((self._read, self._judge, *self._deliver.values()))
        self._notifier.watchdog()

    async def _poll_due(self) -> None:
        """Poll on while more is due than there was room for."""
        await self._poller.room()
        while await self._poller.start_due():
            await self._poller.room()

    def _polled(self, result: PollResult) -> None:
        if result.added:
            self._read.set()
        if result.alerts:
            _wake(self._deliver.values())

    async def _loop(self, wake: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await wake.wait()
            wake.clear()
            if self._is_stopping:
                return
            try:
                await work()
            except Exception:
                log.exception("step_failed")

    async def _read_pages(self) -> None:
        await read_waiting(self._desk, is_patient=True, on_read=self._judge.set)

    async def _assess(self) -> None:
        waiting = assess_waiting(self._desk)
        while (assessed := await self._next(waiting)) is not None:
            if assessed.released or any(decision.alert for decision in assessed.decisions):
                _wake(self._deliver.values())
        if await lapse(self._desk):
            _wake(self._deliver.values())

    async def _next(self, waiting: AsyncIterator[Assessed]) -> Assessed | None:
        async with self._judging:
            return await anext(waiting, None)

    async def _dispatch(self, channel: str) -> None:
        await dispatch(self._desk, channel, may_go_on=lambda: not self._is_stopping)


def _wake(loops: Iterable[asyncio.Event]) -> None:
    for loop in loops:
        loop.set()


async def _end(tasks: Sequence[asyncio.Task[None]], *, grace_s: float) -> None:
    """Give tasks a moment to finish, then cancel them; a transaction that runs is finished, all else is leased work."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
