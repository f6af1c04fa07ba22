"""Polls side by side: how long one may take, how many bodies wait, and what becomes of one that lost its lease."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_samples import FEED, NOW, ListedSource, desk_of

from monitor.errors import FetchError
from monitor.model.feed import Feed, FeedEntry, FeedMemory, Hints, ParsedFeed, Polled, Validators, Visit
from monitor.pipeline import books, poll
from monitor.pipeline.books import PollResult
from monitor.pipeline.desk import Desk
from monitor.pipeline.passes import one_pass
from monitor.pipeline.poll import OLDER_S, POLL_S, Poller, poll_due
from monitor.sources.read_page import ReadPage
from monitor.store import feed_views, feeds
from monitor.store.feed_views import FeedDetail
from monitor.store.feeds import LEASE
from monitor.telemetry import metrics

SOON_S = 20
ENTRY = FeedEntry(guid="1", title="Ferry Orla sinks off Tarvik")


class ScriptedSource(ListedSource):
    """Answers polls as the test's functions say."""

    def __init__(
        self,
        answer: Callable[[Feed], Awaitable[Polled]],
        older: Callable[[Feed], Awaitable[ParsedFeed]] | None = None,
        backlog: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__()
        self._answer = answer
        self._older = older
        self._backlog = backlog

    @property
    def backlog(self) -> int:  # type: ignore[override]
        return self._backlog()

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        return await self._answer(feed)

    async def older(self, feed: Feed, url: str) -> ParsedFeed:
        assert self._older is not None
        return await self._older(feed)


def run(desk: Desk) -> tuple[PollResult, ...]:
    """Poll what is due; what hangs here would hang for ever."""
    return asyncio.run(asyncio.wait_for(poll_due(desk), SOON_S))


def detail(desk: Desk, name: str = FEED.name) -> FeedDetail:
    found = desk.store.write_now(lambda tx: feed_views.show(tx, name))
    assert found is not None
    return found


async def hang(_: Feed) -> ParsedFeed:
    await asyncio.Event().wait()
    raise AssertionError


# --- how long a poll may take -----------------------------------------------------------------------------------------


def test_a_lease_outlasts_the_longest_poll() -> None:
    assert OLDER_S < POLL_S
    assert LEASE.total_seconds() > POLL_S + 30


def test_a_poll_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "SLOW_AFTER_S", 0.01)
    monkeypatch.setattr(poll, "POLL_S", 0.05)
    desk = desk_of(source=ScriptedSource(hang))
    [result] = run(desk)
    assert result.error == "https://wire.example/feed: took longer than 0.05 s"
    assert detail(desk).health.state.health.failures == 1


def test_older_pages_that_do_not_end_keep_back_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "OLDER_S", 0.01)

    async def answer(_: Feed) -> Polled:
        asked.append(1)
        entry = replace(ENTRY, guid=str(len(asked)), title=f"Number {len(asked)} of many")
        return ParsedFeed(entries=(entry,), hints=Hints(older_url="https://wire.example/older"))

    asked: list[int] = []
    desk = desk_of(source=ScriptedSource(answer, hang))
    for n in range(2):
        now = NOW + n * timedelta(hours=1)
        [result] = run(replace(desk, now=lambda now=now: now))  # type: ignore[misc]
        assert (result.error, result.added) == (None, 1)
    assert detail(desk).health.state.health.gaps == 1


# --- who lost the feed ------------------------------------------------------------------------------------------------


class TwoPolls:
    """The first poll answers when it is let go, later ones at once; the two list different things."""

    def __init__(self) -> None:
        self.now = NOW
        self.go = asyncio.Event()
        self.results: list[PollResult] = []
        self.begun = 0
        self.desk = desk_of(source=ScriptedSource(self._answer), now=lambda: self.now)
        self.had_one = asyncio.Event()
        self.poller = Poller(self.desk, on_end=self._ended)

    def _ended(self, result: PollResult) -> None:
        self.results.append(result)
        self.had_one.set()

    async def _answer(self, _: Feed) -> Polled:
        self.begun += 1
        if self.begun > 1:
            return ParsedFeed(entries=(replace(ENTRY, guid="2"),), validators=Validators(etag='"2"'))
        await self.go.wait()
        return ParsedFeed(entries=(ENTRY,), validators=Validators(etag='"1"'), is_delta_wrong=True)

    async def let_go(self) -> None:
        self.go.set()
        await self.poller.idle()
        await self.poller.stop()

    @property
    def guids(self) -> list[str]:
        with self.desk.store.read() as tx:
            return list(tx.exec_driver_sql("SELECT guid FROM entry").scalars())


def test_a_poll_that_outlasts_its_lease_leaves_nothing() -> None:
    async def work() -> None:
        polls = TwoPolls()
        await polls.poller.start_due()
        await asyncio.sleep(0)
        polls.now += LEASE + timedelta(seconds=1)
        assert await polls.poller.start_due()
        await polls.had_one.wait()
        await polls.let_go()
        assert [(result.added, result.error) for result in polls.results] == [(1, None), (0, None)]
        assert polls.guids == ["2"]
        found = detail(polls.desk)
        assert found.health.state.memory.validators.etag == '"2"'
        assert found.events == ()

    asyncio.run(work())


def test_a_poll_does_not_end_under_the_lease_of_the_next_one() -> None:
    """Each claim has a token of its own: the one that has the feed by now is still asking when the other one ends."""
    may_end = [asyncio.Event(), asyncio.Event()]
    begun: asyncio.Queue[int] = asyncio.Queue()
    numbers = iter(range(2))

    async def answer(_: Feed) -> Polled:
        own = next(numbers)
        begun.put_nowait(own)
        await may_end[own].wait()
        return ParsedFeed(entries=(replace(ENTRY, guid=str(own)),), validators=Validators(etag=f'"{own}"'))

    async def work() -> None:
        now, ended = NOW, asyncio.Queue[PollResult]()
        desk = desk_of(source=ScriptedSource(answer), now=lambda: now)
        poller = Poller(desk, on_end=ended.put_nowait)
        for at in (NOW, NOW + LEASE + timedelta(seconds=1)):
            now = at
            assert await poller.start_due()
            await asyncio.wait_for(begun.get(), SOON_S)
        for may, added in zip(may_end, (0, 1), strict=True):
            may.set()
            assert (await asyncio.wait_for(ended.get(), SOON_S)).added == added
        await poller.stop()
        assert detail(desk).health.state.memory.validators.etag == '"1"'

    asyncio.run(work())


@pytest.mark.parametrize("becomes", [(), (replace(FEED, url="https://other.example/feed"),)])
def test_a_poll_of_a_feed_that_was_removed_or_moved_leaves_nothing(becomes: tuple[Feed, ...]) -> None:
    async def work() -> None:
        polls = TwoPolls()
        await polls.poller.start_due()
        polls.desk.store.write_now(lambda tx: feeds.sync(tx, becomes, now=NOW))
        await polls.let_go()
        assert [(result.added, result.error) for result in polls.results] == [(0, None)]
        assert polls.guids == []
        for each in becomes:
            assert detail(polls.desk, each.name).health.state.polls == 0
            assert detail(polls.desk, each.name).events == ()

    asyncio.run(work())


def test_one_lost_lease_costs_the_others_of_its_batch_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "GATHER_S", 0.2)
    kept = replace(FEED, name="kept", url="https://kept.example/feed")

    async def answer(_: Feed) -> Polled:
        await go.wait()
        return ParsedFeed(entries=(ENTRY,))

    async def work() -> list[PollResult]:
        desk = desk_of(source=ScriptedSource(answer))
        desk = replace(desk, feeds={each.name: each for each in (FEED, kept)})
        desk.store.write_now(lambda tx: feeds.sync(tx, (FEED, kept), now=NOW))
        poller = Poller(desk, on_end=results.append)
        await poller.start_due()
        desk.store.write_now(lambda tx: feeds.sync(tx, (kept,), now=NOW))
        go.set()
        await poller.idle()
        return results

    go, results = asyncio.Event(), []
    found = {result.feed: result.added for result in asyncio.run(work())}
    assert found == {"wire": 0, "kept": 1}


# --- what waits for workers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("waits_for_worker", "most"), [(True, 4), (False, 20)])
def test_a_slow_poll_gives_up_its_place_unless_its_body_waits(
    waits_for_worker: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("POLLS_AT_ONCE", 4), ("ROOMY", 2), ("SLOW_AFTER_S", 0.01)):
        monkeypatch.setattr(poll, name, value)
    in_hand, highest, all_in_hand = 0, 0, asyncio.Event()

    async def answer(_: Feed) -> Polled:
        nonlocal in_hand, highest
        in_hand += 1
        highest = max(highest, in_hand)
        if in_hand == len(listed):
            all_in_hand.set()
        await (asyncio.sleep(0.05) if waits_for_worker else all_in_hand.wait())
        in_hand -= 1
        return ParsedFeed(entries=())

    listed = [Feed(name=f"f{n}", url=f"https://f{n}.example/") for n in range(20)]
    source = ScriptedSource(answer, backlog=lambda: in_hand if waits_for_worker else 0)
    desk = replace(desk_of(source=source), feeds={each.name: each for each in listed})
    desk.store.write_now(lambda tx: feeds.sync(tx, listed, now=NOW))
    assert len(run(desk)) == 20
    assert highest == most


# --- what alerts change -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fresh_s", "wait"), [(None, timedelta(minutes=8.25)), (1800, timedelta(minutes=30))])
def test_an_alert_makes_the_next_poll_sooner_but_not_sooner_than_the_host_allows(
    fresh_s: float | None, wait: timedelta
) -> None:
    async def answer(feed: Feed) -> Polled:
        listed = await ListedSource().poll(feed, FeedMemory())
        assert isinstance(listed, ParsedFeed)
        return replace(listed, validators=Validators(etag='"1"'), visit=Visit(fresh_for_s=fresh_s))

    desk = desk_of(source=ScriptedSource(answer))
    slow = "UPDATE feed SET polls = 9, new_times = 9, usual_gap_s = 864000"
    desk.store.write_now(lambda tx: tx.exec_driver_sql(slow))
    passed = one_pass(
        desk, everything=True, on_assessed=lambda _: None, on_notice=lambda _: None, on_told=lambda _: None
    )
    assert asyncio.run(passed).alerts > 0
    state = detail(desk).health.state
    assert state.rhythm.burst_until is not None
    assert NOW < state.next_at <= NOW + wait


def test_delta_parses_that_were_checked_are_counted() -> None:
    async def answer(_: Feed) -> Polled:
        return ParsedFeed(entries=(), is_compared=True)

    before = metrics.counted("monitor_delta_checks_total").get("agreed", 0)
    run(desk_of(source=ScriptedSource(answer)))
    assert metrics.counted("monitor_delta_checks_total")["agreed"] == before + 1


@pytest.mark.parametrize(("status", "held"), [(429, {"pages.example": NOW + timedelta(hours=1)}), (None, {})])
def test_a_page_whose_host_asks_for_a_pause_has_it_stored(status: int | None, held: dict[str, datetime]) -> None:
    """A restart must not forget it; nor must it store what its own gate said."""

    class Refusing(ScriptedSource):
        async def page(self, url: str, *, allow_private: bool, conditions: object = None) -> ReadPage:
            raise FetchError("answered 429", url=url, status=status, retry_after_s=3600, host="pages.example")

    async def answer(_: Feed) -> Polled:
        return ParsedFeed(entries=(replace(ENTRY, url="https://pages.example/1"),))

    desk = desk_of(source=Refusing(answer))
    asyncio.run(
        one_pass(desk, everything=True, on_assessed=lambda _: None, on_notice=lambda _: None, on_told=lambda _: None)
    )
    assert desk.store.write_now(lambda tx: feeds.holds(tx, now=NOW)) == held
