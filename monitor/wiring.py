"""Wiring: builds everything from a configuration, the only place that does.

In:  a Config.
Out: a Desk, open for as long as the `async with` lasts.
Not here: running the steps (pipeline/, service/).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from monitor.analysis.match import Matcher
from monitor.analysis.query import parse
from monitor.config.config import Config
from monitor.delivery.channels import ChannelSender, fault_of
from monitor.delivery.sender import RecordingSender, Sender
from monitor.errors import SourceError, UsageError
from monitor.model.embedding import Embedder
from monitor.model.feed import FeedMemory, FirstPoll
from monitor.model.watch import KnownText
from monitor.model.writing import Writer
from monitor.pipeline.baseline import prepare, read_baseline
from monitor.pipeline.desk import Desk, Pace, chosen
from monitor.sources.encoder import keep_to_one_thread, packaged_encoder
from monitor.sources.source import FileSource, Source
from monitor.store import entries, feeds, outbox
from monitor.store.engine import Store, Tx, open_scratch, open_store

if TYPE_CHECKING:
    from monitor.sources.http import Client
    from monitor.sources.sandbox import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """A desk, and what could not be had while it was built."""

    desk: Desk
    problems: tuple[str, ...]
    confinement: "Callable[[], Level | None]" = lambda: None  # what the kernel keeps workers from, once one ran


@asynccontextmanager
async def open_desk(config: Config, *, judge_first_poll: bool = False) -> AsyncIterator[Wiring]:
    """Open the desk of a daemon or a pass: the store in the state folder, the network, the channels.

    judge_first_poll: judge what a feed's first poll lists, whatever the feed says.
    Raises ConfigError, StateInUseError, StoreError.
    """
    from monitor.sources.web import WORKERS, WebSource
    from monitor.sources.workers import Workers

    if judge_first_poll:
        config = replace(config, feeds=tuple(replace(feed, first_poll=FirstPoll.JUDGE) for feed in config.feeds))
    store = await asyncio.to_thread(open_store, config.state)
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        workers = Workers(WORKERS)
        stack.push_async_callback(workers.close)
        client = await stack.enter_async_context(_client(config))
        now = datetime.now(UTC)
        await store.write(lambda tx: _take_over(tx, config, now))
        source = WebSource(client, workers, heeds_robots=config.heeds_robots)
        for host, until in (await store.write(lambda tx: feeds.holds(tx, now=now))).items():
            source.hold(host, (until - now).total_seconds())
        wiring = await _wire(
            config, store, source, ChannelSender(config.channels), now=lambda: datetime.now(UTC), is_online=True
        )
        yield replace(wiring, confinement=lambda: workers.level)


@asynccontextmanager
async def open_replay(
    config: Config, *, baseline: Sequence[str], watch: str | None, now: Callable[[], datetime]
) -> AsyncIterator[Wiring]:
    """Open the desk of a replay: a throw-away store, no network, a sender that only records.

    baseline: paths that every watch knows beside its own. watch: only this one.
    Raises UsageError for a watch that does not exist.
    """
    if watch is not None:
        config = replace(config, watches=tuple(each for each in config.watches if each.name == watch))
        if not config.watches:
            raise UsageError(f"there is no watch named {watch!r}")
    store = open_scratch()
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        yield await _wire(config, store, FileSource(stack), RecordingSender(), now=now, baseline=baseline)


async def _wire(
    config: Config,
    store: Store,
    source: Source,
    sender: Sender,
    *,
    now: Callable[[], datetime],
    baseline: Sequence[str] = (),
    is_online: bool = False,
) -> Wiring:
    """Build the desk.

    is_online: endpoints are asked; else none is, and a watch that names one uses the packaged encoder.
    """
    keep_to_one_thread()
    embedder = packaged_encoder()
    embedders = _embedders(config) if is_online else {}
    shared, problems = await read_baseline(baseline, source)
    baselines = {}
    for each in config.watches:
        own, faults = await read_baseline(each.baseline, source)
        problems += faults
        known = (*shared, *(_as_given(text, config.path) for text in own))
        baselines[each.name] = await prepare(known, embedder=chosen(each, embedder, embedders), store=store)
    queries = {each.name: parse(each.query, terms=config.terms) for each in config.watches}
    desk = Desk(
        feeds={feed.name: feed for feed in config.feeds},
        watches={each.name: each for each in config.watches},
        matcher=Matcher(queries),
        baselines=baselines,
        store=store,
        source=source,
        sender=sender,
        policy=config.policy,
        spare=config.spare,
        severities=_severities(config),
        paces=_paces(config) if is_online else {},
        embedder=embedder,
        embedders=embedders,
        writer=_writer(config) if is_online else None,
        now=now,
        lease=uuid4().hex,
        host_gap=config.host_gap,
        asks_language=any(query.asks_language for query in queries.values()),
    )
    return Wiring(desk=desk, problems=problems)


def _severities(config: Config) -> dict[str, Matcher]:
    """Return the rules of each watch that has some, by severity, gravest first."""
    return {
        watch.name: Matcher({str(level): parse(query, terms=config.terms) for level, query in watch.severity})
        for watch in config.watches
        if watch.severity
    }


def _paces(config: Config) -> dict[str, Pace]:
    return {each.name: Pace(gap=each.gap, on_unknown=each.on_unknown) for each in config.channels}


def _embedders(config: Config) -> dict[str, Embedder]:
    from monitor.sources.remote_embedder import RemoteEmbedder

    return {each.name: RemoteEmbedder(each) for each in config.embedders}


def _writer(config: Config) -> Writer | None:
    from monitor.sources.writer import ChatWriter

    return ChatWriter(config.writer) if config.writer else None


def _as_given(text: KnownText, config: Path | None) -> KnownText:
    """Return a baseline text named by its path from the configuration, which is how the reader wrote it."""
    return text if config is None else replace(text, source=os.path.relpath(text.source, config.absolute().parent))


def _client(config: Config) -> "Client":
    from monitor.sources.http import Client

    return Client(contact=config.contact, gap_s=config.host_gap.total_seconds())


def _take_over(tx: Tx, config: Config, now: datetime) -> None:
    """Take up what an earlier process left: its leases died with it."""
    feeds.release_all(tx, now=now)
    entries.release_all(tx)
    outbox.release_all(tx)
    outbox.retire(tx, [channel.name for channel in config.channels])
    feeds.sync(tx, config.feeds, now=now)


def check_online(config: Config) -> list[str]:
    """Fetch each feed once and look at each channel's address without sending; return what fails, as sentences."""
    return asyncio.run(_check_online(config))


async def _check_online(config: Config) -> list[str]:
    from monitor.sources.web import WORKERS, WebSource
    from monitor.sources.workers import Workers

    workers = Workers(WORKERS)
    problems: list[str] = []
    try:
        async with _client(config) as client:
            source = WebSource(client, workers)
            polls = (source.poll(feed, FeedMemory()) for feed in config.feeds)
            for feed, answer in zip(config.feeds, await asyncio.gather(*polls, return_exceptions=True), strict=True):
                if isinstance(answer, SourceError):
                    problems.append(f"feed {feed.name}: {answer}")
                elif isinstance(answer, BaseException):
                    raise answer
    finally:
        await workers.close()
    checked = ((channel.name, fault_of(channel)) for channel in config.channels)
    return problems + [f"channel {name}: {fault}" for name, fault in checked if fault]
