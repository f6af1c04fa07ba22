"""On time: what becomes of the other feeds' polls when some hosts accept and hang.

In:  the bed, how many feeds, how often they are polled.
Out: the share of polls of healthy hosts that came when they were due, and how late the late ones were.
Not here: the daemon itself, which is run as its users run it: `monitor run`.

A poll is due at the `next_at` that the daemon itself stored for it (table `feed`, read beside it twice a second). It is
on time if the server hears of it at most TOLERANCE_S later: one second for the daemon's tick, which looks for due feeds
once a second, and one second of grace. A poll that never came is late. Counted is what fell due after the hosts began
to hang; the first poll of each feed is not counted, since at a start all of them are due in the same moment. The same
share in the interval before, when all hosts answer, stands beside it: what is late then, hangs on no host.
"""

import sqlite3
import subprocess
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

from bench.bed import Bed
from bench.ours import configuration
from bench.processes import ROOT, ChildError, environment, stop

TOLERANCE_S: Final = 2.0
HUNG_EVERY: Final = 20  # one host in so many: 5 %
EARLY_S: Final = 0.2  # clocks and samples are not finer
_SAMPLE_S: Final = 0.5
_WARM_UP_S: Final = 120.0  # at most, until every feed was polled once


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """How late polls came."""

    due: int
    on_time: int
    missed: int  # of those that were late: never came while it was watched
    p50_s: float
    p99_s: float
    worst_s: float

    @property
    def share(self) -> float:
        """Return the share that came on time."""
        return self.on_time / self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTime:
    """How punctual the polls of healthy hosts were before and while others hung."""

    feeds: int
    hung: int
    before: Punctuality  # while all hosts answered
    during: Punctuality


def measure_on_time(bed: Bed, *, feeds: int, every_s: int, window_s: float) -> OnTime:
    """Run the daemon, let one host in twenty hang, and watch for a while. Raises ChildError."""
    server, folder = bed.server, bed.sub("hung")
    config = configuration(folder, bed.urls("http", feeds), every=f"{every_s}s")
    server.ask("serve_small", timeout_s=30)
    log = folder / "daemon.log"
    with log.open("wb") as errors:
        command = [sys.executable, "-m", "monitor", "run", "-c", str(config)]
        daemon = subprocess.Popen(command, cwd=ROOT, env=environment({}), stdout=errors, stderr=errors)
    try:
        due = _Due(folder / "state" / "monitor.sqlite", daemon)
        due.watch(until=lambda: due.polled_once() >= feeds, at_most_s=_WARM_UP_S)
        server.ask("listen", timeout_s=30)
        listened = time.time()
        due.watch(until=lambda: False, at_most_s=every_s + TOLERANCE_S)
        server.ask("hang", every=HUNG_EVERY, timeout_s=30)
        began = time.time()
        due.watch(until=lambda: False, at_most_s=window_s)
        ended = time.time()
    finally:
        stop_politely(daemon)
        server.ask("hang", every=0, timeout_s=30)
    arrivals: dict[int, list[float]] = defaultdict(list)
    for feed, at in server.ask("arrivals", timeout_s=60)["arrivals"]:
        arrivals[feed].append(at)
    healthy = {feed: times for feed, times in due.times().items() if feed % HUNG_EVERY != HUNG_EVERY // 2}
    return OnTime(
        feeds=feeds,
        hung=feeds - len(healthy),
        before=_punctuality(_lateness(healthy, arrivals, began=listened, ended=began)),
        during=_punctuality(_lateness(healthy, arrivals, began=began, ended=ended)),
    )


def stop_politely(process: subprocess.Popen[bytes]) -> None:
    """Ask a process of ours to end, as a service manager does, and see to it."""
    if process.poll() is None:
        process.terminate()
    stop(process, patience_s=15.0)


class _Due:
    """Collects when each feed falls due, from the daemon's own store."""

    def __init__(self, database: Path, daemon: subprocess.Popen[bytes]) -> None:
        self._database = database
        self._daemon = daemon
        self._seen: dict[int, set[float]] = defaultdict(set)
        self._polled: set[int] = set()

    def watch(self, *, until: Callable[[], bool], at_most_s: float) -> None:
        """Sample until a condition holds or time is up. Raises ChildError if the daemon ends."""
        end = time.monotonic() + at_most_s
        while time.monotonic() < end and not until():
            if self._daemon.poll() is not None:
                raise ChildError(f"monitor run ended with code {self._daemon.returncode}")
            self._sample()
            time.sleep(_SAMPLE_S)

    def polled_once(self) -> int:
        """Return how many feeds have been polled."""
        return len(self._polled)

    def times(self) -> Mapping[int, Sequence[float]]:
        """Return when each feed fell due, its first poll left out."""
        return {feed: sorted(times) for feed, times in self._seen.items()}

    def _sample(self) -> None:
        if not self._database.exists():
            return
        try:
            store = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=1.0)
            try:
                rows = store.execute("SELECT name, next_at FROM feed WHERE polled_at IS NOT NULL").fetchall()
            finally:
                store.close()
        except sqlite3.OperationalError:  # being made, or busy for a moment
            return
        for name, next_at in rows:
            feed = int(name.removeprefix("feed"))
            self._polled.add(feed)
            self._seen[feed].add(next_at / 1e6)


def _lateness(
    due: Mapping[int, Sequence[float]], arrivals: Mapping[int, Sequence[float]], *, began: float, ended: float
) -> list[float | None]:
    """Return by how many seconds each poll came late; None for one that never came."""
    found: list[float | None] = []
    for feed, times in due.items():
        came = arrivals.get(feed, [])
        for at in times:
            if began <= at <= ended - TOLERANCE_S - _SAMPLE_S:
                index = bisect_left(came, at - EARLY_S)
                found.append(max(came[index] - at, 0.0) if index < len(came) else None)
    return found


def _punctuality(lateness: Sequence[float | None]) -> Punctuality:
    came = [late for late in lateness if late is not None]
    if len(came) < 2:
        raise ChildError(f"only {len(came)} polls of healthy hosts were seen: watch longer")
    cuts = quantiles(came, n=100, method="inclusive")
    return Punctuality(
        due=len(lateness),
        on_time=sum(late <= TOLERANCE_S for late in came),
        missed=len(lateness) - len(came),
        p50_s=cuts[49],
        p99_s=cuts[98],
        worst_s=max(came),
    )
