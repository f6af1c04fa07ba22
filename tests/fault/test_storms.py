"""Floods, wrong clocks, dead and poisoned channels: nothing lost, nothing told twice, no burst, no stall."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event, insert

from monitor.model.delivery import Delivery, Digest, NotSent, OnUnknown, Receipt, Sent, Unsure, Wait
from monitor.model.feed import SourceState
from monitor.model.judgement import Alert, Outcome, Reason, SourceAlert
from monitor.model.routing import Policy, Quiet, Route
from monitor.pipeline.assess import assess_waiting
from monitor.pipeline.cron import next_digest
from monitor.pipeline.desk import Pace
from monitor.pipeline.gather import gather
from monitor.pipeline.poll import poll_due
from monitor.pipeline.read import read_waiting
from monitor.store import codec, feeds, outbox, turns
from monitor.store.engine import Store, Tx, open_scratch, open_store
from monitor.store.tables import AlertRow, DeliveryRow
from tests.desk_samples import FEED
from tests.integration.test_outgoing import MORNING, NIGHT, START, UPDATES, Down, World, desk_route, texts

BERLIN = ZoneInfo("Europe/Berlin")


def told(world: World, channel: str = "desk") -> Counter[str]:
    """Return how often each alert was told, alone or in a digest."""
    sent = [each.alert for each in world.sent if each.channel == channel]
    return Counter(
        name
        for alert in sent
        for name in ([item.alert for item in alert.items] if isinstance(alert, Digest) else [alert.id])
    )


def digests(world: World) -> list[Digest]:
    return [each.alert for each in world.sent if isinstance(each.alert, Digest)]


class TestClocks:
    def test_a_clock_that_was_a_day_ahead_stalls_no_group(self) -> None:
        world = World(desk_route(group_wait=timedelta(minutes=5), group_interval=timedelta(minutes=20)))
        world.clock.go(days=1, hours=2)
        world.tell(UPDATES[0])
        world.clock.go(days=-1, hours=-2)
        assert len(world.dispatch()) == 1
        world.tell(UPDATES[1])
        world.clock.go(minutes=20)
        assert len(world.dispatch()) == 1

    def test_a_clock_that_was_a_day_ahead_stalls_no_overflow_and_uses_up_no_cap(self) -> None:
        world = World(desk_route(cap=4))
        world.clock.go(days=2)
        world.tell(*texts(10))
        world.clock.go(days=-2)
        world.dispatch()
        assert set(told(world).values()) == {1}
        assert len(told(world)) == 10
        assert world.tell(*texts(1, first=50)) == [(Outcome.ALERTED, Reason.NEW_DEVELOPMENT)]
        world.tell(*texts(9, first=60))
        world.clock.go(minutes=70)
        world.dispatch()
        assert len(told(world)) == 20

    def test_a_clock_that_was_a_day_ahead_ends_no_night_later(self) -> None:
        world = World(desk_route(), quiets=(NIGHT,))
        world.clock.at(4, 2)
        world.tell(*texts(2))
        world.clock.at(3, 2)
        world.tell(*texts(1, first=7))
        assert world.sent == []
        world.clock.at(3, 6, 30)
        [morning] = world.dispatch()
        assert isinstance(morning.alert, Digest)
        assert len(morning.alert.items) == 3

    def test_a_clock_that_was_a_day_ahead_puts_off_no_digest(self) -> None:
        world = World(desk_route(digest="morning"), schedules=(MORNING,))
        world.clock.at(4, 12)
        world.tell(*texts(2))
        world.clock.at(2, 12)
        assert world.dispatch() == []
        world.clock.at(3, 7)
        world.dispatch()
        assert len(told(world)) == 2

    def test_a_clock_set_back_an_hour_tells_no_digest_twice_and_loses_nothing(self) -> None:
        """What comes in an hour that was already told waits for the next one: the digest's key is taken."""
        world = World(desk_route(digest="morning"), schedules=(MORNING,))
        world.tell(*texts(2))
        world.clock.at(3, 7, 10)
        assert len(world.dispatch()) == 1
        world.clock.go(hours=-1)
        world.tell(*texts(2, first=5))
        world.clock.at(3, 7)
        assert world.dispatch() == []
        world.clock.at(4, 7)
        assert len(world.dispatch()) == 1
        assert len(told(world)) == 4
        assert len({digest.id for digest in digests(world)}) == 2

    def test_a_clock_set_back_an_hour_stalls_no_overflow(self) -> None:
        world = World(desk_route(cap=4))
        world.tell(*texts(10))
        world.clock.go(minutes=10)
        world.dispatch()
        world.clock.go(hours=-1)
        world.tell(*texts(10, first=20))
        world.clock.go(minutes=71)
        world.dispatch()
        assert len(told(world)) == 20
        assert set(told(world).values()) == {1}

    def test_a_clock_set_back_an_hour_brings_no_message_again(self) -> None:
        world = World(desk_route())
        world.tell(*texts(3))
        world.clock.go(hours=-1)
        assert world.dispatch() == []

    @pytest.mark.parametrize(
        ("cron", "zone", "day", "times"),
        [
            ("30 2 * * *", "Europe/Berlin", datetime(2024, 10, 26, 12), ["27 00:30", "28 01:30", "29 01:30"]),
            ("30 2 * * *", "Europe/Berlin", datetime(2024, 3, 30, 12), ["31 01:30", "01 00:30", "02 00:30"]),
            ("0 0 * * *", "America/Havana", datetime(2024, 3, 9, 12), ["10 05:00", "11 04:00", "12 04:00"]),
            ("45 1 * * *", "Australia/Lord_Howe", datetime(2024, 4, 6, 0), ["06 14:45", "07 15:15", "08 15:15"]),
            ("0 7 * * 1-5", "Europe/Berlin", datetime(2024, 10, 25, 12), ["28 06:00", "29 06:00", "30 06:00"]),
            ("0 * * * *", "Europe/Berlin", datetime(2024, 10, 26, 23, 30), ["27 00:00", "27 01:00", "27 02:00"]),
        ],
    )
    def test_a_digest_comes_once_on_the_days_on_which_clocks_change(
        self, cron: str, zone: str, day: datetime, times: list[str]
    ) -> None:
        schedule = replace(MORNING, cron=cron, zone=ZoneInfo(zone))
        moments = [day.replace(tzinfo=UTC)]
        for _ in times:
            moments.append(next_digest(schedule, moments[-1]))
        assert [f"{moment:%d %H:%M}" for moment in moments[1:]] == times
        for before, after in pairwise(moments):  # whenever it is asked for in between
            for part in (0.25, 0.5, 0.75, 0.999):
                assert next_digest(schedule, before + (after - before) * part) == after

    @pytest.mark.parametrize(("day", "hours"), [(30, 3), (31, 2)])
    def test_a_night_on_which_clocks_change_has_its_true_length(self, day: int, hours: int) -> None:
        night = Quiet(name="night", start=time_of_day(0), end=time_of_day(3), days=frozenset(range(7)), zone=BERLIN)
        world = World(desk_route(), quiets=(night,))
        world.clock.now = datetime(2024, 3, day, tzinfo=BERLIN).astimezone(UTC)
        world.tell(*texts(2))
        world.clock.go(hours=hours, seconds=-1)
        assert world.dispatch() == []
        world.clock.go(seconds=1)
        assert len(world.dispatch()) == 1

    def test_what_is_over_the_cap_before_the_night_waits_for_the_morning(self) -> None:
        world = World(desk_route(cap=3, group_interval=timedelta(minutes=20)), quiets=(NIGHT,))
        world.clock.at(2, 21, 55)
        world.tell(*texts(5))
        before = len(world.sent)
        world.clock.at(3, 2)
        assert world.dispatch() == []
        world.clock.at(3, 6, 30)
        world.dispatch()
        assert before < len(world.sent) <= 3
        assert len(told(world)) == 5


class TestFloods:
    def test_five_hundred_at_once_are_told_in_no_more_than_the_cap_and_all_are_accounted_for(self) -> None:
        world = World(desk_route(cap=30))
        decided = world.tell(*texts(500))
        world.clock.go(minutes=10)
        world.dispatch()
        assert len(decided) == 500
        assert len(world.sent) <= 30
        assert len(told(world)) == Counter(outcome for outcome, _ in decided).total() == 500
        assert set(told(world).values()) == {1}
        assert len(digests(world)) == 1

    def test_a_feed_that_changes_all_its_guids_brings_nothing(self) -> None:
        world = World(desk_route())
        world.tell(*texts(20))
        world.clock.go(hours=2)
        world.dispatch()
        before = len(world.sent)
        world.wire.listed[:] = texts(1, first=90) + texts(20)  # the wire numbers them anew
        decided = world.tell()
        world.clock.go(hours=2)
        world.dispatch()
        assert {outcome for outcome, _ in decided} <= {Outcome.ALERTED, Outcome.DUPLICATE}
        assert len(world.sent) - before == 1  # the one that is new

    def test_a_backlog_of_any_length_is_one_message_in_order(self) -> None:
        """No more than a hundred are claimed at a time."""
        sender = Down("desk")
        world = World(desk_route(cap=1000), sender=sender)
        world.tell(*texts(120))
        world.clock.go(hours=3)
        world.tell(*texts(2, first=300))
        sender.dead.clear()
        world.clock.go(hours=2, minutes=-90)
        world.dispatch()
        names = [len(each.alert.items) if isinstance(each.alert, Digest) else 1 for each in world.sent]
        assert names == [1, 121]
        assert len(told(world)) == 122

    def test_what_a_restored_backup_tells_again_has_the_same_keys(self, tmp_path: Path) -> None:
        """Somebody puts yesterday's state folder back: what was told since is told once more, the rest is not."""
        world = World(desk_route(cap=1000, group_wait=timedelta(minutes=5)))
        world.desk = replace(world.desk, store=open_store(tmp_path / "state"))
        world.tell(UPDATES[0], *texts(5))
        world.clock.go(minutes=5)
        world.dispatch()
        world.desk.store.close()
        copytree(tmp_path / "state", tmp_path / "backup")

        world.desk = replace(world.desk, store=open_store(tmp_path / "state"))
        world.clock.go(hours=1)
        world.tell(*UPDATES[1:], *texts(5, first=10))
        world.clock.go(minutes=5)
        world.dispatch()
        world.desk.store.close()
        before, since = world.sent[:6], world.sent[6:]

        world.desk = replace(world.desk, store=open_store(tmp_path / "backup"))
        world.clock.go(hours=1)
        world.tell()
        world.clock.go(minutes=5)
        world.dispatch()
        world.desk.store.close()
        again = world.sent[len(before) + len(since) :]
        assert any(isinstance(each.alert, Digest) for each in since)
        assert {each.key for each in again} == {each.key for each in since}
        assert len(again) == len(since) == 6

    def test_a_week_of_sleep_ends_without_a_flood(self) -> None:
        world = World(desk_route(cap=6), quiets=(NIGHT,), schedules=(MORNING,))
        world.clock.at(3, 2)
        world.tell(*texts(5))
        world.clock.go(days=7, hours=12)
        world.tell(*texts(60, first=100))
        world.clock.go(minutes=20)
        world.dispatch()
        assert len(told(world)) == 65
        assert set(told(world).values()) == {1}
        assert Counter(digest.why for digest in digests(world)) == {Wait.QUIET: 1, Wait.OVERFLOW: 1}
        assert len(world.sent) <= 6 + 1

    def test_a_flood_of_thousands_keeps_another_feeds_alert_waiting_for_a_few_turns_only(self) -> None:
        """What counts is how many are judged before it: each takes some hundredths of a second."""
        world = World(desk_route(cap=30))
        world.wire.listed += texts(1_100)
        other, turns_waited, seen = replace(FEED, name="other"), 0, 0

        async def flood() -> list[Outcome]:
            nonlocal turns_waited, seen
            await poll_due(world.desk, everything=True)
            await read_waiting(world.desk)
            async for each in assess_waiting(world.desk):
                seen += 1
                if seen == 50:
                    world.wire.listed[:] = texts(1, first=7_777)
                    world.desk = replace(world.desk, feeds={FEED.name: FEED, "other": other})
                    await world.desk.store.write(lambda tx: feeds.sync(tx, [other], now=world.clock()))
                    await poll_due(world.desk)
                    await read_waiting(world.desk)
                if each.entry.feed == "other":
                    return [decision.outcome for decision in each.decisions]
                turns_waited += seen > 50
            raise AssertionError("it was never judged")

        assert asyncio.run(flood()) == [Outcome.ALERTED]  # the flood leaves it room
        assert turns_waited <= turns.MOST


class Poisoned:
    """A channel that never takes one message, and takes every other one."""

    def __init__(self, poison: str) -> None:
        self.poison, self.tries = poison, 0
        self.deliveries: list[Delivery] = []

    def send(self, delivery: Delivery) -> Receipt:
        if isinstance(delivery.alert, Alert) and delivery.alert.headline == self.poison:
            self.tries += 1
            return NotSent(reason="500")
        self.deliveries.append(delivery)
        return Sent()


class TestTrouble:
    def test_a_message_that_a_channel_never_takes_holds_the_others_up_for_minutes_only(self) -> None:
        some = texts(6)
        world = World(desk_route(), sender=Poisoned(some[0].partition("\n")[0]))
        world.tell(*some)
        assert world.sent == []
        for _ in range(5):
            world.clock.go(minutes=1)
            world.dispatch()
        assert len(world.sent) == 5
        world.tell(*texts(1, first=40))
        assert len(world.sent) == 6
        assert world.states() == {"retry": 1, "sent": 6}

    def test_a_receiver_that_broke_off_once_is_asked_again_within_seconds(self) -> None:
        sender = Down("desk")
        world = World(desk_route(), sender=sender)
        world.tell(*texts(1))
        sender.dead.clear()
        world.clock.go(seconds=12)
        assert len(world.dispatch()) == 1

    def test_what_comes_while_a_channel_has_trouble_is_not_told_before_what_waits(self) -> None:
        sender = Down("desk")
        world = World(desk_route(), sender=sender)
        world.tell(UPDATES[0])
        sender.dead.clear()
        world.clock.go(seconds=5)
        world.tell(UPDATES[1])
        assert [each.alert.revision for each in world.sent if isinstance(each.alert, Alert)] == [1, 2]

    def test_what_comes_while_a_channel_asked_to_be_left_alone_waits_too(self) -> None:
        sender = Down("desk", with_=NotSent(reason="429", retry_after=timedelta(minutes=10)))
        world = World(desk_route(), sender=sender)
        world.tell(*texts(1))
        world.clock.go(minutes=5)
        world.tell(*texts(1, first=5))
        assert sender.tries == 1
        sender.dead.clear()
        world.clock.go(minutes=5)
        assert len(world.dispatch()) == 2

    @pytest.mark.parametrize(("policy", "again"), [(OnUnknown.RESEND, 1), (OnUnknown.HOLD, 0)])
    def test_a_send_whose_end_could_not_be_stored_may_have_arrived(self, policy: OnUnknown, again: int) -> None:
        """As with a full disk: the program goes on, and its lease ends."""
        world = World(desk_route())
        world.desk = replace(world.desk, paces={"desk": Pace(on_unknown=policy)})
        world.tell(*texts(1))
        values = {"state": "leased", "lease": "test", "lease_until": START + outbox.LEASE, "sent_at": None}
        world.desk.store.write_now(lambda tx: tx.execute(DeliveryRow.__table__.update().values(**values)))
        world.clock.go(minutes=2)
        assert world.dispatch() == []
        world.clock.go(minutes=2)
        assert len(world.dispatch()) == again
        assert world.states() == ({"sent": 1} if again else {"unknown": 1})

    def test_a_dead_channel_with_others_beside_it_keeps_them_in_time_and_order(self) -> None:
        class Slow(Down):
            def send(self, delivery: Delivery) -> Receipt:
                if delivery.channel == "dead":
                    time.sleep(1)  # on its own thread
                    return Unsure(reason="no answer")
                return super().send(delivery)

        world = World(desk_route(to=("dead", "desk", "chat")), sender=Slow())
        ended: dict[str, float] = {}

        async def beside() -> None:
            from monitor.pipeline.dispatch import dispatch

            async def timed(channel: str) -> None:
                await dispatch(world.desk, channel)
                ended[channel] = asyncio.get_running_loop().time()

            await asyncio.gather(*(timed(channel) for channel in world.desk.channels))

        sender, world.desk = world.desk.sender, replace(world.desk, sender=Down("dead", "desk", "chat"))
        world.tell(*texts(20))
        world.desk = replace(world.desk, sender=sender)
        world.clock.go(hours=1)
        asyncio.run(beside())
        assert ended["dead"] - max(ended["desk"], ended["chat"]) > 0.2
        for channel in ("desk", "chat"):
            made = [each.alert.id for each in world.sent if each.channel == channel]
            assert made == list(dict.fromkeys(made))
            assert len(made) == 20


# --- what it costs ----------------------------------------------------------------------------------------------------


def stored(store: Store, waiting: int, sent: int, *, wait: Wait | None) -> None:
    """Store deliveries that wait or are due, behind an archive of which half was told in digests."""

    def rows(tx: Tx) -> None:
        for begin in range(0, waiting + sent, 500):
            made = [row(number) for number in range(begin, min(begin + 500, waiting + sent))]
            tx.execute(insert(AlertRow), [alert for alert, _ in made])
            tx.execute(insert(DeliveryRow), [delivery for _, delivery in made])

    def row(number: int) -> tuple[dict[str, object], dict[str, object]]:
        at = START + timedelta(minutes=10 if wait else 0) if number >= sent else START - timedelta(days=2)
        name, waits = f"{number:016x}", wait if number >= sent else (None, Wait.OVERFLOW)[number % 2]
        alert = SourceAlert(
            id=name, feed="wire", state=SourceState.DOWN, reason="", since=START, url=None, created=START
        )
        state = ("sent", "batched")[number % 2] if number < sent else ("batched" if wait else "pending")
        delivery = {"key": f"{name}.desk", "alert": name, "channel": "desk", "state": state, "next_at": at}
        delivery |= {"planned_at": at, "route": "route", "feed": "wire", "wait": waits, "attempts": 0}
        delivery |= {"bucket": "overflow:route" if waits else "", "digest": name if number < sent and waits else None}
        row = {"id": name, "kind": codec.SOURCE, "watch": "", "revision": 0, "created": START}
        return row | {"payload": codec.dump_alert(alert)}, delivery

    store.write_now(rows)


def cost_of(store: Store, work: Callable[[Tx], object]) -> float:
    """Return the least CPU time that some work takes; what it writes is undone."""
    spent = []
    for _ in range(5):
        with store.read() as tx:
            begun = time.process_time()
            work(tx)
            spent.append(time.process_time() - begun)
    return min(spent)


STEPS: dict[str, Callable[[Tx], object]] = {
    "traffic": lambda tx: outbox.traffic(tx, "route", "desk", feed="wire", group="route story=1", now=START),
    "gather": lambda tx: gather(tx, Policy(route=Route(name="route")), "desk", now=START),
    "claim": lambda tx: outbox.claim(tx, "desk", now=START, lease="x", limit=100),
    "next": lambda tx: outbox.bring_forward(tx, "desk", "overflow:route", to=START + timedelta(days=1)),
}


@pytest.mark.slow
def test_no_step_of_the_outbox_grows_with_the_archive() -> None:
    for wait in (Wait.OVERFLOW, None):
        small, large = open_scratch(), open_scratch()
        stored(small, 200, 200, wait=wait)
        stored(large, 200, 20_000, wait=wait)
        for name, step in STEPS.items():
            assert cost_of(large, step) <= 3 * cost_of(small, step) + 0.001, name
        small.close()
        large.close()


def test_every_step_of_the_outbox_finds_its_rows_by_an_index_made_for_it() -> None:
    plans: list[str] = []
    store = open_scratch()

    def explained(tx: Connection, _: object, statement: str, parameters: object, *rest: object) -> None:
        if "delivery" in statement and statement.startswith(("SELECT", "UPDATE")):
            rows = tx.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[union-attr]
            plans.extend(str(row[3]) for row in rows if " delivery" in str(row[3]))

    def steps(tx: Tx) -> None:
        event.listen(tx, "before_cursor_execute", explained)
        for step in STEPS.values():
            step(tx)

    store.write_now(steps)
    made_for = ("single", "gathered", "unsent", "channel_bucket_planned_at")
    assert len(plans) >= 8
    assert [plan for plan in plans if not any(f"INDEX ix_delivery_{name} " in plan for name in made_for)] == []
    assert not any("channel_bucket_planned_at (channel=?)" in plan for plan in plans)  # all that it was ever told
    store.close()
