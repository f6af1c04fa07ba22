"""The novelty benchmark: what judging an article of 25 sentences costs, and how it grows. `make bench-novelty`.

In:  options (`--help`).
Out: progress on stderr; on stdout a table and, as the last line, one JSON object of figures.
Not here: the program under measurement (novelty_desk.py), its archive (novelty_archive.py).

What is measured, how and on what machine stands in docs/benchmarks.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.novelty_desk import configuration
from bench.processes import Child, ChildError
from bench.run import Run, end_in_time, say, spread_of
from monitor.sources.encoder import packaged_encoder

KEYS: Final = ("lexical_ms_25", "semantic_ms_25", "growth_10k_to_10m")
# In this order, with the seconds that each needs at least on two cores.
PARTS: Final = {"lexical": 30.0, "semantic": 40.0, "growth": 240.0}
TOLD: Final = 80  # articles before the first one that is judged; sixty are looked at
_COMMAND: Final = (sys.executable, "-c", "from bench.novelty_desk import main; main()")
_LONG_S: Final = 500.0


@dataclass(slots=True)
class _Judging:
    """A program with its store, and what its articles took: one number an article, and one a round."""

    child: Child
    deciding_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    rounds_ms: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    known: int = 0

    def judge(self, articles: int) -> dict[str, Any]:
        """Judge so many articles, and remember what each took."""
        told = self.child.ask("judge", timeout_s=_LONG_S, articles=articles)
        if len(told["deciding_ms"]) != articles:
            raise ChildError(f"of {articles} articles {len(told['deciding_ms'])} were decided")
        self.deciding_ms += told["deciding_ms"]
        self.whole_ms += told["whole_ms"]
        self.rounds_ms.append(median(told["deciding_ms"]))
        self.outcomes, self.known = told["outcomes"], told["known"]
        return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    options = _options(arguments)
    end_in_time(options.limit_s)
    measures = {"lexical": _lexical, "semantic": _semantic, "growth": _growth}
    with tempfile.TemporaryDirectory(prefix="bench-novelty-", dir=options.folder) as folder:
        run = Run(options=options, folder=Path(folder), keys=KEYS, parts=PARTS)
        for part in PARTS:
            if part in options.only:
                run.attempt(part, measures[part])
    run.print(
        "Novelty",
        ("numpy", "sqlalchemy", "snowballstemmer"),
        "CPU is that of the process that judges, all of its threads. Deciding is everything between an article that",
        "matched and the decision on it: copies, placement, the known set, sentences, novelty, the alert's words.",
    )
    return 1 if run.has_failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.novelty", description="Measure what judging an article costs.")
    for name, default, what in (
        ("--articles", 20, "articles that are judged in each repeat"),
        ("--repeats", 7, "repeats, the sides in turns"),
        ("--told", TOLD, "articles that the reader was told before"),
        ("--small", 10_000, "judged sentences of the small archive"),
        ("--large", 10_000_000, "judged sentences of the large archive"),
        ("--limit-s", 840, "seconds after which everything has ended"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{what} (default: {default})")
    parser.add_argument("--folder", type=Path, help="where stores are made for the time of the run; 4 GB")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="measure only these")
    return parser.parse_args(arguments)


def _lexical(run: Run) -> None:
    with ExitStack() as stack:
        judging = _opened(run, stack, "lexical", has_embedder=False)
        for _ in range(run.options.repeats):
            judging.judge(run.options.articles)
        run.table += _table("Words alone", judging)
        run.table += _steps(judging, run.options.articles)
    run.results |= _figures("lexical", judging)


def _semantic(run: Run) -> None:
    if packaged_encoder() is None:
        run.fail("semantic: not measured: the extra `semantic` is not installed")
        return
    with ExitStack() as stack:
        judging = _opened(run, stack, "semantic", has_embedder=True)
        for _ in range(run.options.repeats):
            judging.judge(run.options.articles)
    run.table += _table("With the packaged encoder, the article's own sentences encoded", judging)
    run.results |= _figures("semantic", judging)


def _growth(run: Run) -> None:
    """Judge beside a small and a large archive in turns; who begins alternates."""
    with ExitStack() as stack:
        small, large = (
            _opened(run, stack, name, has_embedder=False, sentences=sentences)
            for name, sentences in (("small", run.options.small), ("large", run.options.large))
        )
        for repeat in range(run.options.repeats):
            for each in (small, large) if repeat % 2 == 0 else (large, small):
                each.judge(run.options.articles)
    run.table += _table(f"Beside {run.options.small:,} stored sentences", small)
    run.table += _table(f"Beside {run.options.large:,} stored sentences", large)
    ratios = [theirs / ours for ours, theirs in zip(small.rounds_ms, large.rounds_ms, strict=True)]
    run.table.append(f"  growth: {median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})")
    run.results |= spread_of("growth_10k_to_10m", ratios)
    run.results |= {"growth_small": run.options.small, "growth_large": run.options.large}


def _opened(run: Run, stack: ExitStack, name: str, *, has_embedder: bool, sentences: int = 0) -> _Judging:
    """Return a program whose reader was told much, its caches as they are after a day."""
    folder = run.folder / name
    folder.mkdir()
    child = stack.enter_context(Child(name, _COMMAND, log=folder / "log"))
    if sentences:
        made = child.ask("archive", timeout_s=_LONG_S, state=str(folder / "state"), sentences=sentences)
        size_mib, count = made["file_bytes"] / 2**20, made["sentences"]
        run.note(f"an archive of {count:,} sentences, {made['articles']:,} articles: {size_mib:,.0f} MiB")
    config = configuration(folder, has_embedder=has_embedder)
    asked = {"config": str(config), "state": str(folder / "state"), "told": run.options.told, "are_real": has_embedder}
    told = child.ask("open", timeout_s=_LONG_S, **asked)
    if told["told"] != run.options.told:
        raise ChildError(f"of {run.options.told} articles the reader was told {told['told']}")
    judging = _Judging(child)
    judging.judge(run.options.articles)
    say(f"{name}: an article is held against {judging.known:,} sentences")
    return _Judging(child)


def _figures(name: str, judging: _Judging) -> dict[str, object]:
    return {
        f"{name}_ms_25": round(median(judging.deciding_ms), 2),
        f"{name}_ms_25_spread": [round(min(judging.rounds_ms), 2), round(max(judging.rounds_ms), 2)],
        f"{name}_whole_ms_25": round(median(judging.whole_ms), 2),
        f"{name}_known": judging.known,
    }


def _table(title: str, judging: _Judging) -> list[str]:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(judging.outcomes.items()))
    rounds = f"{min(judging.rounds_ms):.2f}..{max(judging.rounds_ms):.2f} in {len(judging.rounds_ms)} rounds"
    return [
        "",
        f"{title}; {len(judging.deciding_ms)} articles of 25 sentences against {judging.known:,} known ones",
        f"  CPU ms an article, deciding: {median(judging.deciding_ms):.2f} ({rounds}); {outcomes}",
        f"  from claiming it to the decision in the store: {median(judging.whole_ms):.2f}",
    ]


def _steps(judging: _Judging, articles: int) -> list[str]:
    """Return what each step takes; an article that is learnt counts as one, too."""
    judging.child.ask("steps", timeout_s=30)
    steps = judging.child.ask("judge", timeout_s=_LONG_S, articles=articles)["steps_ms"]
    return [
        "  steps, CPU ms an article, half of them judged and half only learnt",
        *(f"    {step:<56}{took_ms:>9.3f}" for step, took_ms in steps.items() if took_ms > 0.0),
    ]


if __name__ == "__main__":
    sys.exit(main())
