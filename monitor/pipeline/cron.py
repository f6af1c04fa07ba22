"""Cron: when the next digest is due.

In:  five fields as crontab(5) has them, a time zone, a moment.
Out: moments, in UTC.
Not here: what is told then (gather.py).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from monitor.model.routing import Schedule

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WALL: Final = ZoneInfo("UTC")  # stands for a clock on a wall, of which every minute comes once
_LEFT_OUT: Final = timedelta(hours=3)  # more than clocks leave out, or show twice
_SUNDAYS: Final = {"0": 6, "7": 6}  # crontab(5) has two numbers for it


def next_digest(schedule: Schedule, now: datetime) -> datetime:
    """Return the first moment after `now` at which a digest is due; a schedule without a fault has one.

    A time that the clock shows twice counts once, and one that it leaves out as much later as it leaves out: once a day
    stays once a day.
    """
    if schedule.cron.split()[1].startswith("*"):  # so often that the hour does not matter: by true time
        return _after(_trigger(schedule.cron, schedule.zone), now) or now
    trigger, wall = _trigger(schedule.cron, _WALL), (now - _LEFT_OUT).astimezone(schedule.zone).replace(tzinfo=_WALL)
    while (shown := _after(trigger, wall)) is not None:
        moment = shown.replace(tzinfo=schedule.zone).astimezone(UTC)
        if moment > now:
            return moment
        wall = shown
    return now


def _after(trigger: CronTrigger, moment: datetime) -> datetime | None:
    found: datetime | None = trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
    return found.astimezone(UTC) if found is not None else None


def cron_fault(cron: str) -> str | None:
    """Return what is wrong with a cron expression, as the rest of a sentence; None where nothing is."""
    try:
        trigger = _trigger(cron, ZoneInfo("UTC"))
    except (ValueError, TypeError) as exc:
        return str(exc)
    return None if trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC)) else "there is no such day"


@lru_cache(maxsize=64)
def _trigger(cron: str, zone: ZoneInfo) -> CronTrigger:
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError("five fields are needed: minute, hour, day of month, month, day of week")
    minute, hour, day, month, weekday = fields
    named = "*" if weekday == "*" else ",".join(DAYS[each] for each in sorted(_weekdays(weekday)))
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=named, timezone=zone)


def _weekdays(field: str) -> frozenset[int]:
    """Return the days that a field names, 0 = Monday: crontab counts from Sunday, the library from Monday."""
    return frozenset(day for part in field.lower().split(",") for day in _days_of(part))


def _days_of(part: str) -> list[int]:
    span, _, step = part.partition("/")
    first, dash, last = ("0", "-", "6") if span == "*" else span.partition("-")
    start = _day(first)
    length = (_day(last) - start) % 7 + 1 if dash else 1
    if step and (not step.isdecimal() or not 0 < int(step) < 8):
        raise ValueError(f"{part[:20]!r} is no day of the week")
    return [(start + n) % 7 for n in range(0, length, int(step) if step else 1)]


def _day(word: str) -> int:
    if word in DAYS:
        return DAYS.index(word)
    if word in _SUNDAYS or word in ("1", "2", "3", "4", "5", "6"):
        return _SUNDAYS.get(word, int(word) - 1)
    raise ValueError(f"{word[:20]!r} is no day of the week")
