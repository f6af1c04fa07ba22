"""Outages: feeds that fail together, of one host or of all.

In:  a transaction; since when they fail.
Out: how many fail among those that were asked since then; which ones an alert on all of them tells of.
Not here: when that is an outage, and what is told of it (pipeline/outage.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update

from monitor.model.feed_state import Told
from monitor.model.judgement import SourceAlert
from monitor.store import codec
from monitor.store.engine import Tx
from monitor.store.tables import AlertRow, FeedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How the feeds of a host, or all, do."""

    feeds: int
    asked: int = 0  # since then, without those that were told to be down by themselves
    failing: int = 0  # of those asked


def host_of(tx: Tx, feed: str) -> str:
    """Return the host that a feed is polled at; "" for a folder."""
    return tx.scalar(select(FeedRow.host).where(FeedRow.name == feed)) or ""


def tally(tx: Tx, host: str | None, *, since: datetime, anew: Collection[str] = ()) -> Tally:
    """Return how feeds do that were asked since then; host: None for all.

    anew: those that are about to be told to be down.
    """
    asked = (FeedRow.polled_at >= since) & or_(FeedRow.told.is_(None), FeedRow.told != Told.DOWN, _named(anew))
    row = tx.execute(
        select(
            func.count(),
            func.count().filter(asked),
            func.count().filter(asked, FeedRow.failures > 0),
        ).where(_in(host))
    ).one()
    return Tally(feeds=row[0], asked=row[1], failing=row[2])


def join(tx: Tx, told: Told, host: str | None, *, anew: Collection[str]) -> tuple[str, ...]:
    """Note of all that fail, and were not told of, that they are told of together. Returns their names.

    What failed for long was told of: so these all began lately.
    """
    untold = or_(FeedRow.told.is_(None), FeedRow.told == Told.SILENT, _named(anew))
    failing = _in(host) & untold & (FeedRow.failures > 0)
    return tuple(sorted(tx.scalars(update(FeedRow).where(failing).values(told=told).returning(FeedRow.name))))


def is_open(tx: Tx, told: Told, host: str | None) -> bool:
    """Whether feeds are told of together now."""
    return tx.scalar(select(FeedRow.name).where(_in(host), FeedRow.told == told).limit(1)) is not None


def members(tx: Tx, told: Told, host: str | None) -> tuple[str, ...]:
    """Return the feeds that are told of together now, by name."""
    return tuple(tx.scalars(select(FeedRow.name).where(_in(host), FeedRow.told == told).order_by(FeedRow.name)))


def end(tx: Tx, told: Told, host: str | None) -> None:
    """Note that those that were told of together are no more: whichever goes on failing is told of by itself."""
    tx.execute(update(FeedRow).where(_in(host), FeedRow.told == told).values(told=None))


def told_now(tx: Tx, names: Collection[str]) -> dict[str, Told | None]:
    """Return what was told of feeds: with others, that may have changed while one was being polled."""
    rows = tx.execute(select(FeedRow.name, FeedRow.told).where(FeedRow.name.in_(names)))
    return {row.name: Told(row.told) if row.told else None for row in rows}


def last(tx: Tx, source: str) -> SourceAlert | None:
    """Return the last alert of a source, by its name, or of several."""
    mine = (AlertRow.kind == codec.SOURCE) & (AlertRow.feed == source)
    found = tx.scalar(select(AlertRow.payload).where(mine).order_by(AlertRow.created.desc()).limit(1))
    return codec.load_source_alert(found) if found else None


def _in(host: str | None) -> ColumnElement[bool]:
    return FeedRow.host != "" if host is None else FeedRow.host == host


def _named(names: Collection[str]) -> ColumnElement[bool]:
    return FeedRow.name.in_(sorted(names))
