"""Routing: which channels hear of an alert, when, and what stands against it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.model.delivery import Wait
from monitor.model.judgement import Severity


class GroupBy(StrEnum):
    """What alerts have in common that are told together."""

    STORY = "story"
    WATCH = "watch"
    OUTLET = "outlet"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What an alert is routed by."""

    watch: str = ""  # "" for an alert of a source or of a channel
    story: str = ""
    feed: str = ""  # that brought it
    outlet: str = ""
    language: str = ""
    severity: Severity = Severity.NORMAL
    is_confirmed: bool = False  # told by as many independent sources as its watch asks for, two at least
    is_source: bool = False  # of a source's or a channel's health
    state: str = ""  # of that source


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a route asks of an alert: everything that is given; of each, any one value."""

    watch: tuple[str, ...] = ()
    feed: tuple[str, ...] = ()
    outlet: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()
    confirmed: bool | None = None
    source: bool | None = None  # alerts of sources and channels only, or none of them
    state: tuple[str, ...] = ()  # of a source


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A node of the tree. An alert takes the first child that matches, and the node itself where none does."""

    name: str  # where it stands: "route", "route.1", "route.1.0"
    to: tuple[str, ...] = ()  # channels
    match: Match = Match()
    group_by: tuple[GroupBy, ...] = (GroupBy.STORY,)
    group_wait: timedelta = timedelta(0)
    group_interval: timedelta = timedelta(0)
    cap: int = 30  # messages an hour to each channel, a digest of all others among them
    heeds_quiet: bool = True
    digest: str | None = None  # the schedule that its alerts wait for
    goes_on: bool = False  # the next sibling is asked, too
    routes: tuple["Route", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the day in which nothing is sent; they may go past midnight."""

    name: str
    start: time
    end: time
    days: frozenset[int]  # on which they start, 0 = Monday
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A digest at fixed times."""

    name: str
    cron: str  # five fields; alerting/calendar.py reads them
    zone: ZoneInfo
    to: tuple[str, ...]
    include: frozenset[Wait]  # of QUIET, SILENCED and CONTEXT
    most: int | None = None  # alerts that are told with their sentences, the gravest ones; the others by headline


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything an operator decided about who hears what, and when."""

    route: Route = Route(name="route")
    quiets: tuple[Quiet, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels that anything may be sent to, each once, in order of appearance."""
        named = [*_channels(self.route), *(name for schedule in self.schedules for name in schedule.to)]
        return tuple(dict.fromkeys(named))

    @property
    def nodes(self) -> tuple[Route, ...]:
        """All routes of the tree."""
        return _nodes(self.route)

    def includes(self, wait: Wait) -> tuple[Schedule, ...]:
        """Return the digests that tell what waits for this."""
        return tuple(each for each in self.schedules if wait in each.include)


def _nodes(route: Route) -> tuple[Route, ...]:
    return (route, *(node for child in route.routes for node in _nodes(child)))


def _channels(route: Route) -> tuple[str, ...]:
    return (*route.to, *(name for child in route.routes for name in _channels(child)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A wish of the reader: nothing of this for a while. What is not given may be anything."""

    id: str  # 16 hex digits
    watch: str = ""
    story: str = ""
    feed: str = ""
    outlet: str = ""
    until: datetime
    note: str = ""
    created: datetime
    is_expired: bool = False  # ended before its time


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One delivery that is to be: to whom, and what it waits for."""

    channel: str
    route: str  # name
    next_at: datetime  # when it may go out, or what it waits for is over
    wait: Wait | None = None
    bucket: str = ""  # what waits in one bucket of a channel is told together
