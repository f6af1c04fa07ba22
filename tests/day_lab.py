"""A day of news on a clock of its own, played by processes that are killed: `python tests/day_lab.py FOLDER HOW`.

A parent that has loaded everything forks a child for each life of the program, so that a life costs no start. The child
builds the desk as the program does, on the state folder; only its feeds, its receivers and its clock are the script's.
HOW is "never", "each:TIMES" (at each named point that often, at another minute each) or "SEED:KILLS" (that many at
random moments). What a receiver took stands in `accepted.jsonl`, whatever became of the program afterwards; at which
points it was killed, in `points`.
"""

import asyncio
import json
import logging
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import structlog
from desk_samples import ListedSource
from newsroom import TOPICS

from monitor.config.load import load_config
from monitor.model.delivery import Delivery, Digest, NotSent, Receipt, Sent
from monitor.model.feed import Feed, FeedEntry, FeedMemory, ParsedFeed, Polled
from monitor.model.routing import Silence
from monitor.pipeline import orders
from monitor.pipeline.assess import assess_waiting
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import dispatch_due
from monitor.pipeline.lapse import lapse
from monitor.pipeline.poll import poll_due
from monitor.pipeline.read import read_waiting
from monitor.store import silences
from monitor.store.engine import Store, Tx, open_store
from monitor.wiring import _take_over, _wire

T = TypeVar("T")

MIDNIGHT = datetime(2024, 5, 2, tzinfo=UTC)
DEAD = (timedelta(hours=13), timedelta(hours=18))  # when nobody answers on the channel `chat`
SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprstvz" for vowel in "aeiou"]
NOT_HERE = ("Poller", "Books", "batches", "live", "orders")  # what test_poll_crash.py kills, and what only looks

CONFIG: dict[str, Any] = {
    "version": 1,
    "feeds": [{"name": name, "folder": name, "first_poll": "judge"} for name in ("wire", "local", "flood")],
    "watches": [
        {"name": "all", "match": "*:*", "novelty": {"embedder": "none"}},
    ],
    "channels": [{"name": name, "url": "json://127.0.0.1:9/"} for name in ("desk", "chat")],
    "quiet": [{"name": "night", "daily": "22:00-06:30", "timezone": "UTC"}],
    "digests": [
        {"name": "noon", "cron": "0 12 * * *", "timezone": "UTC", "to": ["desk"], "include": ["below-threshold"]}
    ],
    "route": {"to": ["desk", "chat"], "cap": 6, "group_wait": "5m", "group_interval": "20m"},
}


def invented(number: int) -> str:
    """Return an article that has nothing in common with others but little words."""
    luck = random.Random(number)

    def word() -> str:
        return "".join(luck.choice(SYLLABLES) for _ in range(luck.randint(2, 4)))

    def sentence() -> str:
        return f"The {word()} {word()} of {word().title()} {word()} the {word()} on {word()} {luck.randint(10, 9999)}."

    return f"{word().title()} {word()} {word()} in {word().title()}\n{sentence()} {sentence()} {sentence()}"


@cache
def script() -> dict[int, list[tuple[str, str]]]:
    """Return what each feed lists from which minute of the day on."""
    told: dict[int, list[tuple[str, str]]] = {}
    for hour in range(24):
        told.setdefault(60 * hour, []).append(("local", invented(hour)))
    for at, topic in zip((150, 560, 700), TOPICS, strict=True):
        texts = (topic.first, *topic.rewrites, *topic.developments)
        for number, text in enumerate(texts):
            told.setdefault(at + number, []).append((("wire", "local")[number % 2], text))
    told.setdefault(1000, []).extend(("flood", invented(number)) for number in range(100, 112))
    return told


def minutes() -> list[int]:
    """Return the minutes at which something happens or may be due, until the next morning's digest."""
    marks = {390, 721, 840, 900, 1010, 1110, 1230, 1830, 2160}
    return sorted(marks | {minute + late for minute in script() for late in (0, 5)} | set(range(785, 1260, 30)))


class Point:
    """Where the process kills itself: at each place, so many times, at another minute each."""

    def __init__(self, folder: Path, times: int) -> None:
        self._path, self._times = folder / "points", times
        seen = self._path.read_text().splitlines() if times and self._path.exists() else []
        self._seen = Counter(line.partition(" ")[2] for line in seen)
        self._places = set(seen)
        self.minute = 0

    def __call__(self, name: str) -> None:
        if name.startswith(NOT_HERE) or self._seen[name] >= self._times or f"{self.minute} {name}" in self._places:
            return
        _append(self._path, f"{self.minute} {name}")
        os.kill(os.getpid(), signal.SIGKILL)


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


class KilledStore(Store):
    """The store, with a point before and after each commit."""

    point: Point

    def write_now(self, work: Callable[[Tx], T]) -> T:
        name = work.__qualname__.replace(".<locals>", "").replace(".<lambda>", "").strip("_")

        def with_point(tx: Tx) -> T:
            done = work(tx)
            self._reach(f"{name} before commit", done)
            return done

        done = super().write_now(with_point)
        self._reach(f"{name} after commit", done)
        return done

    def _reach(self, place: str, done: object) -> None:
        """Reach a point, unless nothing was there to be done: nothing claimed, nothing settled."""
        if done in ((), [], ((), ())):
            return
        parts = done if isinstance(done, tuple) else ()
        made = [each for part in parts for each in (part if isinstance(part, tuple) else (part,))]
        place = " ".join([place, *sorted({str(each.why) for each in made if isinstance(each, Digest)})])
        self.point(place)


@dataclass
class Receivers:
    """Two channels, of which one is dead for five hours."""

    folder: Path
    now: Callable[[], datetime]
    point: Point

    def send(self, delivery: Delivery) -> Receipt:
        self.point("send begun")
        if delivery.channel == "chat" and DEAD[0] <= self.now() - MIDNIGHT < DEAD[1]:
            return NotSent(reason="connection refused")
        alert = delivery.alert
        told = [item.alert for item in alert.items] if isinstance(alert, Digest) else [alert.id]
        line = {"key": delivery.key, "channel": delivery.channel, "told": told, "life": os.getpid()}
        _append(self.folder / "accepted.jsonl", json.dumps(line | {"digest": str(getattr(alert, "why", ""))}))
        self.point("send accepted")
        return Sent()


class Wire(ListedSource):
    """Feeds that list what the script has brought so far."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(())
        self._now = now

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        minute = (self._now() - MIDNIGHT) // timedelta(minutes=1)
        texts = [text for at, some in script().items() if at <= minute for name, text in some if name == feed.name]
        listed = [(text.partition("\n")[0], text.partition("\n")[2]) for text in texts]
        return ParsedFeed(
            entries=tuple(FeedEntry(guid=title, title=title, text=text, language="en") for title, text in listed)
        )


async def live(folder: Path, *, times: int) -> None:
    """Live from where the last life ended to the end of the day."""
    done, point = folder / "done", Point(folder, times)
    begun = int(done.read_text()) if done.exists() else -1
    at = MIDNIGHT

    def now() -> datetime:
        return at

    config = load_config(folder / "monitor.yaml")
    store = open_store(folder / "state")
    store.__class__ = KilledStore
    store.point = point  # type: ignore[attr-defined]
    left = [minute for minute in minutes() if minute > begun]
    at, point.minute = MIDNIGHT + timedelta(minutes=left[0]), left[0]
    before = at - timedelta(minutes=1)  # else a poll that died counts as the one of this pass: the clock stands still
    store.write_now(lambda tx: _take_over(tx, config, before))
    desk = (await _wire(config, store, Wire(now), Receivers(folder, now, point), now=now)).desk
    for minute in left:
        at, point.minute = MIDNIGHT + timedelta(minutes=minute), minute
        await _minute(desk, minute)
        fresh = folder / "done.new"
        fresh.write_text(str(minute))
        fresh.rename(done)
    store.close()


async def _minute(desk: Desk, minute: int) -> None:
    await _orders(desk, minute)
    await poll_due(desk, everything=True)
    await read_waiting(desk)
    async for _ in assess_waiting(desk):
        pass
    await lapse(desk)
    await dispatch_due(desk)


async def _orders(desk: Desk, minute: int) -> None:
    """Silence the flood's neighbour twice; the first silence is ended by hand, the other one ends by itself."""

    def known(tx: Tx) -> list[Silence]:
        return [each for each in silences.newest(tx, limit=10) if each.created == desk.now() or minute == 900]

    found = await desk.store.write(known)
    if minute in (840, 1110) and not found:
        until = desk.now() + timedelta(hours=2)
        await orders.silence(
            desk.store, watch="", story="", feed="local", outlet="", until=until, note="", now=desk.now()
        )
    if minute == 900 and found and not found[0].is_expired:
        await orders.expire(desk.store, found[0].id, now=desk.now())


def prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for feed in CONFIG["feeds"]:
        (folder / feed["name"]).mkdir(exist_ok=True)
    (folder / "monitor.yaml").write_text(json.dumps(CONFIG))


def lives(folder: Path, how: str) -> Iterator[int]:
    """Let the day be lived to its end; yield the number of each kill."""
    kind, _, number = how.partition(":")
    luck, most, times = (
        random.Random(kind),
        int(number or 0) if kind.isdecimal() else 0,
        int(number) if kind == "each" else 0,
    )
    killed = 0
    while True:
        child = os.fork()
        if not child:
            try:
                asyncio.run(live(folder, times=times))
            except BaseException:  # noqa: BLE001 - a child ends here, whatever it ends of
                traceback.print_exc()
                os._exit(3)
            os._exit(0)
        if killed < most:
            time.sleep(luck.uniform(0.01, 0.3))
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            return
        if status != -signal.SIGKILL:
            raise SystemExit(status)
        killed += 1
        yield killed


def main(folder: Path, how: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    prepare(folder)
    print(sum(1 for _ in lives(folder, how)))  # noqa: T201 - what its caller reads


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
