"""Quiet: when the hours end in which nothing is sent.

In:  quiet hours, a moment.
Out: the end, in UTC; days on which the clocks change have their true length.
Not here: what is done then (policy.py, pipeline/gather.py).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from monitor.model.routing import Quiet

LONGEST: Final = timedelta(days=7)  # that anything is held: hours of quiet round the clock have no end


def quiet_until(quiets: Iterable[Quiet], now: datetime) -> tuple[str, datetime] | None:
    """Return the name and the end of the quiet hours in which `now` lies; None where it lies in none.

    Where one begins as another ends, or before, it goes on to the last one's end.
    """
    kept = tuple(quiets)
    found: tuple[str, datetime] | None = None
    while (lasting := _lasting(kept, found[1] if found else now)) is not None:
        found = (found[0] if found else lasting[0], lasting[1])
        if found[1] - now > LONGEST:
            break
    return found


def _lasting(quiets: Iterable[Quiet], now: datetime) -> tuple[str, datetime] | None:
    ends = [(each.name, end) for each in quiets if (end := _end(each, now)) is not None]
    return max(ends, key=lambda named: named[1], default=None)


def _end(quiet: Quiet, now: datetime) -> datetime | None:
    today = now.astimezone(quiet.zone).date()
    for day in (today - timedelta(days=1), today):
        if day.weekday() not in quiet.days:
            continue
        last = day if quiet.start < quiet.end else day + timedelta(days=1)
        start, end = _moment(day, quiet.start, quiet.zone), _moment(last, quiet.end, quiet.zone)
        if start <= now < end:
            return end
    return None


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a wall clock's time in UTC; one that the clocks leave out is the moment at which they do."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
