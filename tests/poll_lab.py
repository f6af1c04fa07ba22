"""One feed, a real server, a real client and workers, a real store, and a clock that is set by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from desk_samples import desk_of
from servers import Answer, Server, answer, serving

from monitor.model.feed import Feed, FirstPoll
from monitor.model.feed_state import FeedState
from monitor.pipeline.books import PollResult
from monitor.pipeline.desk import Desk
from monitor.pipeline.poll import poll_due
from monitor.sources.http import Client
from monitor.sources.web import WebSource
from monitor.sources.workers import Workers
from monitor.store import feed_views, feeds
from monitor.store.feed_views import FeedDetail

T = TypeVar("T")

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
KIND = {"Content_Type": "application/rss+xml"}


def rss(*items: str, head: str = "") -> bytes:
    """Return a feed of items; one without markup is a title, its guid and its link."""
    listed = "".join(item if item.startswith("<") else entry(item) for item in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>{head}{listed}</channel></rss>'.encode()
    )


def entry(title: str, *, guid: str = "", link: str = "", more: str = "") -> str:
    """Return an item."""
    slug = title.replace(" ", "-")
    return f"<item><title>{title}</title><guid>{guid or slug}</guid><link>{link or '/' + slug}</link>{more}</item>"


class PollLab:
    """Polls a feed again and again, each time at a moment of the test's choosing."""

    def __init__(self, server: Server, desk: Desk, feed: Feed) -> None:
        self.server = server
        self.feed = feed
        self.now = NOW
        self.desk = replace(desk, now=lambda: self.now)

    async def poll(self, after: timedelta = timedelta(0), given: Answer | None = None) -> PollResult | None:
        """Poll if it is due `after` the last poll; set what is answered first."""
        self.now += after
        if given is not None:
            self.server.answers["/feed"] = given
        results = await poll_due(self.desk)
        return results[0] if results else None

    async def poll_when_due(self, given: Answer | None = None) -> PollResult:
        """Poll at the time that the last poll set."""
        found = await self.poll(max(self.detail.health.next_at - self.now, timedelta(0)), given)
        assert found is not None
        return found

    @property
    def detail(self) -> FeedDetail:
        found = self.desk.store.write_now(lambda tx: feed_views.show(tx, self.feed.name))
        assert found is not None
        return found

    @property
    def state(self) -> FeedState:
        return self.detail.health.state

    @property
    def wait(self) -> timedelta:
        """How long until the next poll."""
        return self.detail.health.next_at - self.now

    @property
    def titles(self) -> list[str]:
        """What is stored, in the order it came."""
        with self.desk.store.read() as tx:
            return [row[0] for row in tx.exec_driver_sql("SELECT title FROM entry ORDER BY n")]


class _Shared:
    """The loop and the worker that all labs of a test module use: starting a worker takes longer than a test."""

    runner: asyncio.Runner
    workers: Workers


@contextlib.contextmanager
def sharing() -> Iterator[None]:
    """Let `run` and `poll_lab` work."""
    with asyncio.Runner() as _Shared.runner:
        _Shared.workers = Workers(1)
        yield
        _Shared.runner.run(_Shared.workers.close())


def run(work: Coroutine[object, object, T]) -> T:
    """Run on the shared loop."""
    return _Shared.runner.run(work)


@contextlib.asynccontextmanager
async def poll_lab(given: Answer | None = None, *, every: timedelta = EVERY) -> AsyncIterator[PollLab]:
    """Open a lab whose feed answers `given`."""
    async with serving({"/feed": given or answer(rss("One"), **KIND)}) as server, Client(gap_s=0) as client:
        feed = Feed(name="wire", url=server.url("/feed"), allow_private=True, every=every, first_poll=FirstPoll.JUDGE)
        desk = replace(desk_of(), source=WebSource(client, _Shared.workers), feeds={"wire": feed})
        desk.store.write_now(lambda tx: feeds.sync(tx, [feed], now=NOW))
        try:
            yield PollLab(server, desk, feed)
        finally:
            desk.store.close()


def polled(answers: Sequence[Answer], *, steps: Sequence[timedelta] = ()) -> tuple[PollLab, FeedState, timedelta]:
    """Poll once for each answer, when due or after the given steps; return the lab (closed), the state, the wait."""

    async def work() -> tuple[PollLab, FeedState, timedelta]:
        async with poll_lab() as lab:
            for n, given in enumerate(answers):
                if n < len(steps):
                    lab.now += steps[n]
                    lab.desk.store.write_now(lambda tx: feeds.respread(tx, {"wire": lab.now}, "the test says so"))
                    await lab.poll(given=given)
                else:
                    await lab.poll_when_due(given)
            return lab, lab.state, lab.wait

    return run(work())
