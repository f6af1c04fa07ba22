"""The polling benchmark: this program's poller beside lemon24/reader, in one run. `make bench-poll`.

In:  options (`--help`); nothing but loopback and, the first time, the package index.
Out: progress on stderr; on stdout a table and, as the last line, one JSON object of ratios and figures.
Not here: the measurements (side_by_side.py, delta.py, many.py, on_time.py).

What is measured, how and on what machine stands in docs/benchmarks.md. A figure that could not be had is null, with a
line that says why, and the exit code is 1.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from bench.bed import Bed, open_bed
from bench.delta import FULL, OURS_DELTA, WAYS, DifferentResultError, measure_delta
from bench.feed_bodies import ENTRIES, NEW
from bench.many import measure_many
from bench.on_time import TOLERANCE_S, measure_on_time
from bench.processes import ChildError
from bench.reader_environment import NoReaderError, pinned
from bench.side_by_side import (
    CHANGED,
    FIRST,
    OURS,
    READER,
    SCENARIOS,
    UNCHANGED,
    UNMODIFIED,
    Figures,
    measure_side_by_side,
)

KEYS: Final = (
    "unmodified_vs_reader",
    "changed_vs_reader",
    "unchanged_vs_unmodified",
    "delta_vs_full",
    "rss_mb_10000_feeds",
    "on_time_share_with_hung_hosts",
)
# In this order, with the seconds that each needs at least on two cores.
PARTS: Final = {"delta": 20.0, "plain": 60.0, "many": 60.0, "hung": 90.0, "tls": 20.0}
HUNG_INTERVAL_S: Final = 20


@dataclass(slots=True)
class Run:
    """One run: what was asked, what it stands on, what came out."""

    options: argparse.Namespace
    bed: Bed
    began: float = field(default_factory=time.monotonic)
    results: dict[str, object] = field(default_factory=lambda: dict.fromkeys(KEYS))
    table: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_failed: bool = False

    def left_s(self) -> float:
        """Return the seconds that this run may still take."""
        return float(self.options.limit_s) - (time.monotonic() - self.began)

    def needed_after_s(self, part: str) -> float:
        """Return the seconds that the parts after this one need."""
        names = list(PARTS)
        later = names[names.index(part) + 1 :]
        return sum(PARTS[name] for name in later if name in self.options.only) + 5.0

    def note(self, sentence: str) -> None:
        """Say something about this run, now and under the table."""
        say(sentence)
        self.notes.append(sentence)

    def fail(self, sentence: str) -> None:
        """Note that a figure could not be had."""
        self.has_failed = True
        self.note(sentence)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    signal.signal(signal.SIGALRM, _end_part)
    signal.alarm(options.limit_s)
    measures = {"delta": _delta, "plain": _plain, "many": _many, "hung": _hung, "tls": _tls}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-poll-")))
        bed = open_bed(folder, stack, tls_hosts=options.tls_feeds if "tls" in options.only else 0)
        run = Run(options=options, bed=bed)
        for part in PARTS:
            if part in options.only:
                _try(part, measures[part], run)
    _print(run)
    return 1 if run.has_failed else 0


def say(sentence: str) -> None:
    """Tell people how far the run is."""
    sys.stderr.write(f"bench: {sentence}\n")
    sys.stderr.flush()


class TimeUpError(ChildError):
    """The run has taken as long as it may."""


def _end_part(*_: object) -> None:
    raise TimeUpError("the time of the whole run is up")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.poll", description="Measure this program's poller beside reader.")
    for name, default, what in (
        ("--feeds", 200, "feeds polled side by side"),
        ("--repeats", 5, "interleaved repeats"),
        ("--tls-feeds", 60, "feeds polled side by side over TLS"),
        ("--tls-repeats", 3, "interleaved repeats over TLS"),
        ("--many", 10_000, "feeds whose memory is measured"),
        ("--hung-feeds", 2_000, "feeds, 5 %% of which hang"),
        ("--hung-window-s", 45, "seconds for which they do"),
        ("--delta-feeds", 40, "feeds parsed in one process"),
        ("--limit-s", 840, "seconds after which everything has ended"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{what} (default: {default})")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="measure only these")
    return parser.parse_args(arguments)


def _try(part: str, measure: Callable[[Run], None], run: Run) -> None:
    if run.left_s() < PARTS[part]:
        run.fail(f"{part}: not measured: of {run.options.limit_s} s, too few are left")
        return
    say(f"{part} …")
    try:
        measure(run)
    except (ChildError, NoReaderError, DifferentResultError) as exc:
        run.fail(f"{part}: not measured: {exc}")


def _plain(run: Run) -> None:
    figures = _side_by_side(run, "plain", "http", feeds=run.options.feeds, repeats=run.options.repeats)
    run.table += _steady_table("Plain HTTP", figures)
    run.results |= _ratio("unmodified_vs_reader", figures.ratios(UNMODIFIED))
    run.results |= _ratio("changed_vs_reader", figures.ratios(CHANGED))
    run.results |= _ratio("unchanged_vs_unmodified", figures.unchanged_ratios())
    run.results |= _ratio("unchanged_vs_reader", figures.ratios(UNCHANGED))
    run.results |= _ratio("first_vs_reader", figures.ratios(FIRST))
    run.results |= _costs("plain", figures)


def _tls(run: Run) -> None:
    if run.bed.certificates is None:
        run.note("TLS was not measured: this machine has no openssl command to make certificates with")
        return
    figures = _side_by_side(run, "tls", "https", feeds=run.options.tls_feeds, repeats=run.options.tls_repeats)
    run.table += _steady_table("TLS, a handshake a poll", figures)
    for scenario in SCENARIOS:
        run.results |= _ratio(f"tls_{scenario.name}_vs_reader", figures.ratios(scenario))
    run.results |= _costs("tls", figures)


def _side_by_side(run: Run, part: str, scheme: str, *, feeds: int, repeats: int) -> Figures:
    done = 0

    def may_go_on(took_s: float) -> bool:
        nonlocal done
        done += 1
        say(f"{part}: repeat {done} of {repeats} took {took_s:.0f} s")
        has_time = run.left_s() - took_s > run.needed_after_s(part)
        if done < repeats and not has_time:
            run.note(f"{part}: {done} repeats instead of {repeats}: the machine is slow or busy")
        return has_time

    return measure_side_by_side(run.bed, scheme, feeds=feeds, repeats=repeats, may_go_on=may_go_on)


def _delta(run: Run) -> None:
    found = measure_delta(feeds=run.options.delta_feeds, repeats=run.options.repeats)
    kinds = ", ".join(f"{kind} {cost:.0f}" for kind, cost in found.entry_us.items())
    run.table += [
        "",
        f"Parsing in one process, {NEW} of {ENTRIES} entries new, {found.body_kib:.0f} KiB a feed",
        f"  {'':<40}{'CPU ms a feed':>22}{'to the first line':>22}",
    ]
    ratios: dict[str, list[float]] = {}
    for way in WAYS:
        pairs = zip(found.cost_ms[way], found.cost_ms[FULL], strict=True)
        ratios[way] = [cost / whole for cost, whole in pairs]
        run.table.append(f"  {way:<40}{_spread(found.cost_ms[way]):>22}{_spread(ratios[way]):>22}")
    run.table.append(f"  feedparser's µs an entry, by kind of feed: {kinds}")
    run.results |= _ratio("delta_vs_full", ratios[OURS_DELTA])
    run.results |= _ratio("delta_speedup", [1 / ratio for ratio in ratios[OURS_DELTA]])


def _many(run: Run) -> None:
    found = measure_many(run.bed, feeds=run.options.many)
    run.table += [
        "",
        f"Memory, {found.feeds:,} feeds on as many addresses, a first poll and one of 304s",
        f"  main process: {found.main_mib:.0f} MiB peak RSS, {found.opened_mib:.0f} before the first poll",
        f"  its {found.children} children: {found.children_mib:.0f} MiB PSS; sum: {found.sum_mib:.0f} MiB",
        f"  PSS of all processes: {found.tree_mib:.0f} MiB",
    ]
    for title, done in (("first poll", found.first), ("304", found.unmodified)):
        rate, cost_ms = found.feeds / done.wall_s, done.cpu_s / found.feeds * 1e3
        run.table.append(f"  {title}: {rate:.0f} feeds/s, {cost_ms:.2f} ms CPU a feed")
    run.results |= {
        "rss_mb_10000_feeds": round(found.main_mib, 1),
        "rss_mb_feeds": found.feeds,
        "rss_mb_children_pss": round(found.children_mib, 1),
        "rss_mb_tree_pss": round(found.tree_mib, 1),
    }


def _hung(run: Run) -> None:
    feeds, window_s = run.options.hung_feeds, run.options.hung_window_s
    found = measure_on_time(run.bed, feeds=feeds, every_s=HUNG_INTERVAL_S, window_s=window_s)
    run.table += [
        "",
        f"Hanging hosts: `monitor run`, {found.feeds:,} feeds every {HUNG_INTERVAL_S} s, watched for {window_s} s",
        f"  {found.hung} hosts begin to accept and not to answer for 30 s; polls of the others:",
    ]
    for title, seen in (("before", found.before), ("while they hang", found.during)):
        run.table.append(
            f"  {title}: {seen.share:.2%} of {seen.due:,} at most {TOLERANCE_S:g} s late; {seen.p50_s:.2f} s (median),"
            f" {seen.p99_s:.2f} s (99 %), {seen.worst_s:.2f} s (worst); {seen.missed} not seen until the end"
        )
    run.results |= {
        "on_time_share_with_hung_hosts": round(found.during.share, 4),
        "on_time_share_before": round(found.before.share, 4),
        "hung_feeds": found.feeds,
        "hung_hosts": found.hung,
        "late_p99_s": round(found.during.p99_s, 2),
        "late_worst_s": round(found.during.worst_s, 2),
    }


def _steady_table(title: str, figures: Figures) -> list[str]:
    lines = [
        "",
        f"{title}, {figures.feeds} feeds on as many addresses, repeats: {figures.repeats}; median (min..max)",
        f"  {'':<30}{'CPU ms a feed, ours':>22}{'reader':>22}{'ours / reader':>22}{'feeds/s, ours':>16}{'reader':>8}",
    ]
    for scenario in SCENARIOS:
        ours, theirs = figures.cpu_ms[OURS, scenario], figures.cpu_ms[READER, scenario]
        our_rate, their_rate = figures.feeds_s[OURS, scenario], figures.feeds_s[READER, scenario]
        lines.append(
            f"  {scenario.title:<30}{_spread(ours):>22}{_spread(theirs):>22}{_spread(figures.ratios(scenario)):>22}"
            f"{median(our_rate):>16.0f}{median(their_rate):>8.0f}"
        )
    lines.append(f"  unchanged 200 / 304, ours: {_spread(figures.unchanged_ratios())}")
    ours_mib, theirs_mib = figures.memory_mib[OURS], figures.memory_mib[READER]
    lines.append(f"  memory, peak RSS and children's PSS: ours {ours_mib:.0f} MiB, reader {theirs_mib:.0f} MiB")
    return lines


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}..{max(values):.2f})"


def _ratio(name: str, values: Sequence[float]) -> dict[str, object]:
    return {name: round(median(values), 4), f"{name}_spread": [round(min(values), 4), round(max(values), 4)]}


def _costs(name: str, figures: Figures) -> dict[str, object]:
    costs = {
        f"{name}_{scenario.name}_ms_{side}": round(median(figures.cpu_ms[side, scenario]), 3)
        for scenario in SCENARIOS
        for side in (OURS, READER)
    }
    return {**costs, f"{name}_repeats": figures.repeats}


def _print(run: Run) -> None:
    took_s = time.monotonic() - run.began
    memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    ours = ", ".join(f"{name} {version(name)}" for name in ("pycurl", "uvloop", "feedparser", "sqlalchemy"))
    peer = ", ".join(f"{name} {pinned()[name]}" for name in ("reader", "feedparser", "requests"))
    lines = [
        f"Polling, {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores ({_processor()}), {memory_gib:.0f} GiB",
        f"ours: news-monitor {version('news-monitor')}, Python {platform.python_version()}, {ours}",
        f"peer: {peer}",
        *run.table,
        "",
        "CPU is user and system time of a process and all its descendants. Go pollers (Miniflux) were not measured:",
        "their source cannot be had from a package index.",
        *run.notes,
        f"took {took_s:.0f} s; load average {os.getloadavg()[0]:.1f}",
    ]
    sys.stdout.write("\n".join(lines) + "\n" + json.dumps({**run.results, "took_s": round(took_s)}) + "\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    sys.exit(main())
