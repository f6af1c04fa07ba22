"""One run of a benchmark: its time, its parts, what came out of them, and how it is printed.

In:  what was asked; functions that measure.
Out: progress on stderr; on stdout a table and, as the last line, one JSON object.
Not here: what is measured (read.py, novelty.py).

A figure that could not be had is null, with a line that says why, and the exit code is 1.
"""

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.delta import DifferentResultError
from bench.poll import TimeUpError
from bench.processes import ChildError


@dataclass(slots=True)
class Run:
    """One run: what was asked, where it works, what came out."""

    options: argparse.Namespace  # with `only` and `limit_s`
    folder: Path
    keys: Sequence[str]  # of the JSON line
    parts: Mapping[str, float]  # in order, with the seconds that each needs at least on two cores
    began: float = field(default_factory=time.monotonic)
    results: dict[str, object] = field(default_factory=dict)
    table: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_failed: bool = False

    def __post_init__(self) -> None:
        """No figure is there yet."""
        self.results |= dict.fromkeys(self.keys)

    def left_s(self) -> float:
        """Return the seconds that this run may still take."""
        return float(self.options.limit_s) - (time.monotonic() - self.began)

    def needed_after_s(self, part: str) -> float:
        """Return the seconds that the parts after this one need."""
        names = list(self.parts)
        return sum(self.parts[name] for name in names[names.index(part) + 1 :] if name in self.options.only) + 5.0

    def note(self, sentence: str) -> None:
        """Say something about this run, now and under the table."""
        say(sentence)
        self.notes.append(sentence)

    def fail(self, sentence: str) -> None:
        """Note that a figure could not be had."""
        self.has_failed = True
        self.note(sentence)

    def attempt(self, part: str, measure: Callable[["Run"], None]) -> None:
        """Measure a part, where there is time for it; one that fails leaves the others be."""
        if self.left_s() < self.parts[part]:
            self.fail(f"{part}: not measured: of {self.options.limit_s} s, too few are left")
            return
        say(f"{part} …")
        try:
            measure(self)
        except (ChildError, DifferentResultError) as exc:
            self.fail(f"{part}: not measured: {exc}")

    def print(self, title: str, libraries: Sequence[str], *explained: str) -> None:
        """Print the machine, the tables, and what was found as JSON."""
        took_s = time.monotonic() - self.began
        memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        lines = [
            f"{title}, {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores ({_processor()}), {memory_gib:.0f} GiB",
            f"news-monitor {version('news-monitor')}, Python {platform.python_version()}, "
            + ", ".join(f"{name} {version(name)}" for name in libraries),
            *self.table,
            "",
            *explained,
            *self.notes,
            f"took {took_s:.0f} s; load average {os.getloadavg()[0]:.1f}",
        ]
        sys.stdout.write("\n".join(lines) + "\n" + json.dumps({**self.results, "took_s": round(took_s)}) + "\n")


def end_in_time(limit_s: int) -> None:
    """Let this process end in order when it is told to, and after so many seconds."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    signal.signal(signal.SIGALRM, _end_part)
    signal.alarm(limit_s)


def say(sentence: str) -> None:
    """Tell people how far the run is."""
    sys.stderr.write(f"bench: {sentence}\n")
    sys.stderr.flush()


def spread_of(name: str, values: Sequence[float]) -> dict[str, object]:
    """Return the median of values under this name, with the least and the most of them."""
    return {name: round(median(values), 4), f"{name}_spread": [round(min(values), 4), round(max(values), 4)]}


def _end_part(*_: object) -> None:
    raise TimeUpError("the time of the whole run is up")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
