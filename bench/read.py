"""The reading benchmark: from a page to a decision, beside raw trafilatura and `re`, in one run. `make bench-read`.

In:  options (`--help`); the shared pages and texts where they are at hand.
Out: progress on stderr; on stdout a table and, as the last line, one JSON object of ratios and figures.
Not here: the measurements (read_pages.py, read_near.py, read_terms.py), their tables (read_tables.py).

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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from bench.delta import DifferentResultError
from bench.poll import TimeUpError
from bench.processes import ChildError
from bench.read_corpus import shared_pages
from bench.read_near import measure_near
from bench.read_pages import (
    MATCHED,
    MIXED,
    PAGES,
    RAW,
    UNMATCHED,
    Corpus,
    Reading,
    measure_pages,
    measure_semantic,
)
from bench.read_tables import near_table, reading_table, terms_table
from bench.read_terms import COUNTS, measure_terms
from monitor.sources.encoder import packaged_encoder

KEYS: Final = (
    "pages_vs_trafilatura",
    "after_extraction_share",
    "near_p50_ms",
    "near_p99_ms",
    "near_bytes_each",
    "terms_10000_ms",
    "terms_1000_speedup_vs_re",
)
# In this order, with the seconds that each needs at least on two cores.
PARTS: Final = {"terms": 30.0, "pages": 60.0, "made": 40.0, "semantic": 30.0, "near": 150.0}


@dataclass(slots=True)
class Run:
    """One run: what was asked, where it works, what came out."""

    options: argparse.Namespace
    folder: Path
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
        return sum(PARTS[name] for name in names[names.index(part) + 1 :] if name in self.options.only) + 5.0

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
    measures = {"terms": _terms, "pages": _pages, "made": _made, "semantic": _semantic, "near": _near}
    with tempfile.TemporaryDirectory(prefix="bench-read-", dir=options.folder) as folder:
        run = Run(options=options, folder=Path(folder))
        for part in PARTS:
            if part in options.only:
                _try(part, measures[part], run)
    _print(run)
    return 1 if run.has_failed else 0


def say(sentence: str) -> None:
    """Tell people how far the run is."""
    sys.stderr.write(f"bench: {sentence}\n")
    sys.stderr.flush()


def _end_part(*_: object) -> None:
    raise TimeUpError("the time of the whole run is up")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.read", description="Measure reading beside trafilatura and re.")
    for name, default, what in (
        ("--pages", 1_000, "shared pages that are read at most"),
        ("--made", 60, "pages of our own that are read"),
        ("--repeats", 4, "interleaved repeats"),
        ("--articles", 1_000_000, "stored articles among which copies are looked up"),
        ("--look-ups", 4_000, "look-ups among them"),
        ("--texts", 400, "texts in which terms are looked for"),
        ("--terms", max(COUNTS), "terms at most"),
        ("--limit-s", 840, "seconds after which everything has ended"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{what} (default: {default})")
    parser.add_argument("--folder", type=Path, help="where stores are made for the time of the run; 2 GB")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="measure only these")
    return parser.parse_args(arguments)


def _try(part: str, measure: Callable[[Run], None], run: Run) -> None:
    if run.left_s() < PARTS[part]:
        run.fail(f"{part}: not measured: of {run.options.limit_s} s, too few are left")
        return
    say(f"{part} …")
    try:
        measure(run)
    except (ChildError, DifferentResultError) as exc:
        run.fail(f"{part}: not measured: {exc}")


def _pages(run: Run) -> None:
    if not shared_pages():
        run.note("real pages are absent (NEWS_SHARED): the figures are those of the made ones")
        return
    corpus = Corpus(title="Real pages", made=0, most=run.options.pages)
    figures = _reading(run, "pages", corpus)
    run.results |= _of_reading(figures)


def _made(run: Run) -> None:
    corpus = Corpus(title="Made pages", made=run.options.made, most=run.options.made)
    told = _of_reading(_reading(run, "made", corpus))
    is_only = run.results["pages_vs_trafilatura"] is None
    run.results |= told if is_only else {f"made_{name}": value for name, value in told.items()}


def _reading(run: Run, part: str, corpus: Corpus) -> Reading:
    done = 0

    def may_go_on(took_s: float) -> bool:
        nonlocal done
        done += 1
        say(f"{part}: repeat {done} of {run.options.repeats} took {took_s:.0f} s")
        has_time = run.left_s() - 2 * took_s > run.needed_after_s(part)  # the steps' times take another repeat's
        if done < run.options.repeats and not has_time:
            run.note(f"{part}: {done} repeats instead of {run.options.repeats}: the machine is slow or busy")
        return has_time

    figures = measure_pages(run.folder / part, corpus, repeats=run.options.repeats, may_go_on=may_go_on)
    run.table += reading_table(corpus.title, figures)
    for name in figures.missing:
        run.note(f"{part}: the program has no {name} any more: its time stands under `everything else`")
    return figures


def _of_reading(figures: Reading) -> dict[str, object]:
    sides = (("raw", RAW), ("page", PAGES), ("unmatched", UNMATCHED), ("matched", MATCHED))
    costs = {f"{name}_ms": round(median(figures.cpu_ms[side]), 3) for name, side in sides}
    return {
        **_ratio("pages_vs_trafilatura", figures.ratios()),
        **_ratio("pages_vs_trafilatura_by_clock", figures.wall_ratios()),
        **_ratio("after_extraction_share", figures.shares(MIXED)),
        **_ratio("after_extraction_share_unmatched", figures.shares(UNMATCHED)),
        **_ratio("after_extraction_share_matched", figures.shares(MATCHED)),
        **costs,
    }


def _semantic(run: Run) -> None:
    if packaged_encoder() is None:
        run.note("semantic: not measured: the extra `semantic` is not installed")
        return
    cost_ms = measure_semantic(run.folder / "semantic")
    run.table += ["", f"A matched article that is all new, with the packaged encoder: {cost_ms:.0f} ms CPU"]
    run.results["matched_semantic_ms"] = round(cost_ms, 1)


def _near(run: Run) -> None:
    found = measure_near(run.folder / "near", articles=run.options.articles, times=run.options.look_ups)
    run.table += near_table(found)
    run.results |= {
        "near_p50_ms": round(found.at(0.5), 4),
        "near_p99_ms": round(found.at(0.99), 4),
        "near_bytes_each": round(found.bytes_each, 1),
        "near_cpu_p50_ms": round(median(found.cpu_ms), 4),
        "near_articles": found.articles,
        "near_first_ms": round(found.first_ms, 1),
        "near_cold_p50_ms": round(median(found.cold_ms), 3),
        "near_insert_p50_ms": round(median(found.insert_ms), 3),
        "near_missed_share": round(found.missed / len(found.hit_ms), 4),
        "near_false_share": round(found.false / len(found.miss_ms), 4),
    }


def _terms(run: Run) -> None:
    found = measure_terms(most=run.options.texts, repeats=run.options.repeats, most_terms=run.options.terms)
    run.table += terms_table(found)
    for count, ours in found.ours_ms.items():
        run.results[f"terms_{count}_ms"] = round(median(ours), 4)
        if count in found.re_ms:
            run.results |= _ratio(f"terms_{count}_speedup_vs_re", found.speedups(count))


def _ratio(name: str, values: Sequence[float]) -> dict[str, object]:
    return {name: round(median(values), 4), f"{name}_spread": [round(min(values), 4), round(max(values), 4)]}


def _print(run: Run) -> None:
    took_s = time.monotonic() - run.began
    memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    names = ("trafilatura", "lxml", "py3langid", "ahocorasick_rs", "xxhash", "sqlalchemy")
    lines = [
        f"Reading, {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores ({_processor()}), {memory_gib:.0f} GiB",
        f"news-monitor {version('news-monitor')}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in names),
        *run.table,
        "",
        "CPU is user and system time of a process and all its descendants. Raw trafilatura is bare_extraction with",
        "favor_precision, comments left out, metadata in, in one process. Our watch has no embedder.",
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
