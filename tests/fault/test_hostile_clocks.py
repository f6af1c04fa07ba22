"""Clocks that jump and machines that sleep for a week, acted out on the whole program: shared recipes and our own."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hostile_samples import HOSTILE, samples
from sequence_lab import EVERY, Clock, Item, Program, daemon, play, stage

from monitor.pipeline.poll import POLLS_AT_ONCE
from tests.integration.test_outgoing import texts

UNITS = {"d": "days", "h": "hours", "m": "minutes"}
MINUTE = timedelta(minutes=1)
FASTER = 50  # seconds of the program's clock in a second: less than it takes for a sleep between two ticks
LATE = timedelta(seconds=8 * FASTER)  # eight ticks: a host is asked once a tick here, and some have many feeds


@pytest.fixture(scope="module", autouse=True)
def staged() -> Iterator[None]:
    with stage():
        yield


def named(name: str, *own: dict[str, Any]) -> list[Any]:
    """Return the shared recipe of a name, and our own of its kind."""
    shared = [each for each in samples("sequence") if not each.values[0] or each.values[0]["name"] == name]
    return [*shared, *(pytest.param({"recipe": each}, id=f"own-{at}") for at, each in enumerate(own))]


def recipe_of(sample: dict[str, Any]) -> dict[str, Any]:
    found = sample["recipe"] if "recipe" in sample else json.loads((HOSTILE / sample["file"]).read_text())
    return dict(found)


def length(written: str) -> timedelta:
    return timedelta(**{UNITS[written[-1]]: int(written[:-1])}) if written != "+0" else timedelta(0)


@pytest.mark.parametrize("sample", named("clock-back-1d", {"clock": ["+0", "+40d", "-41d", "+3h"]}))
def test_a_clock_that_jumps_loses_nothing_and_tells_nothing_twice(sample: dict[str, Any], tmp_path: Path) -> None:
    """After each jump something new is listed: it is told within an interval, as if the clock had never been wrong."""
    news = texts(9)

    async def act(program: Program) -> None:
        for at, jump in enumerate(recipe_of(sample)["clock"]):
            program.clock.at += length(jump)
            program.press.feeds["wire"] = [Item(f"g{n}", text) for n, text in enumerate(news[: at + 1])]
            for _ in range(EVERY // MINUTE + 2):
                await program.passes(MINUTE, everything=False)
            assert [each.partition("\n")[0] for each in program.messages] == [
                text.partition("\n")[0] for text in news[: at + 1]
            ]
        await program.passes(timedelta(days=3), everything=False)
        assert len(program.messages) == len(recipe_of(sample)["clock"])

    play(tmp_path, act, "wire")


class FastClock(Clock):
    """A clock that runs faster than the world's, and may leap."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self.at + FASTER * timedelta(seconds=time.monotonic() - self._began)


async def until(clock: Clock, moment: datetime) -> None:
    while clock() < moment:
        assert clock() < moment + timedelta(days=1)
        await asyncio.sleep(0.05)


WEEK = {
    "digests": [{"name": "daily", "cron": "0 7 * * *", "timezone": "UTC", "to": ["hook"]}],
    "route": {"to": ["hook"], "cap": 6, "routes": [{"match": {"feed": "f0"}, "digest": "daily"}]},
}


@pytest.mark.slow
@pytest.mark.parametrize("sample", named("suspend-7d", {"clock": ["+0", "suspend 3d"], "feeds": 40}))
def test_a_machine_that_slept_polls_each_feed_once_and_tells_one_digest(sample: dict[str, Any], tmp_path: Path) -> None:
    recipe = recipe_of(sample)
    names = [f"f{n}" for n in range(recipe["feeds"])]
    every, slept = timedelta(minutes=15 if len(names) > 100 else 5), length(recipe["clock"][1].partition(" ")[2])
    clock, some = FastClock(), texts(3 + len(names))

    async def act(program: Program) -> None:
        program.press.feeds["f0"] = [Item(f"old{n}", text) for n, text in enumerate(some[:3])]
        await program.passes()
        assert program.messages == []
        program.press.clock = clock
        async with daemon(program):
            await asyncio.sleep(1.5)  # for a tick before it falls asleep
            program.press.feeds["f1"] = [Item("new", some[3])]
            program.press.moments.clear()
            clock.at += slept
            woke = clock()
            await until(clock, woke + every + LATE)
        polls: dict[str, list[timedelta]] = {}
        for at, path in program.press.moments:
            polls.setdefault(path, []).append(at - woke)
        assert len(polls) == len(names)
        assert max(first for first, *_ in polls.values()) <= every + LATE
        assert min((later - first for first, *more in polls.values() for later in more[:1]), default=every) >= every / 2
        spread = sorted(first for first, *_ in polls.values())
        assert every / 4 < spread[len(spread) // 2] - spread[0] < every * 3 / 4
        assert 0 < program.press.most_at_once <= POLLS_AT_ONCE
        digest, single = sorted(program.messages, key=len, reverse=True)
        assert digest.startswith("3 alerts")
        assert some[3].partition("\n")[0] in single
        assert len(program.messages) <= sample.get("limits", {"alerts": 2})["alerts"]

    play(tmp_path, act, *names, now=clock, feed={"every": f"{every // MINUTE}m"}, hosts=40, **WEEK)


@pytest.mark.slow
def test_what_all_feeds_brought_meanwhile_is_told_under_the_cap_and_in_one_digest(tmp_path: Path) -> None:
    names = [f"f{n}" for n in range(30)]
    clock, some = FastClock(), texts(30)

    async def act(program: Program) -> None:
        await program.passes()
        async with daemon(program):
            await asyncio.sleep(1.5)
            for name, text in zip(names, some, strict=True):
                program.press.feeds[name] = [Item("new", text)]
            clock.at += timedelta(days=7)
            await until(clock, clock() + timedelta(minutes=16))
        singles = [each for each in program.messages if " alerts of " not in each.partition("\n")[0]]
        [digest] = [each for each in program.messages if each not in singles]
        assert len(singles) == 5
        assert digest.startswith("25 alerts")
        told = "\n".join(program.messages)
        assert [text for text in some if text.partition("\n")[0] not in told] == []

    play(tmp_path, act, *names, now=clock, feed={"every": "5m"}, hosts=10, route={"to": ["hook"], "cap": 6})


# --- daylight saving --------------------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")
HALF = timedelta(minutes=30)
NIGHTS = {
    "quiet": [{"name": "night", "daily": "22:00-06:30", "timezone": "Europe/Berlin"}],
    "digests": [{"name": "small-hours", "cron": "30 2 * * *", "timezone": "Europe/Berlin", "to": ["hook"]}],
    "route": {"to": ["hook"], "routes": [{"match": {"feed": "slow"}, "digest": "small-hours"}]},
}


@pytest.mark.parametrize(
    ("day", "nights"),
    [
        (datetime(2026, 10, 24, tzinfo=BERLIN), ["25 02:30", "25 06:30", "26 02:30", "26 06:30"]),
        (datetime(2027, 3, 27, tzinfo=BERLIN), ["28 03:30", "28 06:30", "29 02:30", "29 06:30"]),  # there is no 02:30
    ],
    ids=["back", "forward"],
)
def test_two_nights_with_a_change_of_clocks_bring_one_digest_each(
    day: datetime, nights: list[str], tmp_path: Path
) -> None:
    """Articles in two feeds all day and night: at night those of one wait for the morning, the others for 02:30."""
    some, clock = texts(100), Clock(day.astimezone(UTC) + timedelta(hours=9))

    async def act(program: Program) -> None:
        came: list[tuple[str, str]] = []
        for step in range(100):
            if step % 6 == 0:
                for at, name in enumerate(("wire", "slow")):
                    number = step + at
                    program.press.feeds[name] = [Item(f"g{number}", some[number]), *program.press.feeds[name]]
            before = len(program.messages)
            await program.passes(HALF, everything=False)
            local = f"{clock().astimezone(BERLIN):%d %H:%M}"
            came += [(local, each) for each in program.messages[before:]]
        digests = [(local, each) for local, each in came if " alerts of " in each.partition("\n")[0]]
        assert [local for local, _ in digests] == nights
        singles = [(local, each) for local, each in came if (local, each) not in digests]
        assert all("06:30" <= local[3:] < "22:00" for local, _ in singles)
        told = Counter(text.partition("\n")[0] for _, each in came for text in some if text.partition("\n")[0] in each)
        assert set(told.values()) == {1}
        assert len(told) == len(program.decided) - await waiting(program)

    async def waiting(program: Program) -> int:
        count = "SELECT count(*) FROM delivery WHERE state IN ('held', 'batched') AND digest IS NULL"
        return int(await program.desk.store.write(lambda tx: tx.exec_driver_sql(count).scalar()) or 0)

    play(tmp_path, act, "wire", "slow", now=clock, **NIGHTS)
