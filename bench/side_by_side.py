"""Side by side: this program's poller and reader's, round by round on the same feeds.

In:  the bed, how many feeds, how many repeats.
Out: CPU per feed and feeds per second of every round of both sides; what memory they came to.
Not here: the programs themselves (ours.py, peer_reader.py), what is printed of it (poll.py).

A repeat starts from empty stores: a first poll, a changed feed, 304 twice, an unchanged feed without validators. The
sides take turns in every round, and who begins alternates. A round counts only if the server and the program say of
it what it was meant to be.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import mean
from typing import Final

from bench.bed import Bed
from bench.feed_bodies import ENTRIES, NEW
from bench.ours import COMMAND, configuration
from bench.processes import Child, ChildError, cpu_s, family, peak_mib, pss_mib
from bench.reader_environment import reader_python

OURS: Final = "ours"
READER: Final = "reader"
GAP_S: Final = 1.3  # between two rounds of one side: its hosts want a second between two requests
SETTLE_S: Final = 0.9  # what a side still does after its round counts: closing connections, writing behind
ROUND_S: Final = 300.0  # for one round at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of poll, and what both sides must say of it for the round to count."""

    name: str
    title: str
    version: int  # of the feeds that are served
    has_validators: bool = True
    status: str = "200"
    added: int = 0  # entries a feed


FIRST: Final = Scenario(name="first", title=f"first 200 ({ENTRIES} new)", version=0, added=ENTRIES)
CHANGED: Final = Scenario(name="changed", title=f"changed 200 ({NEW} of {ENTRIES} new)", version=1, added=NEW)
UNMODIFIED: Final = Scenario(name="unmodified", title="304", version=1, status="304")
UNCHANGED: Final = Scenario(name="unchanged", title="unchanged 200 (no validators)", version=1, has_validators=False)
REPEAT: Final = (FIRST, CHANGED, UNMODIFIED, UNMODIFIED, UNCHANGED)
SCENARIOS: Final = (UNMODIFIED, UNCHANGED, CHANGED, FIRST)  # as they are shown


class Side:
    """One program under measurement."""

    def __init__(self, name: str, child: Child, opening: Callable[[int], dict[str, str]]) -> None:
        self.name = name
        self.child = child
        self._opening = opening  # what to say for the n-th empty store
        self._opened = 0
        self._ended_at = 0.0

    def open(self) -> None:
        """Start from an empty store with all feeds subscribed; not measured."""
        self.child.ask("open", timeout_s=120, **self._opening(self._opened))
        self._opened += 1

    def round(self) -> "Round":
        """Poll every feed once. Raises ChildError, also where a single poll failed."""
        time.sleep(max(0.0, self._ended_at + GAP_S - time.monotonic()))
        before = cpu_s(self.child.pid)
        said = self.child.ask("poll", timeout_s=ROUND_S)
        self._ended_at = time.monotonic()
        time.sleep(SETTLE_S)
        used_s = cpu_s(self.child.pid) - before
        if said["failures"]:
            raise ChildError(f"{self.name}: {said['failures']} polls failed: {said['errors']}")
        return Round(cpu_s=used_s, wall_s=said["wall_s"], polled=said["polled"], added=said["added"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of polls took, and what it came to by the program's own account."""

    cpu_s: float  # settling included
    wall_s: float  # settling not included
    polled: int
    added: int


@dataclass(slots=True)
class Figures:
    """What was measured over one transport: one number a round."""

    feeds: int
    cpu_ms: dict[tuple[str, Scenario], list[float]] = field(default_factory=lambda: defaultdict(list))  # a feed
    feeds_s: dict[tuple[str, Scenario], list[float]] = field(default_factory=lambda: defaultdict(list))
    memory_mib: dict[str, float] = field(default_factory=dict)  # peak RSS, and the PSS of child processes at the end
    repeats: int = 0

    def ratios(self, scenario: Scenario) -> list[float]:
        """Return our CPU divided by the peer's, round by round."""
        pairs = zip(self.cpu_ms[OURS, scenario], self.cpu_ms[READER, scenario], strict=True)
        return [ours / theirs for ours, theirs in pairs]

    def unchanged_ratios(self) -> list[float]:
        """Return what an unchanged 200 costs us, divided by what a 304 of the same repeat did."""
        times = REPEAT.count(UNMODIFIED)
        unmodified = self.cpu_ms[OURS, UNMODIFIED]
        means = (mean(unmodified[at : at + times]) for at in range(0, len(unmodified), times))
        return [cost / least for cost, least in zip(self.cpu_ms[OURS, UNCHANGED], means, strict=True)]


def measure_side_by_side(
    bed: Bed, scheme: str, *, feeds: int, repeats: int, may_go_on: Callable[[float], bool]
) -> Figures:
    """Measure both sides.

    may_go_on: asked after each repeat with the seconds that it took; the first one is always made.
    Raises ChildError, NoReaderError.
    """
    figures = Figures(feeds=feeds)
    with ExitStack() as stack:
        sides = [_our_side(bed, stack, scheme, feeds), _reader_side(bed, stack, scheme, feeds)]
        for repeat in range(repeats):
            began = time.monotonic()
            for side in sides:
                side.open()
            for turn, scenario in enumerate(REPEAT):
                bed.server.ask(
                    "serve", feeds=feeds, version=scenario.version, validators=scenario.has_validators, timeout_s=120
                )
                for side in sides if (repeat + turn) % 2 == 0 else sides[::-1]:
                    _measure(bed, side, scenario, figures)
            figures.repeats += 1
            if not may_go_on(time.monotonic() - began):
                break
        for side in sides:
            main, *children = family(side.child.pid)
            figures.memory_mib[side.name] = peak_mib(main) + pss_mib(children)
    return figures


def _measure(bed: Bed, side: Side, scenario: Scenario, figures: Figures) -> None:
    feeds = figures.feeds
    bed.server.ask("tally", timeout_s=30)
    done = side.round()
    heard = bed.server.ask("tally", timeout_s=30)
    if [heard.get("requests"), heard.get(scenario.status), done.added] != [feeds, feeds, feeds * scenario.added]:
        raise ChildError(f"{side.name}: {scenario.title!r} was something else: server {heard}, program {done}")
    figures.cpu_ms[side.name, scenario].append(done.cpu_s / feeds * 1e3)
    figures.feeds_s[side.name, scenario].append(feeds / done.wall_s)


def _our_side(bed: Bed, stack: ExitStack, scheme: str, feeds: int) -> Side:
    folder = bed.sub(f"ours-{scheme}")
    config = configuration(folder, bed.urls(scheme, feeds))
    env = {"SSL_CERT_FILE": str(bed.certificates.authority)} if bed.certificates else {}
    child = Child(OURS, COMMAND, log=folder / "log", env=env)
    stack.enter_context(child)
    return Side(OURS, child, lambda n: {"config": str(config), "state": str(folder / f"state-{n}")})


def _reader_side(bed: Bed, stack: ExitStack, scheme: str, feeds: int) -> Side:
    folder = bed.sub(f"reader-{scheme}")
    urls = folder / "urls"
    urls.write_text("\n".join(bed.urls(scheme, feeds)))
    command = [str(reader_python()), "-m", "bench.peer_reader"]
    if bed.certificates:
        command += ["--authority", str(bed.certificates.authority)]
    child = stack.enter_context(Child(READER, command, log=folder / "log"))
    return Side(READER, child, lambda n: {"database": str(folder / f"{n}.sqlite"), "urls": str(urls)})
