"""From decisions to messages: routes, quiet hours, caps, groups, digests, silences, dead channels; on our own clock."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_samples import FEED, AnsweringSender, ListedSource, desk_of

from monitor.analysis.match import Matcher
from monitor.analysis.query import parse
from monitor.delivery.sender import RecordingSender, Sender
from monitor.model.delivery import (
    ChannelAlert,
    Delivery,
    DeliveryState,
    Digest,
    NotSent,
    OnUnknown,
    Receipt,
    Sent,
    Unsure,
    Wait,
)
from monitor.model.feed import Feed, FeedEntry, FeedMemory, ParsedFeed, Polled, SourceState
from monitor.model.judgement import Alert, Outcome, Reason, Severity, SourceAlert
from monitor.model.routing import Match, Policy, Quiet, Route, Schedule
from monitor.pipeline import orders
from monitor.pipeline.assess import Assessed, assess_waiting
from monitor.pipeline.desk import Desk, Pace
from monitor.pipeline.dispatch import dispatch_due
from monitor.pipeline.orders import OrderError
from monitor.pipeline.passes import PassResult, one_pass
from monitor.store import feeds, outbox
from monitor.store.engine import Tx

START = datetime(2024, 5, 2, 12, tzinfo=UTC)  # a Thursday
NIGHT = Quiet(name="night", start=time(22), end=time(6, 30), days=frozenset(range(7)), zone=ZoneInfo("UTC"))
MORNING = Schedule(
    name="morning",
    cron="0 7 * * *",
    zone=ZoneInfo("UTC"),
    to=("desk",),
    include=frozenset({Wait.SILENCED, Wait.CONTEXT}),
)
SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprstvz" for vowel in "aeiou"]


def texts(count: int, *, first: int = 0) -> list[str]:
    """Return articles that have nothing in common but little words: each on an event of its own."""
    return [_text(random.Random(number)) for number in range(first, first + count)]


def _text(luck: random.Random) -> str:
    def word() -> str:
        return "".join(luck.choice(SYLLABLES) for _ in range(luck.randint(2, 4)))

    def sentence() -> str:
        return f"The {word()} {word()} of {word().title()} {word()} the {word()} on {word()} {luck.randint(10, 9999)}."

    return f"{word().title()} {word()} {word()} in {word().title()}\n{sentence()} {sentence()} {sentence()}"


class Clock:
    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go(self, **length: float) -> None:
        self.now += timedelta(**length)

    def at(self, day: int, hour: int, minute: int = 0) -> None:
        self.now = datetime(2024, 5, day, hour, minute, tzinfo=UTC)


class Wire(ListedSource):
    """A feed that lists what is laid before it, each text once."""

    def __init__(self) -> None:
        super().__init__(())
        self.listed: list[str] = []

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        entries = (
            FeedEntry(
                guid=f"{feed.name}{n}", title=text.partition("\n")[0], text=text.partition("\n")[2], language="en"
            )
            for n, text in enumerate(self.listed)
        )
        return ParsedFeed(entries=tuple(entries))


class World:
    """A desk with one feed, a clock, and a sender; `tell` lets the feed list more and makes a pass."""

    def __init__(self, route: Route, *, sender: Sender | None = None, watch: str = "*:*", **policy: object) -> None:
        self.clock, self.wire = Clock(), Wire()
        self.sender = sender or RecordingSender()
        made = desk_of(source=self.wire, sender=self.sender, now=self.clock)
        self.desk: Desk = replace(made, policy=Policy(route=route, **policy))  # type: ignore[arg-type]
        self.seen: list[Assessed] = []

    @property
    def sent(self) -> list[Delivery]:
        return self.sender.deliveries  # type: ignore[attr-defined,no-any-return]

    def tell(self, *more: str, now: bool = False) -> list[tuple[Outcome, Reason]]:
        """Let the feed list more, and make a pass; return what was decided."""
        before = len(self.seen)
        self.wire.listed += more
        self.desk.store.write_now(lambda tx: feeds.sync(tx, [], now=self.clock()))  # due again, whatever it learnt
        self.desk.store.write_now(lambda tx: feeds.sync(tx, [FEED], now=self.clock()))
        self.result: PassResult = asyncio.run(
            one_pass(
                self.desk,
                everything=now,
                on_assessed=self.seen.append,
                on_notice=lambda _: None,
                on_told=lambda _: None,
            )
        )
        return [(each.outcome, each.reason) for one in self.seen[before:] for each in one.decisions]

    def dispatch(self, *, now: bool = False) -> list[Delivery]:
        """Send what is due; return what was sent by that."""
        before = len(self.sent)
        asyncio.run(dispatch_due(self.desk, everything=now))
        return self.sent[before:]

    def states(self) -> dict[str, int]:
        return self.desk.store.write_now(outbox.counts)


def desk_route(**changes: object) -> Route:
    return replace(Route(name="route", to=("desk",)), **changes)  # type: ignore[arg-type]


class TestQuietHours:
    def test_what_comes_at_night_comes_in_the_morning_in_one_digest(self) -> None:
        world = World(desk_route(), quiets=(NIGHT,))
        world.clock.at(3, 2)
        assert world.tell(*texts(3)) == [(Outcome.HELD, Reason.QUIET_HOURS)] * 3
        assert world.sent == []
        assert world.states() == {"held": 3}
        world.clock.at(3, 6, 29)
        assert world.dispatch() == []
        world.clock.at(3, 6, 30)
        [morning] = world.dispatch()
        assert isinstance(morning.alert, Digest)
        assert (morning.alert.why, morning.alert.name) == (Wait.QUIET, "night")
        assert {item.headline for item in morning.alert.items} == {text.partition("\n")[0] for text in texts(3)}
        assert world.states() == {"sent": 4}  # the digest, and the three that it told
        assert world.dispatch() == []

    def test_what_a_digest_tells_stands_as_that_digest_does(self) -> None:
        sender = AnsweringSender(
            NotSent(reason="timed out"), Unsure(reason="cut off"), NotSent(reason="550", permanent=True)
        )
        world = World(desk_route(), quiets=(NIGHT,), sender=sender)
        world.clock.at(3, 2)
        world.tell(*texts(2))
        world.clock.at(3, 6, 30)
        for states, shown in (({"batched": 2, "retry": 1}, 2), ({"unknown": 3}, 0), ({"dead": 3}, 0), ({"sent": 3}, 0)):
            if "sent" in states:
                asyncio.run(orders.resend(world.desk.store, "", ("desk",), now=world.clock()))
            world.dispatch(now=True)
            assert world.states() == states
            waits = world.desk.store.write_now(lambda tx: outbox.alerts(tx, limit=9, state=DeliveryState.BATCHED))
            assert len(waits) == shown
            [state] = set(states) - {"retry"}
            [told] = world.desk.store.write_now(lambda tx: outbox.of_alert(tx, world.seen[0].decisions[0].alert.id))
            assert (told.state, told.digest) == (state, world.sent[0].alert.id)
        assert told.sent_at == world.clock()

    def test_one_that_a_digest_told_is_sent_again_by_itself_when_it_is_named(self) -> None:
        world = World(desk_route(), quiets=(NIGHT,))
        world.clock.at(3, 2)
        world.tell(*texts(2))
        world.clock.at(3, 6, 30)
        [digest] = world.dispatch()
        assert isinstance(digest.alert, Digest)
        first = digest.alert.items[0].alert
        done = asyncio.run(orders.resend(world.desk.store, first, ("desk",), now=world.clock()))
        assert (done.deliveries, done.waiting) == (1, ())
        assert [each.alert.id for each in world.dispatch()] == [first]
        assert world.states() == {"sent": 3}

    def test_one_alone_is_told_as_itself(self) -> None:
        world = World(desk_route(), quiets=(NIGHT,))
        world.clock.at(3, 2)
        world.tell(*texts(1))
        world.clock.at(3, 7)
        [alone] = world.dispatch()
        assert isinstance(alone.alert, Alert)
        assert world.states() == {"sent": 1}

    def test_a_grave_one_passes_by_its_route(self) -> None:
        grave = Route(name="route.0", to=("desk",), match=Match(severity=(Severity.HIGH,)), heeds_quiet=False)
        world = World(desk_route(routes=(grave,)), quiets=(NIGHT,))
        rules = Matcher({"high": parse("ferr*", terms={})})
        world.desk = replace(world.desk, severities={"all": rules})
        world.clock.at(3, 2)
        decided = world.tell(UPDATES[0], *texts(1))
        assert Counter(decided) == {
            (Outcome.ALERTED, Reason.NEW_DEVELOPMENT): 1,
            (Outcome.HELD, Reason.QUIET_HOURS): 1,
        }
        [delivery] = world.sent
        assert isinstance(delivery.alert, Alert)
        assert delivery.alert.severity is Severity.HIGH
        assert "Ferry" in delivery.alert.headline

    def test_what_is_held_is_known_from_then_on(self) -> None:
        world = World(desk_route(), quiets=(NIGHT,))
        world.clock.at(3, 2)
        [text] = texts(1)
        world.tell(text)
        title, _, body = text.partition("\n")
        assert [reason for _, reason in world.tell(f"{title} again\n{body}")] == [Reason.SAME_TEXT]


class TestCaps:
    def test_what_is_over_the_cap_is_told_in_one_digest_and_nothing_is_lost(self) -> None:
        world = World(desk_route(cap=6))
        decided = world.tell(*texts(40))
        told = sum(outcome is Outcome.ALERTED for outcome, _ in decided)
        assert Counter(decided)[Outcome.DIGEST, Reason.OVER_CAP] == 40 - told
        assert len(world.sent) == told == 4  # three quarters of five, since all are of one feed
        world.clock.go(minutes=10)
        [over] = world.dispatch()
        assert isinstance(over.alert, Digest)
        ids = {delivery.alert.id for delivery in world.sent[:told]} | {item.alert for item in over.alert.items}
        assert len(ids) == 40
        assert len(world.sent) <= 6

    def test_a_flood_that_goes_on_brings_a_digest_an_hour(self) -> None:
        world = World(desk_route(cap=4))
        for quarter in range(12):  # three hours
            world.tell(*texts(5, first=5 * quarter))
            world.clock.go(minutes=15)
        world.clock.go(hours=1)
        world.dispatch()
        digests = [each.alert for each in world.sent if isinstance(each.alert, Digest)]
        singles = [each.alert for each in world.sent if isinstance(each.alert, Alert)]
        assert sum(len(digest.items) for digest in digests) + len(singles) == 60
        for hour in range(4):
            begin, end = START + timedelta(hours=hour), START + timedelta(hours=hour + 1)
            made = [each for each in [*digests, *singles] if begin <= each.created < end]
            assert len(made) <= 4 + 1  # a digest is made a little after its hour

    def test_the_flood_of_one_feed_leaves_room_for_another(self) -> None:
        world = World(desk_route(cap=8))
        world.tell(*texts(30))
        other = replace(FEED, name="other")
        world.desk = replace(world.desk, feeds={FEED.name: FEED, "other": other})
        world.wire.listed[:] = texts(1, first=77)
        world.desk.store.write_now(lambda tx: feeds.sync(tx, [other], now=world.clock()))
        decided: list[Assessed] = []
        asyncio.run(
            one_pass(
                world.desk,
                everything=False,
                on_assessed=decided.append,
                on_notice=lambda _: None,
                on_told=lambda _: None,
            )
        )
        [assessed] = decided
        assert [each.outcome for each in assessed.decisions] == [Outcome.ALERTED]

    def test_the_cap_is_free_again_after_an_hour(self) -> None:
        world = World(desk_route(cap=3))
        world.tell(*texts(5))
        world.clock.go(minutes=61)
        assert (Outcome.ALERTED, Reason.NEW_DEVELOPMENT) in world.tell(*texts(1, first=50))


UPDATES = (
    "Ferry Orla sinks off Tarvik\nThe ferry Orla sank off Tarvik on Monday with 210 people aboard, the master said.",
    (
        "Ferry Orla: master of the Tarvik ferry is arrested\nThe master of the ferry Orla, which sank off Tarvik, was "
        "arrested on Tuesday by the coast guard. Prosecutor Hedda Lie accuses him of drinking 12 glasses of aquavit."
    ),
    (
        "Ferry Orla: divers reach the wreck off Tarvik\nDivers from Holland reached the wreck of the ferry Orla off "
        "Tarvik on Wednesday. The bow door stood open by 40 centimetres, engineer Piet Vos said."
    ),
)


class TestGroups:
    def test_what_comes_while_a_story_waits_is_told_in_one_message_of_its_thread(self) -> None:
        world = World(desk_route(group_wait=timedelta(minutes=5)))
        assert [outcome for outcome, _ in world.tell(UPDATES[0])] == [Outcome.ALERTED]
        assert world.sent == []
        world.clock.go(minutes=2)
        world.tell(*UPDATES[1:])
        assert world.sent == []
        world.clock.go(minutes=3)
        [together] = world.dispatch()
        assert isinstance(together.alert, Digest)
        assert (together.alert.why, len(together.alert.items)) == (Wait.GROUP, 3)
        assert together.root == together.alert.root == together.alert.items[0].story

    def test_one_alone_is_told_as_itself_when_its_wait_is_over(self) -> None:
        world = World(desk_route(group_wait=timedelta(minutes=5)))
        world.tell(UPDATES[0])
        world.clock.go(minutes=5)
        [alone] = world.dispatch()
        assert isinstance(alone.alert, Alert)

    def test_a_story_is_told_once_an_interval_and_other_stories_are_not_held_up(self) -> None:
        world = World(desk_route(group_interval=timedelta(minutes=20)))
        world.tell(UPDATES[0])
        world.clock.go(minutes=1)
        world.tell(UPDATES[1], *texts(2, first=1))
        assert len(world.sent) == 3
        world.clock.go(minutes=18)
        assert world.dispatch() == []
        world.clock.go(minutes=1)
        [update] = world.dispatch()
        assert isinstance(update.alert, Alert)
        assert (update.alert.revision, update.root) == (2, world.sent[0].root)

    def test_at_once_means_that_no_group_waits(self) -> None:
        world = World(desk_route(group_wait=timedelta(minutes=5)))
        world.tell(UPDATES[0], now=True)
        assert len(world.sent) == 1


class TestSchedules:
    def test_a_route_may_lead_to_a_digest_at_its_time(self) -> None:
        world = World(desk_route(digest="morning"), schedules=(MORNING,))
        assert world.tell(*texts(2)) == [(Outcome.DIGEST, Reason.FOR_DIGEST)] * 2
        world.clock.at(3, 6, 59)
        assert world.dispatch() == []
        world.clock.at(3, 7)
        [told] = world.dispatch()
        assert isinstance(told.alert, Digest)
        assert (told.alert.why, told.alert.name, len(told.alert.items)) == (Wait.SCHEDULE, "morning", 2)

    def test_what_a_program_slept_through_is_told_once(self) -> None:
        world = World(desk_route(digest="morning"), schedules=(MORNING,))
        world.tell(*texts(1))
        world.clock.at(3, 12)
        world.tell(*texts(1, first=7))  # the first one's digest is told by this pass
        world.clock.at(9, 12)
        [late] = world.dispatch()
        assert isinstance(late.alert, Digest)
        assert len(late.alert.items) == 1
        assert world.dispatch() == []

    def test_background_waits_for_a_digest_that_includes_it(self) -> None:
        world = World(desk_route(), schedules=(MORNING,))
        strict = {name: replace(watch, novelty_min=0.99) for name, watch in world.desk.watches.items()}
        world.desk = replace(world.desk, watches=strict)
        world.tell(UPDATES[0])
        world.clock.go(minutes=30)
        decided = world.tell(
            "Ferry Orla sinks off Tarvik, master says\nThe ferry Orla sank on Monday off Tarvik, the master said of "
            "the people aboard. The wind blew from the west."
        )
        assert decided == [(Outcome.DIGEST, Reason.CONTEXT_ONLY)]
        world.clock.at(3, 7)
        [told] = [each for each in world.dispatch() if isinstance(each.alert, Digest)]
        assert isinstance(told.alert, Digest)
        assert [item.why for item in told.alert.items] == [Wait.CONTEXT]


def silenced(world: World, *, hours: int = 4, **what: str) -> str:
    covers = {"watch": "", "story": "", "feed": "", "outlet": "", "note": ""} | what
    until = world.clock() + timedelta(hours=hours)
    return asyncio.run(orders.silence(world.desk.store, until=until, now=world.clock(), **covers)).id


class TestSilences:
    def test_what_a_silence_kept_back_is_told_at_its_end(self) -> None:
        world = World(desk_route())
        silenced(world, watch="all", note="covered live")
        assert world.tell(*texts(3)) == [(Outcome.SILENCED, Reason.SILENCE)] * 3
        assert "covered live" in world.seen[0].decisions[0].note
        world.clock.go(hours=4)
        [told] = world.dispatch()
        assert isinstance(told.alert, Digest)
        assert len(told.alert.items) == 3
        assert [outcome for outcome, _ in world.tell(*texts(1, first=9))] == [Outcome.ALERTED]

    def test_or_in_the_digest_that_includes_it(self) -> None:
        world = World(desk_route(), schedules=(MORNING,))
        silenced(world, feed="wire")
        world.tell(*texts(2))
        world.clock.go(hours=5)
        assert world.dispatch() == []
        world.clock.at(3, 7)
        [told] = world.dispatch()
        assert isinstance(told.alert, Digest)
        assert {item.why for item in told.alert.items} == {Wait.SILENCED}

    def test_one_that_is_ended_tells_at_once(self) -> None:
        world = World(desk_route())
        name = silenced(world, watch="all")
        world.tell(*texts(2))
        done = asyncio.run(orders.expire(world.desk.store, name[:6], now=world.clock()))
        assert done.kept_back == 2
        assert len(world.dispatch()) == 1
        assert [outcome for outcome, _ in world.tell(*texts(1, first=9))] == [Outcome.ALERTED]

    def test_a_story_is_silent_and_others_are_not(self) -> None:
        world = World(desk_route())
        world.tell(UPDATES[0])
        story = world.sent[0].root
        silenced(world, story=story[:8])
        decided = world.tell(UPDATES[1], *texts(1, first=6))
        assert {outcome for outcome, _ in decided} == {Outcome.SILENCED, Outcome.ALERTED}
        assert len(world.sent) == 2

    @pytest.mark.parametrize(
        ("what", "hours", "said"),
        [
            ({}, 4, "needs a watch, a story, a feed or an outlet"),
            ({"watch": "all"}, 24 * 400, "within a year"),
            ({"watch": "all"}, 0, "within a year"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, what: dict[str, str], hours: int, said: str) -> None:
        with pytest.raises(OrderError, match=said):
            silenced(World(desk_route()), hours=hours, **what)

    def test_an_id_of_nothing_is_refused(self) -> None:
        with pytest.raises(OrderError, match="no silence"):
            asyncio.run(orders.expire(World(desk_route()).desk.store, "abcd", now=START))


class TestRoutes:
    def test_an_alert_comes_to_each_channel_once(self) -> None:
        both = (
            Route(name="route.0", to=("desk", "chat"), match=Match(watch=("all",)), goes_on=True),
            Route(name="route.1", to=("chat", "siem")),
        )
        world = World(desk_route(routes=both))
        world.tell(*texts(1))
        assert sorted(each.channel for each in world.sent) == ["chat", "desk", "siem"]  # side by side: in any order

    def test_alerts_of_sources_have_a_route_of_their_own(self) -> None:
        ops = Route(name="route.0", to=("ops",), match=Match(source=True))
        world = World(desk_route(routes=(ops,)))
        alert = SourceAlert(
            id="a" * 16, feed="wire", state=SourceState.DOWN, reason="503", since=START, url=None, created=START
        )

        def put(tx: Tx) -> None:
            from monitor.pipeline.announce import source_plans

            outbox.put_source(tx, alert, source_plans(tx, world.desk.policy, alert, now=START))

        world.desk.store.write_now(put)
        assert [each.channel for each in world.dispatch()] == ["ops"]


class Down:
    """A channel that is dead until it is mended; others take everything."""

    def __init__(self, *channels: str, with_: Receipt | None = None) -> None:
        self.dead = set(channels)
        self.answer = with_ or NotSent(reason="connection refused")
        self.tries = 0
        self.deliveries: list[Delivery] = []

    def send(self, delivery: Delivery) -> Receipt:
        if delivery.channel in self.dead:
            self.tries += 1
            return self.answer
        self.deliveries.append(delivery)
        return Sent()


class TestDeadChannels:
    @pytest.mark.timeout(20)
    def test_a_sender_that_raises_leaves_nobody_waiting(self) -> None:
        class Raising:
            def send(self, delivery: Delivery) -> Receipt:
                raise RuntimeError(delivery.key)

        world = World(desk_route(), sender=Raising())
        world.tell(*texts(1))
        assert world.desk.store.write_now(outbox.counts) == {"unknown": 1}

    def test_a_day_of_waiting_is_told_in_one_digest_and_in_order(self) -> None:
        sender = Down("desk")
        world = World(desk_route(to=("desk", "chat"), cap=1000), sender=sender)
        for hour in range(24):
            world.tell(*texts(2, first=2 * hour))
            world.clock.go(hours=1)
        assert [each.channel for each in world.sent] == ["chat"] * 48
        assert sender.tries <= 48  # one a pass, and no more: each other message waits for the first
        sender.dead.clear()
        world.clock.go(hours=2)
        back = world.dispatch()
        singles = [each.alert for each in back if isinstance(each.alert, Alert)]
        [digest] = [each.alert for each in back if isinstance(each.alert, Digest)]
        assert digest.why is Wait.BACKLOG
        told = [alert.id for alert in singles] + [item.alert for item in digest.items]
        assert told == [each.alert.id for each in world.sent if each.channel == "chat"]
        assert len(singles) <= 2

    def test_a_message_that_is_refused_for_good_is_told_on_another_channel_and_can_be_sent_again(self) -> None:
        sender = Down("desk", with_=NotSent(reason="550 no such user", permanent=True))
        world = World(desk_route(to=("desk", "chat")), sender=sender)
        world.tell(*texts(2))
        world.dispatch()
        lost = [each for each in world.sent if isinstance(each.alert, ChannelAlert)]
        assert [each.channel for each in lost] == ["chat"]  # once an hour, however many are lost
        assert isinstance(lost[0].alert, ChannelAlert)
        assert (lost[0].alert.channel, lost[0].alert.reason) == ("desk", "550 no such user")
        assert world.states()["dead"] == 2
        sender.dead.clear()
        done = asyncio.run(orders.resend(world.desk.store, "", ("desk",), now=world.clock()))
        assert done.deliveries == 2
        again = world.dispatch()
        assert [each.channel for each in again] == ["desk", "desk"]

    def test_losses_are_told_once_an_hour_also_where_all_is_sent_again_and_lost_again(self) -> None:
        sender = Down("desk", with_=NotSent(reason="550 no such user", permanent=True))
        world = World(desk_route(to=("desk", "chat"), cap=1000), sender=sender)
        world.clock.at(3, 12, 40)
        world.tell(*texts(20))
        for minutes in (19, 2, 38):  # 12:59, 13:01, 13:39
            world.clock.go(minutes=minutes)
            again = asyncio.run(orders.resend(world.desk.store, "", ("desk",), now=world.clock()))
            assert again.deliveries == 20
            world.dispatch()
            assert world.states()["dead"] == 20
        assert len([each for each in world.sent if isinstance(each.alert, ChannelAlert)]) == 1
        world.clock.go(minutes=1)
        asyncio.run(orders.resend(world.desk.store, "", ("desk",), now=world.clock()))
        world.dispatch()
        assert len([each for each in world.sent if isinstance(each.alert, ChannelAlert)]) == 2

    def test_a_channel_that_nothing_is_routed_to_tells_it_where_no_other_can(self) -> None:
        sender = Down("desk", "chat", with_=NotSent(reason="550 no such user", permanent=True))
        world = World(desk_route(to=("desk", "chat")), sender=sender)
        world.desk = replace(world.desk, spare=("siem",))
        world.tell(*texts(1))
        world.dispatch()
        told = [(each.alert.channel, each.channel) for each in world.sent if isinstance(each.alert, ChannelAlert)]
        assert sorted(told) == [("chat", "siem"), ("desk", "siem")]  # neither could tell of the other one

    def test_one_alert_can_be_sent_again_under_its_key(self) -> None:
        world = World(desk_route())
        world.tell(*texts(2))
        first = world.sent[0]
        asyncio.run(orders.resend(world.desk.store, first.alert.id[:6], ("desk",), now=world.clock()))
        [again] = world.dispatch()
        assert (again.key, again.alert.id) == (first.key, first.alert.id)
        with pytest.raises(OrderError, match="no alert"):
            asyncio.run(orders.resend(world.desk.store, "ffffffffff", ("desk",), now=world.clock()))

    def test_a_channel_that_asks_to_be_left_alone_is_also_when_everything_is_due(self) -> None:
        asked = timedelta(minutes=7)
        sender = AnsweringSender(NotSent(reason="429", retry_after=asked))
        world = World(desk_route(), sender=sender)
        world.tell(*texts(3))
        assert len(sender.deliveries) == 1
        assert world.dispatch(now=True) == []
        world.clock.go(minutes=6, seconds=59)
        assert world.dispatch(now=True) == []
        world.clock.go(seconds=1)
        assert len(world.dispatch()) == 3

    def test_nobody_asks_for_more_than_two_hours(self) -> None:
        sender = AnsweringSender(NotSent(reason="429", retry_after=timedelta(days=9)))
        world = World(desk_route(), sender=sender)
        world.tell(*texts(1))
        world.clock.go(hours=2)
        assert len(world.dispatch()) == 1

    @pytest.mark.parametrize(("policy", "again"), [(OnUnknown.RESEND, 1), (OnUnknown.HOLD, 0)])
    def test_what_may_have_arrived_is_sent_again_or_held(self, policy: OnUnknown, again: int) -> None:
        world = World(desk_route(), sender=AnsweringSender(Unsure(reason="no answer")))
        world.desk = replace(world.desk, paces={"desk": Pace(on_unknown=policy)})
        world.tell(*texts(1))
        world.clock.go(hours=2)
        assert len(world.dispatch()) == again
        if not again:
            assert world.states() == {"unknown": 1}
            [alert] = {each.alert.id for each in world.sent}
            asyncio.run(orders.resend(world.desk.store, alert, ("desk",), now=world.clock()))
            assert len(world.dispatch()) == 1

    def test_a_channel_keeps_its_pace(self) -> None:
        world = World(desk_route())
        world.desk = replace(world.desk, paces={"desk": Pace(gap=timedelta(milliseconds=60))})
        times: list[float] = []

        async def paced() -> None:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            await dispatch_due(world.desk)
            times.append(loop.time() - begun)

        world.wire.listed += texts(4)
        asyncio.run(_judge(world))
        asyncio.run(paced())
        assert len(world.sent) == 4
        assert times[0] >= 3 * 0.06


async def _judge(world: World) -> Sequence[Assessed]:
    from monitor.pipeline.poll import poll_due
    from monitor.pipeline.read import read_waiting

    await poll_due(world.desk, everything=True)
    await read_waiting(world.desk)
    return [each async for each in assess_waiting(world.desk)]


def test_a_channel_that_nothing_is_routed_to_any_more_gives_up_what_waits() -> None:
    world = World(desk_route(), quiets=(NIGHT,))
    world.clock.at(3, 2)
    world.tell(*texts(1))
    world.desk.store.write_now(lambda tx: outbox.retire(tx, ["other"]))
    assert world.states() == {str(DeliveryState.DEAD): 1}
