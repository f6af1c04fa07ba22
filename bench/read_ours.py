"""Our side of reading: the steps from an entry to its decision, driven the way `monitor run` drives them.

In:  orders on stdin: which pages or texts on which empty store, read and judge them all, take the steps' time.
Out: how long it took, what was decided; milliseconds of every step.
Not here: measuring (read_pages.py), what is timed (read_steps.py).

The only module of reading that knows the pipeline: what changes there is followed up here.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import uvloop

from bench.processes import ROOT
from bench.read_child import serve, stay_on_one_core
from bench.read_corpus import PageFile, made_pages, shared_pages
from bench.read_steps import Steps, worker_parts
from monitor.config.load import load_config
from monitor.model.article import Entry
from monitor.model.feed import Feed, FeedEntry, NotModified, Validators
from monitor.pipeline.assess import assess_waiting
from monitor.pipeline.desk import Desk
from monitor.pipeline.listing import entry_of
from monitor.pipeline.read import read_waiting
from monitor.service.daemon import spare_collector
from monitor.sources.read_page import ReadPage
from monitor.sources.source import FileSource
from monitor.store import entries
from monitor.telemetry.log import set_up_log
from monitor.wiring import open_desk

WORD: Final = "Quenlorrast"  # what the watch asks for; it stands in the titles that are to match
_FEED: Final = Feed(name="bench", url="https://example.org/feed.xml")


def configuration(folder: Path, *, has_embedder: bool) -> Path:
    """Write a configuration with one watch that knows the seed articles, and return its path."""
    embedder = "" if has_embedder else ", novelty: { embedder: none }"
    path = folder / "monitor.yaml"
    path.write_text(
        f"version: 1\nstate: state\nfeeds: []\n"
        f"watches:\n  - {{ name: bench, match: {WORD}, baseline: [{json.dumps(str(ROOT / 'seeds'))}]{embedder} }}\n"
    )
    return path


class _Shelf(FileSource):
    """Pages as a host has just given them: what follows is what follows a fetch."""

    def __init__(self, stack: AsyncExitStack, pages: Mapping[str, bytes]) -> None:
        super().__init__(stack)
        self._html = pages

    async def page(
        self, url: str, *, allow_private: bool, conditions: Validators | None = None
    ) -> ReadPage | NotModified:
        return await self.page_of(self._html[url], url)


class _Program:
    """One open desk after another."""

    def __init__(self) -> None:
        stay_on_one_core()
        set_up_log(level=logging.INFO, color=False, machine=True)  # as a daemon under a service manager
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._stack = AsyncExitStack()
        self._desk: Desk | None = None
        self._steps: Steps | None = None

    def obey(self, op: str, order: dict[str, Any]) -> dict[str, Any]:
        match op:
            case "open":
                return self._runner.run(self.open(order))
            case "judge":
                return self._runner.run(self.judge())
            case "steps":
                self._steps = Steps()
                return {"missing": self._steps.missing}
            case "worker":
                made = made_pages(order["made"]) if order["made"] else shared_pages()
                return worker_parts([(page.html, page.url) for page in made[: order["most"]]])
            case "close":
                self._runner.run(self._stack.aclose())
                return {}
            case _:
                return {"failed": f"unknown order {op!r}"}

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        """Open a desk on an empty store and list everything that is to be read; a few pages go before."""
        await self._stack.aclose()
        config = load_config(Path(order["config"]), state=order["state"])
        desk = (await self._stack.enter_async_context(open_desk(config))).desk
        spare_collector()  # as `monitor run` does
        before = made_pages(order["warm"])
        pages = {page.url: page.html for page in (*before, *_pages(order))}
        self._desk = replace(desk, source=_Shelf(self._stack, pages))
        warm = [FeedEntry(guid=f"warm-{at}", title="Warm" if at else WORD, summary="", url=page.url)
                for at, page in enumerate(before)]  # fmt: skip
        await self._list([entry_of(_FEED, each, now=datetime.now(UTC)) for each in warm])
        await self.judge()
        listed = _listed(order)
        await self._list(listed)
        return {"entries": len(listed)}

    async def judge(self) -> dict[str, Any]:
        """Read and judge what waits."""
        assert self._desk is not None
        if self._steps is not None:
            self._steps.begin()
        began, began_cpu = time.monotonic(), time.process_time()
        await read_waiting(self._desk)
        decided = [assessed async for assessed in assess_waiting(self._desk)]
        took_s, cpu_s = time.monotonic() - began, time.process_time() - began_cpu
        outcomes = Counter(str(each.outcome) for assessed in decided for each in assessed.decisions)
        steps = self._steps.took_s() if self._steps is not None else {}
        problems = [assessed.problem for assessed in decided if assessed.problem]
        return {"wall_s": took_s, "cpu_s": cpu_s, "decided": len(decided), "outcomes": outcomes, "steps": steps,
                "problems": problems[:3]}  # fmt: skip

    async def _list(self, listed: Sequence[Entry]) -> None:
        assert self._desk is not None
        await self._desk.store.write(lambda tx: entries.add(tx, listed))


def _listed(order: dict[str, Any]) -> list[Entry]:
    """Return the entries to read: with their pages, or with the texts that trafilatura found on them.

    matched_every: each so-manieth matches the watch, 0: none does.
    """
    found = json.loads(Path(order["found"]).read_text())
    bodies: list[dict[str, Any]] = [{} if order["mode"] == "pages" else {"text": each["text"]} for each in found]
    every, now = order["matched_every"], datetime.now(UTC)
    listed = []
    for at, (each, body) in enumerate(zip(found, bodies, strict=True)):
        title = f"{each['title']}, {WORD}" if every and at % every == every - 1 else each["title"]
        told = FeedEntry(guid=f"{at}", title=title, summary="", url=each["url"], published=_published(now, at), **body)
        listed.append(entry_of(_FEED, told, now=now + timedelta(microseconds=at)))
    return listed


def _pages(order: dict[str, Any]) -> Sequence[PageFile]:
    return made_pages(order["made"]) if order["made"] else shared_pages()


def _published(now: datetime, at: int) -> datetime:
    return now - timedelta(minutes=7 * at % 2_880)


def main() -> None:
    """Obey until stdin ends."""
    serve(_Program().obey)


if __name__ == "__main__":
    main()
