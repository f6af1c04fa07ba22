"""Pages side by side: raw trafilatura, our whole way of a page to its decision, and our steps after extraction alone.

In:  a folder, which pages, how many, how many repeats.
Out: CPU and pages per second of every repeat of both sides; milliseconds of every step.
Not here: the programs themselves (read_peer.py, read_ours.py), what is printed of it (read.py).

Each side runs on one and the same core. The sides take turns, and who begins alternates; ours starts each time from an
empty store on disk.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from bench.processes import Child, ChildError, cpu_s
from bench.read_ours import configuration

RAW: Final = "trafilatura"
PAGES: Final = "pages"  # the whole way
UNMATCHED: Final = "none matched"
MIXED: Final = "1 of 50 matched"  # of 1,384 general pages 13 matched a watch of three names: one of 106
MATCHED: Final = "all matched"
EVERY: Final[Mapping[str, int]] = {UNMATCHED: 0, MIXED: 50, MATCHED: 1}
SEMANTIC_ARTICLES: Final = 10
WARM: Final = 40  # a worker reads 2,000 in its life, and trafilatura has read all once
_LONG_S: Final = 400.0
_SETTLE_S: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Which pages are read."""

    title: str
    made: int  # how many are made here; 0: the shared ones
    most: int
    warm: int = WARM  # pages of our own before the measured ones


@dataclass(slots=True)
class Reading:
    """What was measured on one corpus: one number a repeat, everything a page."""

    pages: int = 0
    median_kib: float = 0.0
    cpu_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by RAW, PAGES and scenario
    pages_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by the clock, on one core
    parent_ms: list[float] = field(default_factory=list)  # of PAGES: what the process that judges used of it
    worker: dict[str, float] = field(default_factory=dict)
    steps_ms: dict[str, dict[str, float]] = field(default_factory=dict)  # by scenario
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)  # names of steps that the program no longer has
    semantic_ms: float | None = None  # one matched article with the packaged encoder, sentences encoded and all
    repeats: int = 0

    def ratios(self) -> list[float]:
        """Return our pages/s divided by trafilatura's, both by CPU, repeat by repeat."""
        return [theirs / ours for theirs, ours in zip(self.cpu_ms[RAW], self.cpu_ms[PAGES], strict=True)]

    def wall_ratios(self) -> list[float]:
        """Return the same by the clock."""
        return [ours / theirs for ours, theirs in zip(self.pages_s[PAGES], self.pages_s[RAW], strict=True)]

    def shares(self, scenario: str) -> list[float]:
        """Return what follows the reading of a page, divided by trafilatura, repeat by repeat."""
        pairs = zip(self.cpu_ms[scenario], self.cpu_ms[RAW], strict=True)
        return [ours / theirs for ours, theirs in pairs]


class _Bench:
    """Both programs, open on one corpus."""

    def __init__(self, folder: Path, corpus: Corpus, stack: ExitStack) -> None:
        folder.mkdir()
        self.folder, self.corpus = folder, corpus
        self._config = configuration(folder, has_embedder=False)
        self._found = folder / "found.json"
        self._states = count()
        words = "from bench.{0} import main; main()"
        start = (sys.executable, "-c")
        self.raw = stack.enter_context(Child(RAW, (*start, words.format("read_peer")), log=folder / "raw.log"))
        self.ours = stack.enter_context(Child("ours", (*start, words.format("read_ours")), log=folder / "ours.log"))

    def begin(self, figures: Reading) -> None:
        """Let both sides load their pages; trafilatura's texts are what our steps alone start from."""
        told = self.raw.ask("open", timeout_s=_LONG_S, **self._pages(), found=str(self._found))
        if not told["pages"]:
            raise ChildError("there are no pages to read")
        figures.pages = told["pages"]
        figures.median_kib = told["bytes"][len(told["bytes"]) // 2] / 1024
        figures.worker = self.ours.ask("worker", timeout_s=_LONG_S, **self._pages())
        if figures.worker["calls"] < figures.pages:  # one that gives next to nothing is read twice
            raise ChildError(f"trafilatura was asked {figures.worker['calls']} times for {figures.pages} pages")

    def read_raw(self, figures: Reading) -> None:
        self.raw.ask("forget", timeout_s=_LONG_S)
        used_s, told = self._used(self.raw, "read")
        figures.cpu_ms[RAW].append(used_s / told["pages"] * 1e3)
        figures.pages_s[RAW].append(told["pages"] / told["wall_s"])

    def read_pages(self, figures: Reading) -> None:
        self._open("pages", EVERY[MIXED])
        used_s, told = self._judged(figures.pages)
        figures.cpu_ms[PAGES].append(used_s / figures.pages * 1e3)
        figures.pages_s[PAGES].append(figures.pages / told["wall_s"])
        figures.parent_ms.append(told["cpu_s"] / figures.pages * 1e3)
        figures.outcomes[PAGES] = told["outcomes"]

    def judge_texts(self, figures: Reading, scenario: str) -> None:
        self._open("texts", EVERY[scenario])
        used_s, told = self._judged(figures.pages)
        figures.cpu_ms[scenario].append(used_s / figures.pages * 1e3)
        figures.outcomes[scenario] = told["outcomes"]

    def take_steps(self, figures: Reading) -> None:
        """Take the time of every step, once for each scenario."""
        figures.missing = self.ours.ask("steps", timeout_s=30)["missing"]
        for scenario, every in EVERY.items():
            self._open("texts", every)
            _, told = self._judged(figures.pages)
            figures.steps_ms[scenario] = {step: s / figures.pages * 1e3 for step, s in told["steps"].items()}

    def _open(self, mode: str, every: int) -> None:
        state = self.folder / f"state-{next(self._states)}"
        self.ours.ask(
            "open", timeout_s=_LONG_S, **self._pages(), mode=mode, matched_every=every, found=str(self._found),
            config=str(self._config), state=str(state),
        )  # fmt: skip

    def _judged(self, pages: int) -> tuple[float, dict[str, Any]]:
        used_s, told = self._used(self.ours, "judge")
        if told["decided"] != pages or told["problems"]:
            raise ChildError(f"of {pages} articles {told['decided']} were decided: {told['problems']}")
        return used_s, told

    def _used(self, child: Child, op: str) -> tuple[float, dict[str, Any]]:
        before = cpu_s(child.pid)
        told = child.ask(op, timeout_s=_LONG_S)
        time.sleep(_SETTLE_S)  # what a side puts off
        return cpu_s(child.pid) - before, told

    def _pages(self) -> dict[str, int]:
        return {"made": self.corpus.made, "most": self.corpus.most, "warm": self.corpus.warm}


def measure_pages(folder: Path, corpus: Corpus, *, repeats: int, may_go_on: Callable[[float], bool]) -> Reading:
    """Measure both sides.

    may_go_on: asked after each repeat with the seconds that it took; the first one is always made. Raises ChildError.
    """
    figures = Reading()
    with ExitStack() as stack:
        bench = _Bench(folder, corpus, stack)
        bench.begin(figures)
        for repeat in range(repeats):
            began = time.monotonic()
            sides: list[Callable[[Reading], None]] = [bench.read_raw, bench.read_pages]
            for measure in sides if repeat % 2 == 0 else sides[::-1]:
                measure(figures)
            for scenario in EVERY:
                bench.judge_texts(figures, scenario)
            figures.repeats += 1
            if not may_go_on(time.monotonic() - began):
                break
        bench.take_steps(figures)
        bench.ours.ask("close", timeout_s=60)
    return figures


def measure_semantic(folder: Path) -> float:
    """Return the CPU ms of a new matched article with the packaged encoder. Raises ChildError."""
    folder.mkdir()
    with ExitStack() as stack:
        corpus = Corpus(title="", made=SEMANTIC_ARTICLES, most=SEMANTIC_ARTICLES)
        inner = folder / "semantic"
        bench = _Bench(inner, corpus, stack)
        figures = Reading()
        bench.begin(figures)
        configuration(inner, has_embedder=True)
        bench.judge_texts(figures, MATCHED)
        bench.ours.ask("close", timeout_s=60)
        return figures.cpu_ms[MATCHED][0]
