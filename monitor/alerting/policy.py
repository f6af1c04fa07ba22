"""Policy: who hears of an alert, when, and with what it is told together.

In:  an operator's routes, quiet hours and schedules; what an alert is routed by; what a channel was told lately.
Out: the routes an alert takes; one planned delivery a channel; what that makes of the decision.
Not here: making digests (pipeline/gather.py), reading what was told (pipeline/announce.py), sending.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from monitor.alerting.quiet import quiet_until
from monitor.model.delivery import Wait
from monitor.model.judgement import Outcome, Reason
from monitor.model.routing import Facets, GroupBy, Match, Planned, Policy, Route, Schedule, Silence

WINDOW: Final = timedelta(hours=1)  # in which a route tells a channel no more than its cap
GATHERS: Final = timedelta(minutes=10)  # from the first alert over the cap to the digest that tells it
FEED_SHARE: Final = 0.75  # of a cap that one feed may use up: a flood from one leaves room for all others

NextDigest = Callable[[Schedule, datetime], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What one route told one channel lately, or is about to tell it."""

    told: int = 0  # single messages of the last hour
    of_feed: int = 0  # those among them that the alert's own feed caused
    overflow_at: datetime | None = None  # when the digest is due that gathers what is over the cap
    overflowed: datetime | None = None  # when the last such digest was made
    group_at: datetime | None = None  # when the alert's group is told, where it waits
    group_told: datetime | None = None  # when it was told last


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a plan makes of a decision that would have alerted; no reason where it does."""

    outcome: Outcome
    reason: Reason | None = None
    note: str = ""


def ways(route: Route, facets: Facets) -> tuple[Route, ...]:
    """Return the routes that an alert takes, in the order of the tree: a child that matches, else the node itself.

    The first child that matches is the last one asked, but where it says that the next is asked, too.
    """
    taken: list[Route] = []
    for child in route.routes:
        if not is_met(child.match, facets):
            continue
        taken += ways(child, facets)
        if not child.goes_on:
            break
    return tuple(taken) or (route,)


def is_met(match: Match, facets: Facets) -> bool:
    """Return whether an alert is what a route asks for."""
    asked = (
        (match.watch, facets.watch),
        (match.feed, facets.feed),
        (match.outlet, facets.outlet),
        (match.language, facets.language),
        (match.severity, facets.severity),
        (match.state, facets.state),
    )
    if any(wanted and given not in wanted for wanted, given in asked):
        return False
    if match.confirmed is not None and match.confirmed != facets.is_confirmed:
        return False
    return match.source is None or match.source == facets.is_source


def group_of(route: Route, facets: Facets) -> str:
    """Return what an alert's group is called; "" where it stands alone."""
    parts = {
        GroupBy.STORY: facets.story,
        GroupBy.WATCH: facets.watch,
        GroupBy.OUTLET: facets.outlet,
        GroupBy.SEVERITY: str(facets.severity),
    }
    named = [f"{each}={parts[each]}" for each in route.group_by if parts[each]]
    return " ".join([route.name, *named]) if named and not facets.is_source else ""


def silenced_by(silences: Iterable[Silence], facets: Facets, family: Sequence[str], now: datetime) -> Silence | None:
    """Return the silence that holds for an alert, the one that lasts longest; None where none does.

    family: the ids that its story ever had.
    """
    holding = [each for each in silences if each.until > now and not each.is_expired and _covers(each, facets, family)]
    return max(holding, key=lambda each: (each.until, each.id), default=None)


def _covers(silence: Silence, facets: Facets, family: Sequence[str]) -> bool:
    pairs = ((silence.watch, facets.watch), (silence.feed, facets.feed), (silence.outlet, facets.outlet))
    return all(not wanted or wanted == given for wanted, given in pairs) and (
        not silence.story or silence.story in family
    )


def planned(policy: Policy, route: Route, channel: str, traffic: Traffic, *, now: datetime, group: str) -> Planned:
    """Return how an alert that nobody silenced goes to a channel of its route."""
    quiet = quiet_until(policy.quiets, now) if route.heeds_quiet else None
    if quiet is not None:
        name, end = quiet
        return Planned(channel=channel, route=route.name, next_at=end, wait=Wait.QUIET, bucket=f"quiet:{name}")
    if traffic.group_at is not None:
        return Planned(channel=channel, route=route.name, next_at=traffic.group_at, wait=Wait.GROUP, bucket=group)
    singles = route.cap - 1  # the last one is the digest
    if traffic.told >= singles or traffic.of_feed >= ceil(singles * FEED_SHARE):
        at = _overflow_at(traffic, now)
        return Planned(
            channel=channel, route=route.name, next_at=at, wait=Wait.OVERFLOW, bucket=f"overflow:{route.name}"
        )
    at = _group_at(route, traffic, now)
    if group and at > now:
        return Planned(channel=channel, route=route.name, next_at=at, wait=Wait.GROUP, bucket=group)
    return Planned(channel=channel, route=route.name, next_at=now, bucket=group)


def _group_at(route: Route, traffic: Traffic, now: datetime) -> datetime:
    """Return when a group is told that begins now: after its wait, and no sooner than an interval after the last.

    What was told later than now was told by a clock that was wrong.
    """
    at = now + route.group_wait
    return max(at, min(traffic.group_told, now) + route.group_interval) if traffic.group_told else at


def _overflow_at(traffic: Traffic, now: datetime) -> datetime:
    if traffic.overflow_at is not None:
        return traffic.overflow_at
    at = now + GATHERS
    return max(at, min(traffic.overflowed, now) + WINDOW) if traffic.overflowed else at


def kept_back(
    policy: Policy, wait: Wait, *, now: datetime, next_at: NextDigest, silence: Silence | None, taken: Sequence[Route]
) -> tuple[Planned, ...]:
    """Return how a silenced alert, or one of background only, is told: in the digests that include such.

    Where none includes what is silenced, the end of the silence brings one of its own to where the alert would have
    gone. What is background only is then told nowhere.
    """
    found = [
        Planned(channel=name, route=each.name, next_at=next_at(each, now), wait=wait, bucket=f"digest:{each.name}")
        for each in policy.includes(wait)
        for name in each.to
    ]
    if not found and silence is not None:
        bucket = f"silence:{silence.id}"
        found = [
            Planned(channel=name, route=route.name, next_at=silence.until, wait=wait, bucket=bucket)
            for route in taken
            for name in route.to
        ]
    return once_each(found)


def for_digest(policy: Policy, route: Route, *, now: datetime, next_at: NextDigest) -> tuple[Planned, ...]:
    """Return how an alert is told whose route leads to a digest."""
    return tuple(
        Planned(
            channel=name,
            route=route.name,
            next_at=next_at(each, now),
            wait=Wait.SCHEDULE,
            bucket=f"digest:{each.name}",
        )
        for each in policy.schedules
        if each.name == route.digest
        for name in each.to
    )


def once_each(plans: Iterable[Planned]) -> tuple[Planned, ...]:
    """Return the first plan for each channel: an alert comes to each once, by the first of its routes."""
    first: dict[str, Planned] = {}
    for each in plans:
        first.setdefault(each.channel, each)
    return tuple(first.values())


_STANDINGS: Final = (
    (Wait.SILENCED, Outcome.SILENCED, Reason.SILENCE),
    (Wait.QUIET, Outcome.HELD, Reason.QUIET_HOURS),
    (Wait.OVERFLOW, Outcome.DIGEST, Reason.OVER_CAP),
    (Wait.SCHEDULE, Outcome.DIGEST, Reason.FOR_DIGEST),
    (Wait.CONTEXT, Outcome.DIGEST, Reason.CONTEXT_ONLY),
)


def standing(plans: Sequence[Planned]) -> Standing:
    """Return what a plan makes of a decision: it alerts where at least one channel hears of it by itself."""
    waits = {each.wait for each in plans}
    if not waits or waits & {None, Wait.GROUP}:
        return Standing(outcome=Outcome.ALERTED)
    wait, outcome, reason = next(each for each in _STANDINGS if each[0] in waits)
    until = min(each.next_at for each in plans if each.wait is wait)
    return Standing(outcome=outcome, reason=reason, note=f"told in a digest from {until:%Y-%m-%d %H:%M} UTC on")
