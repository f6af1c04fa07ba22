"""Many sources that go blind at once are one alert, and one when they answer again; on our own clock."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk_samples import ListedSource, desk_of
from source_samples import several, source_alert

from monitor.alerting.render import subject
from monitor.delivery.sender import RecordingSender
from monitor.errors import FetchError
from monitor.model.feed import Feed, FeedMemory, ParsedFeed, Polled, SourceState
from monitor.model.judgement import SourceAlert
from monitor.model.routing import Match, Policy, Quiet, Route
from monitor.pipeline import orders
from monitor.pipeline.dispatch import dispatch_due
from monitor.pipeline.poll import poll_due
from monitor.store import codec, feeds, outbox

START = datetime(2024, 5, 2, 12, tzinfo=UTC)
STEP = timedelta(minutes=10)
NIGHT = Quiet(name="night", start=time(12, 30), end=time(20), days=frozenset(range(7)), zone=ZoneInfo("UTC"))
OPS = Route(
    name="route", to=("desk",), routes=(Route(name="route.0", to=("ops",), match=Match(source=True), cap=1000),)
)


class Net(ListedSource):
    """Feeds that answer, but for those that are down."""

    def __init__(self) -> None:
        super().__init__(())
        self.down: set[str] = set()

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        if feed.name in self.down:
            raise FetchError("could not resolve the host", url=feed.url or "")
        return ParsedFeed(entries=())


class World:
    """A desk with feeds of several hosts, looked at every ten minutes of our clock."""

    def __init__(self, sites: dict[str, int], **policy: object) -> None:
        self.net, self.now, self.sender = Net(), START, RecordingSender()
        self.feeds = [
            Feed(name=f"{host}-{n:03}", url=f"https://{host}.example/{n}", every=timedelta(minutes=15))
            for host, count in sites.items()
            for n in range(count)
        ]
        made = desk_of(source=self.net, sender=self.sender, now=lambda: self.now)
        self.desk = replace(
            made,
            feeds={feed.name: feed for feed in self.feeds},
            policy=Policy(**({"route": OPS} | policy)),  # type: ignore[arg-type]
            host_gap=timedelta(0),
        )
        self.sync()
        self.go(hours=1)

    def sync(self, but: Iterable[str] = ()) -> None:
        kept = [feed for feed in self.feeds if feed.name not in set(but)]
        self.desk.store.write_now(lambda tx: feeds.sync(tx, kept, now=self.now))

    def go(self, **span: float) -> None:
        asyncio.run(self._go(self.now + timedelta(**span)))

    async def _go(self, end: datetime) -> None:
        while self.now < end:
            self.now += STEP
            await poll_due(self.desk)
            await dispatch_due(self.desk)

    def fail(self, *hosts: str) -> None:
        self.net.down = {feed.name for feed in self.feeds if feed.name.rpartition("-")[0] in hosts}

    @property
    def told(self) -> list[tuple[str, str]]:
        alerts = (each.alert for each in self.sender.deliveries)
        return [(str(each.state), each.feed) for each in alerts if isinstance(each, SourceAlert)]

    @property
    def last(self) -> SourceAlert:
        alert = self.sender.deliveries[-1].alert
        assert isinstance(alert, SourceAlert)
        return alert


def many(count: int) -> dict[str, int]:
    """Return that many hosts with one feed each."""
    return {f"site{n:03}": 1 for n in range(count)}


@pytest.mark.slow
def test_a_network_that_is_gone_is_one_alert_and_one_when_it_is_back() -> None:
    world = World(many(60))
    world.fail(*many(55))
    world.go(hours=3)
    assert world.told == [("down", "*")]
    assert {each.channel for each in world.sender.deliveries} == {"ops"}
    alert = world.last
    assert (alert.several, alert.of, len(alert.named)) == (55, 60, 20)
    assert subject(alert) == "Sources down: 55 of 60 feeds cannot be reached"
    world.go(hours=20)
    assert len(world.told) == 1
    world.fail()
    world.go(hours=9)
    assert world.told == [("down", "*"), ("back", "*")]
    assert world.last.since == alert.since
    assert "Sources back: " in subject(world.last)
    assert [each.root for each in world.sender.deliveries] == [world.sender.deliveries[0].root] * 2
    world.fail(*many(60))
    world.go(hours=3)
    assert world.told[2:] == [("down", "*")]


def test_so_is_a_host_with_many_feeds() -> None:
    world = World({"hub": 12, **many(20)})
    world.fail("hub")
    world.go(hours=3)
    assert world.told == [("down", "*.hub.example")]
    assert subject(world.last) == "Sources down: 12 of 12 feeds of hub.example cannot be reached"
    world.fail()
    world.go(hours=9)
    assert world.told[1:] == [("back", "*.hub.example")]


@pytest.mark.parametrize(("count", "of"), [(2, 3), (5, 20)])
def test_few_feeds_are_told_of_each_by_itself(count: int, of: int) -> None:
    world = World(many(of))
    world.fail(*many(count))
    world.go(hours=3)
    assert sorted(world.told) == [("down", f"{site}-000") for site in many(count)]
    world.fail()
    world.go(hours=9)
    assert sorted(world.told[count:]) == [("back", f"{site}-000") for site in many(count)]


def test_what_fails_when_most_answer_again_is_told_of_by_itself() -> None:
    world = World(many(20))
    world.fail(*many(20))
    world.go(hours=2)
    world.fail("site003")
    world.go(hours=12)
    assert world.told == [("down", "*"), ("back", "*"), ("down", "site003-000")]
    world.fail()
    world.go(hours=9)
    assert world.told[3:] == [("back", "site003-000")]


def test_a_short_outage_is_not_told_at_all() -> None:
    world = World(many(20))
    world.fail(*many(20))
    world.go(minutes=50)
    world.fail()
    world.go(hours=9)
    assert world.told == []


def test_it_is_told_once_over_restarts_reloads_and_removals() -> None:
    world = World(many(20))
    world.fail(*many(20))
    world.go(hours=2)
    world.desk.store.write_now(lambda tx: feeds.release_all(tx, now=world.now))
    world.desk.store.write_now(outbox.release_all)
    world.sync()
    world.go(hours=2)
    world.sync(but=["site001-000", "site002-000"])
    world.go(hours=2)
    world.sync()
    world.go(hours=4)
    assert world.told == [("down", "*")]
    world.fail()
    world.go(hours=12)
    assert world.told[1:] == [("back", "*")]


@pytest.mark.parametrize("count", [1, 20])
def test_trouble_that_is_over_before_it_was_told_is_not_told(count: int) -> None:
    world = World(many(20), quiets=(NIGHT,))
    world.fail(*many(count))
    world.go(hours=2)
    assert world.desk.store.write_now(outbox.counts) == {"held": 1}
    world.fail()
    world.go(hours=9)
    assert (world.told, world.desk.store.write_now(outbox.counts)) == ([], {"cancelled": 1})


def test_a_silence_on_a_feed_covers_its_health() -> None:
    world = World(many(5))
    asyncio.run(
        orders.silence(
            world.desk.store, watch="", story="", feed="site001-000", outlet="", note="", now=world.now,
            until=world.now + timedelta(hours=40),
        )
    )  # fmt: skip
    world.fail("site001", "site002")
    world.go(hours=3)
    assert world.told == [("down", "site002-000")]


def test_it_is_stored_as_it_is() -> None:
    down = source_alert(SourceState.DOWN)
    assert codec.load_alert(codec.dump_alert(down)) == down
    assert codec.load_alert(codec.dump_alert(several(down))) == several(down)


def test_folders_that_are_gone_are_told_of_each_by_itself(tmp_path: Path) -> None:
    world = World({})
    world.feeds = [
        Feed(name=f"folder-{n}", folder=str(tmp_path / str(n)), every=timedelta(minutes=15)) for n in range(4)
    ]
    world.desk = replace(world.desk, feeds={feed.name: feed for feed in world.feeds})
    world.sync()
    world.fail("folder")
    world.go(hours=3)
    assert sorted(world.told) == [("down", f"folder-{n}") for n in range(4)]
