"""Who hears what, and when: routes, quiet hours and digests as the file gives them, and as the program's nouns.

In:  the sections `route`, `quiet` and `digests`; names of channels, watches and feeds.
Out: Policy; what refers to nothing goes to Problems.
Not here: what the rules do (alerting/policy.py).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Annotated, Any, ClassVar, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr

from monitor.config.document import Key
from monitor.config.resolve import Work
from monitor.config.schema import Flag, Name, Section, duration, time_zone
from monitor.config.sections import did_you_mean, validate
from monitor.model.delivery import Wait
from monitor.model.feed import SourceState
from monitor.model.judgement import Severity
from monitor.model.routing import GroupBy, Match, Policy, Quiet, Route, Schedule
from monitor.pipeline.cron import DAYS, cron_fault

MOST_WAIT: Final = timedelta(hours=1)  # what waits longer for its group is no news any more
MOST_INTERVAL: Final = timedelta(days=1)
MOST_CAP: Final = 10_000
INCLUDED: Final = {"quiet": Wait.QUIET, "below-threshold": Wait.CONTEXT, "silenced": Wait.SILENCED}
_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_STATES: Final = (*(str(state) for state in SourceState), "dead")


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _wait(value: object) -> timedelta:
    """Return a time to wait; a bare 0 is one, too."""
    return timedelta(0) if value in (0, "0") and not isinstance(value, bool) else duration(value)


def _at_most(most: timedelta) -> AfterValidator:
    def check(value: timedelta) -> timedelta:
        if value > most:
            raise ValueError(f"must lie between 0s and {int(most / timedelta(hours=1))}h")
        return value

    return AfterValidator(check)


def _whole(least: int, most: int) -> BeforeValidator:
    def check(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise ValueError(f"{value!r:.40} must be a whole number from {least:,} to {most:,}")
        return number

    return BeforeValidator(check)


def _clock(hour: str, minute: str) -> time:
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"{hour}:{minute} is no time of the day")
    return time(int(hour), int(minute))


def _hours(value: object) -> tuple[time, time]:
    found = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r:.40} must be two times of the day, such as 22:00-06:30")
    start, end = _clock(found[1], found[2]), _clock(found[3], found[4])
    if start == end:
        raise ValueError("must end at another time than it starts")
    return start, end


def _time_of_day(value: object) -> time:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r:.40} must be a time of the day, such as 06:30")
    return _clock(found[1], found[2])


def _days(value: object) -> tuple[int, ...]:
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not named:
        raise ValueError("must be days such as [mon-fri, sun]")
    return tuple(sorted({day for each in named for day in _span(each)}))


def _span(value: object) -> list[int]:
    first, dash, last = value.lower().partition("-") if isinstance(value, str) else ("", "", "")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f"{value!r:.40} is no day; write mon, tue, wed, thu, fri, sat, sun, or a span such as mon-fri")
    start = DAYS.index(first)
    return [(start + n) % 7 for n in range((DAYS.index(last) - start) % 7 + 1 if dash else 1)]


def _cron(value: str) -> str:
    fault = cron_fault(value)
    if fault:
        raise ValueError(f"{value[:80]!r} is no cron expression: {fault}")
    return value


def _heeds(value: object) -> bool:
    if value not in ("ignore", "heed"):
        raise ValueError("must be ignore or heed")
    return value == "heed"


Words = Annotated[tuple[StrictStr, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
Zone = Annotated[StrictStr, AfterValidator(time_zone)]
Days = Annotated[tuple[int, ...], BeforeValidator(_days)]


class MatchIn(Section):
    """What a route asks of an alert."""

    watch: Words | None = None
    feed: Words | None = None
    outlet: Words | None = None
    language: Words | None = None
    severity: Annotated[tuple[Severity, ...], BeforeValidator(_one_or_more)] | None = None
    state: Words | None = None
    confirmed: Flag | None = None
    source: Flag | None = None


class RouteIn(Section):
    """Where alerts go, and how; what a route leaves out is as in the one above it."""

    to: tuple[StrictStr, ...] | None = None
    group_by: tuple[GroupBy, ...] | None = None
    group_wait: Annotated[timedelta, BeforeValidator(_wait), _at_most(MOST_WAIT)] | None = None
    group_interval: Annotated[timedelta, BeforeValidator(_wait), _at_most(MOST_INTERVAL)] | None = None
    cap: Annotated[int, _whole(1, MOST_CAP)] | None = None
    quiet: Annotated[bool, BeforeValidator(_heeds)] | None = None
    digest: StrictStr | None = None
    routes: list[Any] = Field(default_factory=list)


class ChildIn(RouteIn):
    """A route below another one: what it asks for, and whether the next one is asked, too."""

    match: dict[str, Any] = Field(default_factory=dict)
    goes_on: Annotated[Flag, Field(alias="continue")] = False


class QuietIn(Section):
    """Hours in which nothing is sent."""

    STAND_INS: ClassVar[dict[str, Any]] = {"name": "_", "daily": "00:00-00:01"}

    name: Name
    daily: Annotated[tuple[time, time], BeforeValidator(_hours)]
    days: Days = tuple(range(7))
    timezone: Zone | None = None
    action: Annotated[StrictStr, AfterValidator(lambda value: _known(value, ("digest",)))] = "digest"


class DigestIn(Section):
    """A digest at fixed times: exactly one of `at` and `cron`."""

    STAND_INS: ClassVar[dict[str, Any]] = {"name": "_"}

    name: Name
    at: Annotated[time, BeforeValidator(_time_of_day)] | None = None
    days: Days = tuple(range(7))
    cron: Annotated[StrictStr, AfterValidator(_cron)] | None = None
    timezone: Zone | None = None
    to: tuple[StrictStr, ...] = ()
    include: tuple[Annotated[StrictStr, AfterValidator(lambda value: _known(value, tuple(INCLUDED)))], ...] = (
        "below-threshold",
        "silenced",
    )
    max: Annotated[int, _whole(1, MOST_CAP)] | None = None


def _known(value: str, words: Sequence[str]) -> str:
    if value not in words:
        raise ValueError(f"{value[:40]!r} must be one of {', '.join(words)}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What routes may name."""

    channels: Collection[str]
    watches: Collection[str]
    feeds: Collection[str]
    digests: Collection[str] = ()


def policy(
    work: Work, route: dict[str, Any], quiet: Sequence[Any], digests: Sequence[Any], names: Names, zone: ZoneInfo
) -> Policy:
    """Return who hears what, and when; faults are noted."""
    schedules = _schedules(work, digests, names, zone)
    known = Names(
        channels=names.channels,
        watches=names.watches,
        feeds=names.feeds,
        digests=tuple(each.name for each in schedules),
    )
    read = validate(RouteIn, route, ("route",), work.document, work.problems) or RouteIn()
    root = _route(work, read, ("route",), Route(name="route"), known, Match(), goes_on=False)
    found = Policy(route=root, quiets=_quiets(work, quiet, zone), schedules=schedules)
    if names.channels and not found.channels:
        work.warn(("channels",), "no route names a channel: nothing is sent")
    return found


def _route(work: Work, read: RouteIn, key: Key, above: Route, names: Names, match: Match, *, goes_on: bool) -> Route:
    for i, name in enumerate(read.to or ()):
        _must_be(work, (*key, "to", i), name, names.channels, "channel")
    if read.digest is not None:
        _must_be(work, (*key, "digest"), read.digest, names.digests, "digest")
    own = Route(
        name=".".join(str(part) for part in key if part != "routes"),
        to=tuple(dict.fromkeys(read.to)) if read.to is not None else above.to,
        match=match,
        group_by=_given(read.group_by, above.group_by),
        group_wait=_given(read.group_wait, above.group_wait),
        group_interval=_given(read.group_interval, above.group_interval),
        cap=_given(read.cap, above.cap),
        heeds_quiet=_given(read.quiet, above.heeds_quiet),
        digest=_given(read.digest, above.digest if read.to is None else None),
        goes_on=goes_on,
    )
    return _with_children(work, read, key, own, names)


def _given(value: Any, above: Any) -> Any:
    return above if value is None else value


def _with_children(work: Work, read: RouteIn, key: Key, own: Route, names: Names) -> Route:
    children: list[Route] = []
    takes_all = False
    for i, value in enumerate(read.routes):
        at = (*key, "routes", i)
        child = validate(ChildIn, value, at, work.document, work.problems)
        if child is None:
            continue
        if takes_all:
            work.warn(at, "nothing comes here: a route before it takes everything")
        asked = _match(work, child, (*at, "match"), names)
        takes_all = takes_all or (asked == Match() and not child.goes_on)
        children.append(_route(work, child, at, own, names, asked, goes_on=child.goes_on))
    return replace(own, routes=tuple(children))


def _match(work: Work, child: ChildIn, key: Key, names: Names) -> Match:
    read = validate(MatchIn, child.match, key, work.document, work.problems) or MatchIn()
    for field, known, kind in (("watch", names.watches, "watch"), ("feed", names.feeds, "feed")):
        for name in getattr(read, field) or ():
            _must_be(work, (*key, field), name, known, kind)
    for name in read.state or ():
        _must_be(work, (*key, "state"), name, _STATES, "state of a source")
    return Match(
        watch=read.watch or (),
        feed=read.feed or (),
        outlet=read.outlet or (),
        language=read.language or (),
        severity=read.severity or (),
        state=read.state or (),
        confirmed=read.confirmed,
        source=read.source,
    )


def _must_be(work: Work, key: Key, name: str, known: Collection[str], kind: str) -> None:
    if name not in known:
        work.fault(key, f"there is no {kind} {name[:80]!r}{did_you_mean(name, sorted(known))}")


def _quiets(work: Work, section: Sequence[Any], zone: ZoneInfo) -> tuple[Quiet, ...]:
    found: dict[str, Quiet] = {}
    for i, value in enumerate(section):
        key: Key = ("quiet", i)
        read = validate(QuietIn, value, key, work.document, work.problems)
        if read is None:
            continue
        if read.name in found:
            work.fault((*key, "name"), f"there is another {read.name!r} before")
        start, end = read.daily
        where = ZoneInfo(read.timezone) if read.timezone else zone
        found[read.name] = Quiet(name=read.name, start=start, end=end, days=frozenset(read.days), zone=where)
    return tuple(found.values())


def _schedules(work: Work, section: Sequence[Any], names: Names, zone: ZoneInfo) -> tuple[Schedule, ...]:
    found: dict[str, Schedule] = {}
    for i, value in enumerate(section):
        key: Key = ("digests", i)
        read = validate(DigestIn, value, key, work.document, work.problems)
        if read is None:
            continue
        if read.name in found:
            work.fault((*key, "name"), f"there is another {read.name!r} before")
        for n, name in enumerate(read.to):
            _must_be(work, (*key, "to", n), name, names.channels, "channel")
        if not read.to:
            work.fault(key, "a digest needs channels: to: [...]")
        cron = _cron_of(work, key, value, read)
        where = ZoneInfo(read.timezone) if read.timezone else zone
        found[read.name] = Schedule(
            name=read.name,
            cron=cron,
            zone=where,
            to=tuple(dict.fromkeys(read.to)),
            include=frozenset(INCLUDED[word] for word in read.include),
            most=read.max,
        )
    return tuple(found.values())


def _cron_of(work: Work, key: Key, value: Any, read: DigestIn) -> str:
    if ("at" in value) == ("cron" in value):  # as written: a faulty one is no second fault
        work.fault(key, "a digest needs exactly one of at and cron")
    if read.at is None:
        return read.cron or "0 0 * * *"
    return f"{read.at.minute} {read.at.hour} * * {','.join(DAYS[day] for day in read.days)}"
