"""When quiet hours end, also on the days on which the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alerting.quiet import LONGEST, quiet_until
from monitor.model.routing import Quiet

PARIS = ZoneInfo("Europe/Paris")
ALL = frozenset(range(7))


def quiet(start: str, end: str, days: frozenset[int] = ALL, *, zone: ZoneInfo = PARIS, name: str = "q") -> Quiet:
    return Quiet(name=name, start=time.fromisoformat(start), end=time.fromisoformat(end), days=days, zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-14 21:59:59", None),
        ("2026-01-14 22:00", "2026-01-15 06:30"),
        ("2026-01-15 02:00", "2026-01-15 06:30"),
        ("2026-01-15 06:29:59", "2026-01-15 06:30"),
        ("2026-01-15 06:30", None),
        ("2026-03-29 01:30", "2026-03-29 06:30"),  # the clocks go forward at two
        ("2026-10-25 02:30", "2026-10-25 06:30"),  # and back at three
    ],
)
def test_hours_past_midnight(now: str, end: str | None) -> None:
    found = quiet_until([quiet("22:00", "06:30")], at(now))
    assert found == (("q", at(end)) if end else None)


def test_a_night_in_which_the_clocks_go_forward_is_an_hour_shorter() -> None:
    begin = at("2026-03-28 22:00")
    found = quiet_until([quiet("22:00", "06:00")], begin)
    assert found is not None
    assert found[1] - begin == timedelta(hours=7)


def test_hours_within_a_day_and_days_of_the_week() -> None:
    lunch = quiet("12:00", "13:00", frozenset({0, 1, 2, 3, 4}))
    assert quiet_until([lunch], at("2026-01-16 12:15")) == ("q", at("2026-01-16 13:00"))  # a Friday
    assert quiet_until([lunch], at("2026-01-17 12:15")) is None


def test_the_day_is_the_one_on_which_they_start() -> None:
    friday = quiet("22:00", "06:00", frozenset({4}))
    assert quiet_until([friday], at("2026-01-17 05:00")) == ("q", at("2026-01-17 06:00"))
    assert quiet_until([friday], at("2026-01-16 05:00")) is None


def test_hours_that_meet_are_one_quiet_time_named_after_the_first() -> None:
    both = [quiet("22:00", "06:00", name="night"), quiet("05:00", "08:00", name="early")]
    assert quiet_until(both, at("2026-01-15 23:00")) == ("night", at("2026-01-16 08:00"))


def test_of_two_at_once_the_longer_one_counts() -> None:
    both = [quiet("22:00", "06:00", name="night"), quiet("21:00", "07:00", name="long")]
    assert quiet_until(both, at("2026-01-15 23:00")) == ("long", at("2026-01-16 07:00"))


def test_round_the_clock_ends_after_a_week() -> None:
    found = quiet_until([quiet("00:00", "12:00"), quiet("12:00", "00:00")], at("2026-01-15 23:00"))
    assert found is not None
    assert LONGEST < found[1] - at("2026-01-15 23:00") < LONGEST + timedelta(days=1)
