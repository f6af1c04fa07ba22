"""The reading benchmark: from a page to a decision, beside raw trafilatura and `re`, in one run. `make bench-read`.

In:  options (`--help`); the shared pages and texts where they are at hand.
Out: progress on stderr; on stdout a table and, as the last line, one JSON object of ratios and figures.
Not here: the measurements (read_pages.py, read_near.py, read_terms.py), their tables (read_tables.py).

What is measured, how and on what machine stands in docs/benchmarks.md. A figure that could not be had is null, with a
line that says why, and the exit code is 1.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from bench.read_corpus import shared_pages
from bench.read_near import measure_near
from bench.read_pages import (
    MATCHED,
    MIXED,
    PAGES,
    RAW,
    UNMATCHED,
    WARM,
    Corpus,
    Reading,
    measure_pages,
    measure_semantic,
)
from bench.read_tables import near_table, reading_table, terms_table
from bench.read_terms import COUNTS, measure_terms
from bench.run import Run, end_in_time, say, spread_of
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    options = _options(arguments)
    end_in_time(options.limit_s)
    measures = {"terms": _terms, "pages": _pages, "made": _made, "semantic": _semantic, "near": _near}
    with tempfile.TemporaryDirectory(prefix="bench-read-", dir=options.folder) as folder:
        run = Run(options=options, folder=Path(folder), keys=KEYS, parts=PARTS)
        for part in PARTS:
            if part in options.only:
                run.attempt(part, measures[part])
    _print(run)
    return 1 if run.has_failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.read", description="Measure reading beside trafilatura and re.")
    for name, default, what in (
        ("--pages", 1_000, "shared pages that are read at most"),
        ("--made", 60, "pages of our own that are read"),
        ("--warm", WARM, "pages of our own that are read before them"),
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


def _pages(run: Run) -> None:
    if not shared_pages():
        run.note("real pages are absent (NEWS_SHARED): the figures are those of the made ones")
        return
    corpus = Corpus(title="Real pages", made=0, most=run.options.pages, warm=run.options.warm)
    figures = _reading(run, "pages", corpus)
    run.results |= _of_reading(figures)


def _made(run: Run) -> None:
    corpus = Corpus(title="Made pages", made=run.options.made, most=run.options.made, warm=run.options.warm)
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
        **spread_of("pages_vs_trafilatura", figures.ratios()),
        **spread_of("pages_vs_trafilatura_by_clock", figures.wall_ratios()),
        **spread_of("after_extraction_share", figures.shares(MIXED)),
        **spread_of("after_extraction_share_unmatched", figures.shares(UNMATCHED)),
        **spread_of("after_extraction_share_matched", figures.shares(MATCHED)),
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
            run.results |= spread_of(f"terms_{count}_speedup_vs_re", found.speedups(count))


def _print(run: Run) -> None:
    run.print(
        "Reading",
        ("trafilatura", "lxml", "py3langid", "ahocorasick_rs", "xxhash", "sqlalchemy"),
        "CPU is user and system time of a process and all its descendants. Raw trafilatura is bare_extraction with",
        "favor_precision, comments left out, metadata in, in one process. Our watch has no embedder.",
    )


if __name__ == "__main__":
    sys.exit(main())
