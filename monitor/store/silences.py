"""Silences: what the reader wants to hear nothing of for a while.

In:  a transaction, silences.
Out: those that hold, and those that held.
Not here: what a silence covers (alerting/policy.py), what becomes of what it kept back (outbox.py).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from monitor.model.routing import Silence
from monitor.store.engine import Tx
from monitor.store.tables import DeliveryRow, SilenceRow


def put(tx: Tx, silence: Silence) -> None:
    """Store a silence."""
    tx.execute(
        insert(SilenceRow).values(
            id=silence.id,
            watch=silence.watch,
            story=silence.story,
            feed=silence.feed,
            outlet=silence.outlet,
            until=silence.until,
            note=silence.note,
            created=silence.created,
            is_expired=silence.is_expired,
        )
    )


def holding(tx: Tx, *, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that hold at a moment, the one that ends first before the others."""
    lasting = (SilenceRow.until > now) & ~SilenceRow.is_expired
    return _found(tx, select(SilenceRow.__table__).where(lasting))


def newest(tx: Tx, *, limit: int) -> tuple[Silence, ...]:
    """Return silences, also those that are over, the one that ends last before the others."""
    rows = tx.execute(select(SilenceRow.__table__).order_by(SilenceRow.until.desc(), SilenceRow.id).limit(limit))
    return tuple(map(_silence, rows))


def named(tx: Tx, ref: str) -> tuple[Silence, ...]:
    """Return the silences whose ids begin so, two at most."""
    return _found(tx, select(SilenceRow.__table__).where(SilenceRow.id.startswith(ref, autoescape=True)).limit(2))


def kept_back(tx: Tx, silence: Silence) -> int:
    """Return how many alerts a silence kept back for a digest of its own."""
    kept = DeliveryRow.bucket == f"silence:{silence.id}"
    return tx.scalar(select(func.count(DeliveryRow.alert.distinct())).where(kept)) or 0


def expire(tx: Tx, silence: Silence) -> None:
    """End a silence before its time."""
    tx.execute(update(SilenceRow).where(SilenceRow.id == silence.id).values(is_expired=True))


def _found(tx: Tx, query: Any) -> tuple[Silence, ...]:
    return tuple(map(_silence, tx.execute(query.order_by(SilenceRow.until, SilenceRow.id))))


def _silence(row: Row[Any]) -> Silence:
    return Silence(
        id=row.id,
        watch=row.watch,
        story=row.story,
        feed=row.feed,
        outlet=row.outlet,
        until=row.until,
        note=row.note,
        created=row.created,
        is_expired=row.is_expired,
    )
