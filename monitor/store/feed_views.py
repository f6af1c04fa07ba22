"""Feed views: what people ask of feeds. Only reads.

In:  a transaction, a feed's name.
Out: how feeds do, and what happened to them.
Not here: showing it (cli/), what polls need and leave (feeds.py).
"""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select

from monitor.model.feed_state import FeedEvent, FeedState
from monitor.store.engine import Tx
from monitor.store.feed_rows import load_state
from monitor.store.tables import EntryRow, FeedEventRow, FeedRow, HostRow, QuarantineRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How a feed does, for people."""

    state: FeedState
    location: str  # as configured
    host_held_until: datetime | None  # its host asked for a pause

    @property
    def next_at(self) -> datetime:
        """When it is polled next, its host's pause included."""
        return max(self.state.next_at, self.host_held_until) if self.host_held_until else self.state.next_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An entry that killed its parser."""

    at: datetime
    reason: str
    raw: str  # its markup, capped


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDetail:
    """Everything known of one feed."""

    health: FeedHealth
    entries: int
    newest: tuple[tuple[datetime, str], ...]  # when it was first seen and its title, newest first
    events: tuple[tuple[datetime, FeedEvent], ...]  # newest first
    quarantined: tuple[Quarantined, ...]  # newest first


def health(tx: Tx) -> tuple[FeedHealth, ...]:
    """Return how every feed does, by name."""
    rows = tx.execute(_with_holds().order_by(FeedRow.name))
    return tuple(_health(row) for row in rows.mappings())


def show(tx: Tx, name: str) -> FeedDetail | None:
    """Return everything known of a feed, or None where no poll or start has heard of it."""
    row = tx.execute(_with_holds().where(FeedRow.name == name)).mappings().first()
    if row is None:
        return None
    newest = select(EntryRow.first_seen, EntryRow.title).where(EntryRow.feed == name).order_by(EntryRow.n.desc())
    events = select(FeedEventRow.__table__).where(FeedEventRow.feed == name).order_by(FeedEventRow.n.desc())
    poisons = select(QuarantineRow.__table__).where(QuarantineRow.feed == name).order_by(QuarantineRow.at.desc())
    return FeedDetail(
        health=_health(row),
        entries=tx.scalar(select(func.count()).select_from(EntryRow).where(EntryRow.feed == name)) or 0,
        newest=tuple((each.first_seen, each.title) for each in tx.execute(newest.limit(10))),
        events=tuple((each.at, FeedEvent(kind=each.kind, text=each.text)) for each in tx.execute(events)),
        quarantined=tuple(
            Quarantined(at=each.at, reason=each.reason, raw=zlib.decompress(each.raw).decode())
            for each in tx.execute(poisons)
        ),
    )


def _with_holds() -> Any:
    return select(FeedRow.__table__, HostRow.hold_until.label("host_hold")).outerjoin(
        HostRow, HostRow.name == FeedRow.host
    )


def _health(row: RowMapping) -> FeedHealth:
    return FeedHealth(state=load_state(row), location=row["location"], host_held_until=row["host_hold"])
