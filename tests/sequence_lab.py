"""A desk on a clock of its own that is polled again and again: real feeds, store and receiver, on loopback."""

import asyncio
import json
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import structlog
from receivers import WebReceiver, web
from sites import Reply, Request, site

from monitor.config.load import load_config
from monitor.delivery.channels import ChannelSender
from monitor.model.judgement import Decision
from monitor.pipeline.desk import Desk
from monitor.pipeline.passes import one_pass
from monitor.service.daemon import Daemon
from monitor.service.notify import Notifier
from monitor.sources.http import Client
from monitor.sources.web import WebSource
from monitor.sources.workers import Workers
from monitor.store import outbox
from monitor.store.engine import open_store
from monitor.wiring import _take_over, _wire

START = datetime(2024, 5, 2, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)


@dataclass(frozen=True)
class Item:
    """What a feed lists: its words, and under which guid and address."""

    guid: str
    text: str
    link: str = ""

    def __str__(self) -> str:
        title, _, body = self.text.partition("\n")
        link = f"<link>{escape(self.link)}</link>" if self.link else ""
        return (
            f'<item><guid isPermaLink="false">{escape(self.guid)}</guid><title>{escape(title)}</title>{link}'
            f"<description>{escape(body)}</description></item>"
        )


@dataclass
class Press:
    """Feeds by name, and pages by address; each feed has a host of its own."""

    feeds: dict[str, list[Item]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: START
    moments: list[tuple[datetime, str]] = field(default_factory=list)  # when what was asked for
    at_once: int = 0
    most_at_once: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Reply:
        with self.turn:
            self.moments.append((self.clock(), request.path))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self._answer(request)
        finally:
            with self.turn:
                self.at_once -= 1

    def _answer(self, request: Request) -> Reply:
        place, _, name = request.path.strip("/").partition("/")
        if place == "feed" and name in self.feeds:
            items = "".join(map(str, self.feeds[name]))
            body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
            return Reply(body=body.encode(), headers={"Content-Type": "application/rss+xml"})
        if request.path in self.pages:
            title, _, text = self.pages[request.path].partition("\n")
            paragraphs = "".join(f"<p>{escape(each)}</p>" for each in text.split("\n"))
            page = f"<html><body><article><h1>{escape(title)}</h1>{paragraphs}</article></body></html>"
            return Reply(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        return Reply(status=404)

    def url(self, feed: str) -> str:
        return f"{self.bases[feed]}/feed/{feed}"


@contextmanager
def press(*names: str, hosts: int = 50) -> Iterator[Press]:
    """Serve these feeds, empty at first."""
    served = Press(feeds={name: [] for name in names})
    with ExitStack() as stack:
        addresses = [f"127.0.0.{n + 2}" for n in range(min(hosts, len(names)))]
        ports = [stack.enter_context(site(served.answer, host=address)) for address in addresses]
        bases = [f"http://{address}:{port}" for address, port in zip(addresses, ports, strict=True)]
        served.bases = {name: bases[at % len(bases)] for at, name in enumerate(names)}
        yield served


@dataclass
class Program:
    """The program as it builds itself, but for its clock."""

    desk: Desk
    press: Press
    receiver: WebReceiver
    clock: "Clock"
    decided: list[Decision] = field(default_factory=list)

    async def passes(self, after: timedelta = timedelta(0), *, everything: bool = True) -> list[Decision]:
        """Let time go on, make a pass, and return what was decided in it."""
        self.clock.at += after
        before = len(self.decided)
        await one_pass(
            self.desk,
            everything=everything,
            on_assessed=lambda each: self.decided.extend(each.decisions),
            on_notice=lambda _: None,
            on_told=lambda _: None,
        )
        return self.decided[before:]

    @property
    def messages(self) -> list[str]:
        """What the receiver took, each as its text."""
        return [json.loads(body)["message"] for _, _, body in self.receiver.requests]

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(str(each.outcome) for each in self.decided)

    @property
    def states(self) -> dict[str, int]:
        return self.desk.store.write_now(outbox.counts)


@dataclass
class Clock:
    """A clock that is set by hand."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


class _Shared:
    """The loop and the worker that all plays of a module use: starting a worker takes longer than a play."""

    runner: asyncio.Runner
    workers: Workers


@contextmanager
def stage() -> Iterator[None]:
    """Let `play` work."""
    with asyncio.Runner() as _Shared.runner:
        _Shared.workers = Workers(1)
        yield
        _Shared.runner.run(_Shared.workers.close())


def play(
    folder: Path,
    act: Callable[[Program], Any],
    *names: str,
    now: Clock | None = None,
    feed: dict[str, Any] | None = None,
    watch: dict[str, Any] | None = None,
    hosts: int = 50,
    **more: Any,
) -> Any:
    """Build the program for these feeds, and act with it.

    feed: what each feed is besides; watch: what the only watch is besides. more: of the configuration.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # it says much
    with press(*names, hosts=hosts) as served, web() as receiver:
        config = configuration(served, receiver.port, feed or {}, watch or {}, more)
        (folder / "monitor.yaml").write_text(json.dumps(config), encoding="utf-8")
        return _Shared.runner.run(_played(folder, act, served, receiver, now or Clock()))


def configuration(
    served: Press, port: int, feed: dict[str, Any], watch: dict[str, Any], more: dict[str, Any]
) -> dict[str, Any]:
    feeds = [
        {"name": name, "url": served.url(name), "every": "15m", "first_poll": "judge"} | feed for name in served.feeds
    ]
    return {
        "version": 1,
        "feeds": feeds,
        "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}} | watch],
        "channels": [{"name": "hook", "url": f"json://127.0.0.1:{port}/hook", "allow_private": True}],
        "route": {"to": ["hook"]},
        "fetch": {"allow_private": True, "host_gap": "0s"},
    } | more


async def _played(folder: Path, act: Callable[[Program], Any], served: Press, receiver: WebReceiver, now: Clock) -> Any:
    config = load_config(folder / "monitor.yaml")
    async with AsyncExitStack() as stack:
        store = open_store(config.state)
        stack.callback(store.close)
        client = await stack.enter_async_context(Client(gap_s=0))
        store.write_now(lambda tx: _take_over(tx, config, now()))
        source, sender = WebSource(client, _Shared.workers), ChannelSender(config.channels)
        desk = (await _wire(config, store, source, sender, now=now, is_online=True)).desk
        return await act(Program(desk=desk, press=served, receiver=receiver, clock=now))


@asynccontextmanager
async def daemon(program: Program) -> AsyncIterator[None]:
    """Run the daemon itself on a program's desk."""
    stop = asyncio.Event()
    running = asyncio.create_task(Daemon(program.desk, Notifier.from_environment({})).run(stop))
    try:
        yield
    finally:
        stop.set()
        await running
