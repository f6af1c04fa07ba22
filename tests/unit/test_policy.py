"""Who hears of an alert, when, and with what it is told together."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alerting.policy import (
    GATHERS,
    WINDOW,
    Traffic,
    for_digest,
    group_of,
    is_met,
    kept_back,
    once_each,
    planned,
    silenced_by,
    standing,
    ways,
)
from monitor.model.delivery import Wait
from monitor.model.judgement import Outcome, Reason, Severity
from monitor.model.routing import Facets, GroupBy, Match, Planned, Policy, Quiet, Route, Schedule, Silence

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
UTC_ZONE = ZoneInfo("UTC")
FACETS = Facets(
    watch="mali", story="s1", feed="wire", outlet="AP", language="fr", severity=Severity.HIGH, is_confirmed=True
)
HEALTH = Facets(feed="wire", is_source=True, state="down")
NIGHT = Quiet(name="night", start=time(22), end=time(6, 30), days=frozenset(range(7)), zone=UTC_ZONE)
MORNING = Schedule(
    name="morning", cron="30 6 * * *", zone=UTC_ZONE, to=("mail", "desk"), include=frozenset({Wait.SILENCED})
)


def later(_: Schedule, now: datetime) -> datetime:
    return now + timedelta(hours=9)


def tree(*routes: Route) -> Route:
    return Route(name="route", to=("desk",), routes=routes)


class TestWays:
    def test_the_root_takes_what_no_child_matches(self) -> None:
        root = tree(Route(name="a", match=Match(watch=("other",))))
        assert ways(root, FACETS) == (root,)

    def test_the_first_child_that_matches_takes_it(self) -> None:
        one, two = Route(name="a", match=Match(watch=("mali",))), Route(name="b")
        assert ways(tree(one, two), FACETS) == (one,)

    def test_a_child_may_let_the_next_be_asked_too(self) -> None:
        one, two, three = Route(name="a", goes_on=True), Route(name="b"), Route(name="c")
        assert ways(tree(one, two, three), FACETS) == (one, two)

    def test_children_of_children_come_first(self) -> None:
        inner = Route(name="a.0", match=Match(severity=(Severity.HIGH,)))
        outer = Route(name="a", routes=(inner,))
        assert ways(tree(outer), FACETS) == (inner,)
        assert ways(tree(outer), replace(FACETS, severity=Severity.LOW)) == (outer,)


@pytest.mark.parametrize(
    ("match", "facets", "fits"),
    [
        (Match(), FACETS, True),
        (Match(watch=("x", "mali")), FACETS, True),
        (Match(watch=("x",)), FACETS, False),
        (Match(feed=("wire",), outlet=("AP",), language=("fr",)), FACETS, True),
        (Match(feed=("wire",), outlet=("AFP",)), FACETS, False),
        (Match(language=("en",)), FACETS, False),
        (Match(severity=(Severity.HIGH, Severity.CRITICAL)), FACETS, True),
        (Match(severity=(Severity.LOW,)), FACETS, False),
        (Match(confirmed=True), FACETS, True),
        (Match(confirmed=False), FACETS, False),
        (Match(source=False), FACETS, True),
        (Match(source=True), FACETS, False),
        (Match(source=True, state=("down", "gap")), HEALTH, True),
        (Match(state=("back",)), HEALTH, False),
        (Match(watch=("mali",)), HEALTH, False),
    ],
)
def test_a_match_asks_for_everything_that_it_gives(match: Match, facets: Facets, fits: bool) -> None:
    assert is_met(match, facets) is fits


class TestGroups:
    def test_a_story_is_a_group_of_its_route(self) -> None:
        assert group_of(Route(name="route.1"), FACETS) == "route.1 story=s1"

    def test_several_facets_make_it_narrower(self) -> None:
        by = (GroupBy.WATCH, GroupBy.OUTLET, GroupBy.SEVERITY)
        assert group_of(Route(name="r", group_by=by), FACETS) == "r watch=mali outlet=AP severity=high"

    @pytest.mark.parametrize(
        ("route", "facets"),
        [(Route(name="r", group_by=()), FACETS), (Route(name="r"), HEALTH), (Route(name="r"), Facets())],
    )
    def test_what_has_nothing_in_common_stands_alone(self, route: Route, facets: Facets) -> None:
        assert group_of(route, facets) == ""


class TestSilences:
    HOUR = Silence(id="1", watch="mali", until=NOW + timedelta(hours=1), created=NOW)

    @pytest.mark.parametrize(
        "silence",
        [
            HOUR,
            replace(HOUR, feed="wire", outlet="AP"),
            replace(HOUR, watch="", story="old-name"),
        ],
    )
    def test_one_holds_where_all_fits_that_it_names(self, silence: Silence) -> None:
        assert silenced_by([silence], FACETS, ("s1", "old-name"), NOW) == silence

    @pytest.mark.parametrize(
        "silence",
        [
            replace(HOUR, watch="other"),
            replace(HOUR, outlet="AFP"),
            replace(HOUR, feed="other"),
            replace(HOUR, story="s2"),
            replace(HOUR, until=NOW),
            replace(HOUR, is_expired=True),
        ],
    )
    def test_else_it_does_not(self, silence: Silence) -> None:
        assert silenced_by([silence], FACETS, ("s1",), NOW) is None

    def test_of_several_the_longest_holds(self) -> None:
        day = replace(self.HOUR, id="2", until=NOW + timedelta(days=1))
        assert silenced_by([self.HOUR, day], FACETS, ("s1",), NOW) == day


def plan(route: Route, traffic: Traffic | None = None, *, policy: Policy | None = None, now: datetime = NOW) -> Planned:
    found = planned(policy or Policy(), route, "desk", traffic or Traffic(), now=now, group=group_of(route, FACETS))
    assert (found.channel, found.route) == ("desk", route.name)
    return found


class TestPlans:
    def test_nothing_in_the_way_goes_out_at_once(self) -> None:
        found = plan(tree())
        assert (found.wait, found.next_at, found.bucket) == (None, NOW, "route story=s1")

    def test_quiet_hours_hold_it_to_their_end(self) -> None:
        found = plan(tree(), policy=Policy(quiets=(NIGHT,)), now=NOW.replace(hour=23))
        assert (found.wait, found.bucket) == (Wait.QUIET, "quiet:night")
        assert found.next_at == datetime(2026, 3, 11, 6, 30, tzinfo=UTC)

    def test_a_route_may_ignore_quiet_hours(self) -> None:
        found = plan(replace(tree(), heeds_quiet=False), policy=Policy(quiets=(NIGHT,)), now=NOW.replace(hour=23))
        assert found.wait is None

    def test_a_group_waits_for_others(self) -> None:
        found = plan(replace(tree(), group_wait=timedelta(minutes=2)))
        assert (found.wait, found.next_at) == (Wait.GROUP, NOW + timedelta(minutes=2))

    def test_what_comes_while_it_waits_goes_with_it(self) -> None:
        at = NOW + timedelta(minutes=1)
        found = plan(replace(tree(), group_wait=timedelta(minutes=2), cap=1), Traffic(group_at=at))
        assert (found.wait, found.next_at) == (Wait.GROUP, at)

    def test_a_group_is_told_once_an_interval(self) -> None:
        told = NOW - timedelta(minutes=5)
        found = plan(replace(tree(), group_interval=timedelta(minutes=20)), Traffic(group_told=told))
        assert (found.wait, found.next_at) == (Wait.GROUP, told + timedelta(minutes=20))

    def test_what_has_no_group_does_not_wait_for_one(self) -> None:
        assert plan(replace(tree(), group_by=(), group_wait=timedelta(minutes=2))).wait is None

    @pytest.mark.parametrize("traffic", [Traffic(told=29), Traffic(told=22, of_feed=22)])
    def test_over_the_cap_it_goes_into_a_digest(self, traffic: Traffic) -> None:
        found = plan(tree(), traffic)
        assert (found.wait, found.bucket, found.next_at) == (Wait.OVERFLOW, "overflow:route", NOW + GATHERS)

    @pytest.mark.parametrize("traffic", [Traffic(told=28, of_feed=21), Traffic(told=28)])
    def test_a_feed_may_use_three_quarters_of_the_cap(self, traffic: Traffic) -> None:
        assert plan(tree(), traffic).wait is None

    def test_one_digest_gathers_all_that_is_over(self) -> None:
        at = NOW + timedelta(minutes=3)
        assert plan(tree(), Traffic(told=29, overflow_at=at, overflowed=NOW)).next_at == at

    def test_the_next_digest_comes_an_hour_after_the_last(self) -> None:
        told = NOW - timedelta(minutes=5)
        assert plan(tree(), Traffic(told=29, overflowed=told)).next_at == told + WINDOW
        assert plan(tree(), Traffic(told=29, overflowed=NOW - WINDOW)).next_at == NOW + GATHERS


class TestKeptBack:
    HOUR = TestSilences.HOUR

    def test_a_digest_that_includes_it_tells_what_was_silenced(self) -> None:
        policy = Policy(schedules=(MORNING,))
        found = kept_back(policy, Wait.SILENCED, now=NOW, next_at=later, silence=self.HOUR, taken=[tree()])
        assert [each.channel for each in found] == ["mail", "desk"]
        assert {(each.wait, each.bucket, each.next_at) for each in found} == {
            (Wait.SILENCED, "digest:morning", NOW + timedelta(hours=9))
        }

    def test_else_the_end_of_the_silence_does(self) -> None:
        [found] = kept_back(Policy(), Wait.SILENCED, now=NOW, next_at=later, silence=self.HOUR, taken=[tree(), tree()])
        assert (found.channel, found.bucket, found.next_at) == ("desk", "silence:1", self.HOUR.until)

    def test_background_that_no_digest_includes_is_not_told(self) -> None:
        policy = Policy(schedules=(MORNING,))
        assert kept_back(policy, Wait.CONTEXT, now=NOW, next_at=later, silence=None, taken=[tree()]) == ()

    def test_a_route_may_lead_to_a_digest(self) -> None:
        policy = Policy(schedules=(replace(MORNING, name="noon"), MORNING))
        found = for_digest(policy, Route(name="low", digest="morning"), now=NOW, next_at=later)
        assert [(each.channel, each.wait, each.bucket) for each in found] == [
            ("mail", Wait.SCHEDULE, "digest:morning"),
            ("desk", Wait.SCHEDULE, "digest:morning"),
        ]


def one(wait: Wait | None, *, channel: str = "desk", hours: int = 0) -> Planned:
    return Planned(channel=channel, route="route", next_at=NOW + timedelta(hours=hours), wait=wait)


def test_a_channel_hears_of_an_alert_once() -> None:
    assert once_each([one(None), one(Wait.QUIET), one(None, channel="mail")]) == (one(None), one(None, channel="mail"))


class TestStandings:
    @pytest.mark.parametrize("waits", [(), (None,), (Wait.GROUP,), (Wait.QUIET, None)])
    def test_it_alerts_where_one_channel_hears_of_it_by_itself(self, waits: tuple[Wait | None, ...]) -> None:
        found = standing([one(wait) for wait in waits])
        assert (found.outcome, found.reason) == (Outcome.ALERTED, None)

    @pytest.mark.parametrize(
        ("wait", "outcome", "reason"),
        [
            (Wait.QUIET, Outcome.HELD, Reason.QUIET_HOURS),
            (Wait.OVERFLOW, Outcome.DIGEST, Reason.OVER_CAP),
            (Wait.SCHEDULE, Outcome.DIGEST, Reason.FOR_DIGEST),
            (Wait.CONTEXT, Outcome.DIGEST, Reason.CONTEXT_ONLY),
            (Wait.SILENCED, Outcome.SILENCED, Reason.SILENCE),
        ],
    )
    def test_else_it_is_what_it_waits_for(self, wait: Wait, outcome: Outcome, reason: Reason) -> None:
        found = standing([one(wait, hours=2), one(wait, channel="mail", hours=1)])
        assert (found.outcome, found.reason) == (outcome, reason)
        assert found.note == "told in a digest from 2026-03-10 13:00 UTC on"


def test_all_channels_that_are_named_anywhere() -> None:
    inner = Route(name="b", to=("chat", "desk"))
    policy = Policy(route=tree(Route(name="a", to=("siem",), routes=(inner,))), schedules=(MORNING,))
    assert policy.channels == ("desk", "siem", "chat", "mail")


def test_a_policy_names_every_route_of_its_tree() -> None:
    leaf = Route(name="route.0.0")
    policy = Policy(route=Route(name="route", routes=(Route(name="route.0", routes=(leaf,)), Route(name="route.1"))))
    assert [route.name for route in policy.nodes] == ["route", "route.0", "route.0.0", "route.1"]
