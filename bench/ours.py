"""Our side: this program's own poller, driven the way `monitor run` drives it.

In:  orders on stdin, one JSON object a line: open a configuration, poll every feed, close.
Out: how many were polled, what was new, what failed, how long it took; one JSON object a line.
Not here: measuring (processes.py), serving feeds (feed_server.py).

The only module here that knows the program's functions: what changes there is followed up here.
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
import uvloop

from monitor.config.load import load_config
from monitor.model.feed import FeedMemory, ParsedFeed
from monitor.pipeline.desk import Desk
from monitor.pipeline.poll import poll_due
from monitor.service.daemon import spare_collector
from monitor.sources.parse import parse_feed
from monitor.telemetry.log import set_up_log
from monitor.wiring import open_desk

log = structlog.get_logger()

# Not `-m`: a worker imports the main module again, and that of `monitor run` is a small one.
COMMAND: Final = (sys.executable, "-c", "from bench.ours import main; main()")
_PAGE: Final = b"<html><title>Warm</title><body><article><p>%s</p></article></body></html>" % (b"A warm page. " * 40)
_CONTENT_TYPE: Final = "application/rss+xml; charset=utf-8"


def configuration(folder: Path, urls: Sequence[str], *, every: str = "15m") -> Path:
    """Write a configuration with these feeds, in an OPML file as long lists are, and return its path."""
    outlines = "".join(f'<outline type="rss" text="feed{at:05}" xmlUrl="{url}"/>\n' for at, url in enumerate(urls))
    (folder / "feeds.opml").write_text(f'<opml version="2.0"><head/><body>\n{outlines}</body></opml>\n')
    path = folder / "monitor.yaml"
    path.write_text(
        f"version: 1\nstate: state\ndefaults: {{ every: {every} }}\nfeeds:\n  - {{ opml: feeds.opml }}\n"
        "watches:\n  - { name: bench, match: nevermentioned, novelty: { embedder: none } }\n"
        "fetch: { allow_private: true }\n"
    )
    return path


def full_once(body: bytes, url: str) -> ParsedFeed:
    """Return what a feed lists, parsed whole as on its first poll."""
    return parse_feed(body, url, _CONTENT_TYPE)


def delta_once(body: bytes, url: str, first: ParsedFeed) -> ParsedFeed:
    """Return what a feed lists after `first`, parsed as on a later poll; where the program samples, with its sample."""
    return parse_feed(body, url, _CONTENT_TYPE, FeedMemory(window=first.window))


class _Program:
    """One open desk after another."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._desk: Desk | None = None

    async def obey(self, op: str, order: dict[str, Any]) -> dict[str, Any]:
        match op:
            case "open":
                return await self.open(Path(order["config"]), Path(order["state"]))
            case "poll":
                return await self.poll()
            case "close":
                await self._stack.aclose()
                return {}
            case _:
                return {"failed": f"unknown order {op!r}"}

    async def open(self, config: Path, state: Path) -> dict[str, Any]:
        """Open a desk on an empty store; its workers are started by pages of our own, so that no poll pays for it."""
        await self._stack.aclose()
        wiring = await self._stack.enter_async_context(open_desk(load_config(config, state=str(state))))
        self._desk = desk = wiring.desk
        spare_collector()  # as `monitor run` does
        await asyncio.gather(*(desk.source.page_of(_PAGE, None) for _ in range(2)))
        return {"feeds": len(desk.feeds)}

    async def poll(self) -> dict[str, Any]:
        """Poll every feed, due or not."""
        assert self._desk is not None
        began = time.monotonic()
        results = await poll_due(self._desk, everything=True)
        took_s = time.monotonic() - began
        failed = [result.error for result in results if result.error]
        added = sum(result.added for result in results)
        return {"wall_s": took_s, "polled": len(results), "added": added, "failures": len(failed), "errors": failed[:3]}


async def _serve(say: Any) -> None:
    program = _Program()
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        try:
            answer = await program.obey(order["op"], order)
        except Exception as exc:  # told to whoever measures, who ends the run
            log.exception("order_failed", op=order["op"])
            answer = {"failed": f"{type(exc).__name__}: {exc}"}
        say(json.dumps(answer) + "\n")
    await program.obey("close", {})


def main() -> None:
    """Obey until stdin ends; whatever else is printed goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    set_up_log(level=logging.INFO, color=False, machine=True)  # as a daemon under a service manager
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(partial(answers.write)))


if __name__ == "__main__":
    main()
