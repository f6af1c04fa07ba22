"""Our side of judging: a desk whose reader has been told much, and the articles that are judged there one by one.

In:  orders on stdin: make an archive, open it, judge.
Out: the CPU time of each article; how many sentences it was held against; what was decided.
Not here: measuring (novelty.py), the archive (novelty_archive.py), what is timed of the steps (read_steps.py).

All texts are made from word lists and numbers (read_words.py): the same in every run.
"""

import asyncio
import json
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import uvloop

from bench.novelty_archive import SEED, WATCH, make_archive
from bench.novelty_words import Words
from bench.processes import ROOT
from bench.read_child import serve, stay_on_one_core
from bench.read_ours import WORD
from bench.read_steps import Steps
from monitor.analysis.judge import Case, Verdict
from monitor.config.load import load_config
from monitor.model.article import Entry
from monitor.model.feed import Feed, FeedEntry
from monitor.model.judgement import Outcome
from monitor.pipeline import assess
from monitor.pipeline.desk import Desk
from monitor.pipeline.listing import entry_of
from monitor.pipeline.read import read_waiting
from monitor.service.daemon import spare_collector
from monitor.store import entries
from monitor.telemetry.log import set_up_log
from monitor.wiring import open_desk

SENTENCES: Final = 25  # of an article that is judged, besides its title
TOLD_SENTENCES: Final = 42  # of each other one that is told: with the seeds, 2,000 are known all the time
REPEATED: Final = 6  # of an article's sentences, each out of another article that was told
_FEED: Final = Feed(name="bench", url="https://example.org/feed.xml")
_SEED: Final = 50_005


def configuration(folder: Path, *, has_embedder: bool) -> Path:
    """Write a configuration with one watch that knows the seed articles, and return its path."""
    embedder = "" if has_embedder else ", novelty: { embedder: none }"
    path = folder / "monitor.yaml"
    known = json.dumps(str(ROOT / "seeds"))
    path.write_text(
        f"version: 1\nstate: state\nfeeds: []\n"
        f"watches:\n  - {{ name: {WATCH}, match: {WORD}, baseline: [{known}]{embedder} }}\n"
    )
    return path


class _Program:
    """One open desk."""

    def __init__(self) -> None:
        stay_on_one_core()
        set_up_log(level=logging.INFO, color=False, machine=True)  # as a daemon under a service manager
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._stack = AsyncExitStack()
        self._desk: Desk | None = None
        self._steps: Steps | None = None
        self._dice = random.Random(_SEED)
        self._words = Words(SEED)
        self._told: list[str] = []  # sentences
        self._listed = 0
        self._known: list[int] = []  # sentences that an article was held against, by article
        self._deciding_ms: list[float] = []  # by article
        self._watch_assessing()

    def obey(self, op: str, order: dict[str, Any]) -> dict[str, Any]:
        match op:
            case "archive":
                return make_archive(Path(order["state"]), order["sentences"])
            case "open":
                return self._runner.run(self.open(order))
            case "judge":
                return self._runner.run(self.judge(order["articles"]))
            case "steps":
                self._steps = Steps()
                return {"missing": self._steps.missing}
            case "close":
                self._runner.run(self._stack.aclose())
                return {}
            case _:
                return {"failed": f"unknown order {op!r}"}

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        """Open a desk, and let its reader be told so many articles."""
        self._words = Words(SEED, are_real=order.get("are_real", False))
        config = load_config(Path(order["config"]), state=order["state"])
        self._desk = (await self._stack.enter_async_context(open_desk(config))).desk
        spare_collector()  # as `monitor run` does
        judged = await self._judged([self._learnt() for _ in range(order["told"])])
        return {"told": sum(outcome == Outcome.LEARNT for _, outcome in judged)}

    async def judge(self, articles: int) -> dict[str, Any]:
        """Judge articles of 25 sentences, each behind one that is learnt; return the CPU ms of each of them."""
        listed = [each for _ in range(articles) for each in (self._learnt(), self._fresh())]
        self._known.clear()
        self._deciding_ms.clear()
        if self._steps is not None:
            self._steps.begin()
        judged = (await self._judged(listed))[1::2]
        steps = self._steps.took_s() if self._steps is not None else {}
        return {
            "whole_ms": [took_ms for took_ms, _ in judged],
            "deciding_ms": self._deciding_ms[1::2],
            "outcomes": Counter(outcome for _, outcome in judged),
            "known": min(self._known),
            "steps_ms": {step: took_s * 1e3 / len(listed) for step, took_s in steps.items()},
        }

    async def _judged(self, listed: Sequence[Entry]) -> list[tuple[float, str]]:
        """Return the CPU ms from one decision to the next, and the outcome; everything is read beforehand."""
        desk = self._desk
        assert desk is not None
        await desk.store.write(lambda tx: entries.add(tx, listed))
        await read_waiting(desk)
        judged, began = [], time.process_time()
        async for each in assess.assess_waiting(desk):
            now = time.process_time()
            judged.append(((now - began) * 1e3, str(each.decisions[0].outcome)))
            began = now
        return judged

    def _watch_assessing(self) -> None:
        """Take the CPU time of each decision, and note what an article is held against."""
        decide, judge = assess._decide, assess.judge  # noqa: SLF001  # a step of its own, but for its name

        async def timed(*args: Any) -> Any:
            began = time.process_time()
            try:
                return await decide(*args)
            finally:
                self._deciding_ms.append((time.process_time() - began) * 1e3)

        def noted(case: Case) -> Verdict:
            self._known.append(len(case.known.sentences))
            return judge(case)

        assess._decide, assess.judge = timed, noted  # noqa: SLF001

    def _fresh(self) -> Entry:
        return self._entry([*self._sentences(SENTENCES - REPEATED), *self._repeated()])

    def _learnt(self) -> Entry:
        return self._entry(self._sentences(TOLD_SENTENCES), is_learnt=True)

    def _sentences(self, count: int) -> list[str]:
        fresh = [self._words.sentence() for _ in range(count)]
        self._told += fresh
        return fresh

    def _repeated(self) -> list[str]:
        return self._dice.sample(self._told[-SENTENCES * 60 : -SENTENCES], REPEATED)

    def _entry(self, told: Sequence[str], *, is_learnt: bool = False) -> Entry:
        self._dice.shuffle(told := list(told))
        title = f"{self._words.headline()}, {WORD}"
        self._listed += 1
        listed = FeedEntry(
            guid=f"{self._listed}", title=title, summary="", url=f"https://bench.example/{self._listed}",
            text="\n".join(told),
        )  # fmt: skip
        now = datetime.now(UTC) + timedelta(microseconds=self._listed)
        return replace(entry_of(_FEED, listed, now=now), is_first_poll=is_learnt)


def main() -> None:
    """Obey until stdin ends."""
    serve(_Program().obey)


if __name__ == "__main__":
    main()
