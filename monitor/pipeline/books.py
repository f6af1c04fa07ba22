"""Books: how polls ended, written down.

In:  polls that ended, with the entries they listed.
Out: their entries with the states they leave their feeds in, holds, events and alerts, in one transaction for all that
     end together; what each came to.
Not here: asking (poll.py), what a poll means for its feed (health.py).

A poll whose lease went to another one meanwhile leaves nothing at all: the other one lists the same.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from monitor.errors import FetchError, LeaseLostError, SourceError
from monitor.model.article import Entry
from monitor.model.feed import Feed, Notice, ParsedFeed, Poison, Polled
from monitor.model.feed_state import FeedEvent, Told
from monitor.model.routing import Policy
from monitor.pipeline.health import Tally, Verdict, after_answer, after_failure
from monitor.pipeline.outage import tell
from monitor.store import entries, feeds, outages
from monitor.store.engine import Store, Tx
from monitor.store.entries import Placed
from monitor.store.feeds import ClosedPoll, DuePoll
from monitor.telemetry import metrics

GATHER_S: Final = 0.005  # for which a batch waits for more polls to end: a commit costs as much as storing twenty

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll came to."""

    feed: str
    added: int = 0
    error: str | None = None
    problems: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    alerts: int = 0  # about the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A poll that ended and is not stored yet."""

    due: DuePoll
    feed: Feed
    began: datetime
    outcome: Polled | SourceError
    listed: tuple[Entry, ...] = ()
    may_miss: bool = False  # entries came and went since the last poll, if none of those listed is known


class Books:
    """Writes down how polls ended: all that end while one batch is being written go into the next one."""

    def __init__(self, store: Store, *, policy: Policy, now: Callable[[], datetime]) -> None:
        self._store = store
        self._policy = policy
        self._now = now
        self._waiting: list[tuple[Ended, asyncio.Future[PollResult]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def enter(self, ended: Ended) -> PollResult:
        """Return what a poll came to, once it is stored; nothing of it is where another poll has the feed by now."""
        stored: asyncio.Future[PollResult] = asyncio.get_running_loop().create_future()
        self._waiting.append((ended, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await stored

    async def close(self) -> None:
        """Finish what is being written."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting, []
            try:
                results = await self._write([ended for ended, _ in batch])
            except Exception:  # noqa: BLE001 - one of them cannot be stored: find out which, and store the others
                await self._write_each(batch)
                continue
            for (_, stored), result in zip(batch, results, strict=True):
                if not stored.done():
                    stored.set_result(result)

    async def _write_each(self, batch: Sequence[tuple[Ended, asyncio.Future[PollResult]]]) -> None:
        for ended, stored in batch:
            try:
                (result,) = await self._write([ended])
            except LeaseLostError:
                log.info("poll_dropped", feed=ended.feed.name)
                result = PollResult(feed=ended.feed.name)
            except Exception as exc:  # noqa: BLE001 - handed on to the poll that it belongs to
                if not stored.done():
                    stored.set_exception(exc)
                continue
            if not stored.done():
                stored.set_result(result)

    async def _write(self, ended_polls: Sequence[Ended]) -> list[PollResult]:
        now = self._now()

        def write(tx: Tx) -> list[tuple[Verdict, Placed]]:
            batch = _as_told(tx, ended_polls)
            placed = _place(tx, batch)
            done = [_finish(tx, ended, placed.get(ended.feed.name, Placed()), now) for ended in batch]
            closed = [
                ClosedPoll(due=ended.due, state=verdict.state, events=verdict.events, poisons=_poisons(ended))
                for ended, verdict in zip(batch, done, strict=True)
            ]
            feeds.close(tx, closed, now=now)
            befores = (ended.due.state for ended in batch)
            tell(tx, self._policy, list(zip(befores, done, strict=True)), now=now)
            return list(zip(done, (placed.get(ended.feed.name, Placed()) for ended in batch), strict=True))

        done = await self._store.write(write)
        return [_result(ended, verdict, placed) for ended, (verdict, placed) in zip(ended_polls, done, strict=True)]


def _as_told(tx: Tx, batch: Sequence[Ended]) -> list[Ended]:
    """Return polls with what was told of their feeds by now: an alert on many may have come while they went on."""
    names = [each.feed.name for each in batch if isinstance(each.outcome, SourceError) or each.due.state.health.told]
    told = outages.told_now(tx, names) if names else {}
    return [_with_told(each, told.get(each.feed.name, each.due.state.health.told)) for each in batch]


def _with_told(ended: Ended, told: Told | None) -> Ended:
    before = ended.due.state
    if told is before.health.told:
        return ended
    return replace(ended, due=replace(ended.due, state=replace(before, health=replace(before.health, told=told))))


def _place(tx: Tx, batch: Sequence[Ended]) -> dict[str, Placed]:
    """Store the entries of polls; return what they were, by feed."""
    listed = [entry for ended in batch if not ended.feed.folder for entry in ended.listed]
    placed = entries.place(tx, listed) if listed else {}
    folders = (ended for ended in batch if ended.feed.folder and ended.listed)
    return placed | {ended.feed.name: entries.add(tx, ended.listed) for ended in folders}


def _finish(tx: Tx, ended: Ended, placed: Placed, now: datetime) -> Verdict:
    """Return what a poll means for its feed; stores what it means for its host and its reader."""
    feed, before, outcome = ended.feed, ended.due.state, ended.outcome
    if isinstance(outcome, SourceError):
        verdict = after_failure(feed, before, outcome, began=ended.began, now=now)
        if isinstance(outcome, FetchError) and (pause_s := outcome.asked_pause_s()):
            feeds.hold(tx, outcome.host, now + timedelta(seconds=pause_s))
    else:
        missed = ended.may_miss and bool(placed.added) and not placed.known and before.rhythm.new_times > 0
        tally = Tally(added=len(placed.added), edited=placed.edited, renamed=placed.renamed, is_gap=missed)
        verdict = after_answer(feed, before, outcome, tally, began=ended.began, now=now)
        verdict = _unless_followed(tx, ended, verdict)
    return verdict


def _unless_followed(tx: Tx, ended: Ended, verdict: Verdict) -> Verdict:
    """Return the verdict without a move to where another feed is polled already: one address, one poll."""
    before, url = ended.due.state, verdict.state.memory.url
    other = feeds.is_followed(tx, url, but=ended.feed.name) if url and url != before.memory.url else None
    if other is None:
        return verdict
    stays = replace(verdict.state, memory=replace(verdict.state.memory, url=before.memory.url), move=None)
    said = FeedEvent(
        kind="same_as", text=f"its host moved it for good to where {other!r} is polled: remove one of them"
    )
    others = (event for event in verdict.events if event.kind != "moved")
    return replace(verdict, state=stays, events=(*others, said))


def _poisons(ended: Ended) -> tuple[Poison, ...]:
    return ended.outcome.poisons if isinstance(ended.outcome, ParsedFeed) else ()


def _result(ended: Ended, verdict: Verdict, placed: Placed) -> PollResult:
    """Count and log a stored poll, and return what it came to."""
    name, outcome = ended.feed.name, ended.outcome
    for notice in verdict.notices:
        metrics.count("monitor_source_notices_total", notice.state)
        log.warning("source_health", feed=name, state=str(notice.state), reason=notice.reason)
    if isinstance(outcome, SourceError):
        metrics.count("monitor_poll_failures_total", _kind(outcome))
        log.warning("feed_failed", feed=name, error=str(outcome), failures=verdict.state.health.failures)
        return PollResult(feed=name, error=str(outcome), notices=verdict.notices, alerts=len(verdict.alerts))
    metrics.count("monitor_polls_total", outcome.rung)
    problems: tuple[str, ...] = ()
    if isinstance(outcome, ParsedFeed):
        problems = outcome.problems
        _count(outcome, placed)
        log.debug(
            "feed_polled", feed=name, rung=str(outcome.rung), listed=outcome.listed, added=len(placed.added),
            edited=placed.edited, problems=len(problems),
        )  # fmt: skip
    return PollResult(
        feed=name, added=len(placed.added), problems=problems, notices=verdict.notices, alerts=len(verdict.alerts)
    )


def _count(parsed: ParsedFeed, placed: Placed) -> None:
    sightings = {"new": len(placed.added), "edited": placed.edited, "renamed": placed.renamed, "known": placed.known}
    for sighting, number in sightings.items():
        metrics.count("monitor_listed_entries_total", sighting, number)
    metrics.count("monitor_quarantined_total", "entry", len(parsed.poisons))
    if parsed.is_compared:
        metrics.count("monitor_delta_checks_total", "differed" if parsed.is_delta_wrong else "agreed")


def _kind(error: SourceError) -> str:
    """Return what kind of failure it was: a status, or the error's name."""
    status = error.status if isinstance(error, FetchError) else None
    return str(status) if status is not None else type(error).__name__.removesuffix("Error").lower()
