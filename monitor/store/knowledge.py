"""Knowledge: what readers said is known to them, in words of their own or as files, and which alerts they acknowledged.

In:  a transaction, texts, ids.
Out: the texts of a watch, newest first; what was added, what was taken away; the articles of acknowledged alerts.
Not here: what was told by alerts (decisions.py), the baseline that the configuration names (pipeline/baseline.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.errors import MonitorError
from monitor.model.delivery import AnyAlert
from monitor.model.watch import KeptText, KnownText, Told
from monitor.store import codec
from monitor.store.engine import Tx
from monitor.store.tables import AckRow, AlertRow, KnownTextRow

EVERY = ""  # stands for every watch, as SQLite takes two NULLs for two things


class KnowledgeError(MonitorError):
    """What the reader knows cannot be changed as it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """That a reader acknowledged an alert."""

    at: datetime
    note: str  # "" for none


def add(tx: Tx, kept: KeptText) -> bool:
    """Store a text. Returns whether it was not stored before; twice equals once."""
    values: dict[str, object] = {
        "id": kept.id,
        "kind": str(kept.kind),
        "watch": kept.watch or EVERY,
        "source": kept.known.source,
        "title": kept.known.title,
        "text": kept.known.text,
        "language": kept.known.language,
        "date": kept.known.date,
        "outlet": kept.known.outlet,
        "sentences": kept.sentences,
        "at": kept.added,
    }
    return bool(tx.execute(upsert(KnownTextRow).values(values).on_conflict_do_nothing()).rowcount)


def sentences(tx: Tx, watch: str | None) -> int:
    """Return how many sentences were added for a watch, or for all of them."""
    counted = select(func.sum(KnownTextRow.sentences)).where(KnownTextRow.watch == (watch or EVERY))
    return tx.scalar(counted) or 0


def texts(tx: Tx, watch: str) -> tuple[KnownText, ...]:
    """Return what was added for a watch or for all of them, newest first."""
    return tuple(_kept(row).known for row in tx.execute(_TEXTS, {"watch": watch}))


_TEXTS: Final = (
    select(KnownTextRow.__table__)
    .where(KnownTextRow.watch.in_((bindparam("watch"), EVERY)))
    .order_by(KnownTextRow.at.desc(), KnownTextRow.id)
)


def listed(tx: Tx, kind: Told) -> tuple[KeptText, ...]:
    """Return the texts of one kind, oldest first."""
    rows = select(KnownTextRow.__table__).where(KnownTextRow.kind == kind)
    return tuple(map(_kept, tx.execute(rows.order_by(KnownTextRow.at, KnownTextRow.id))))


def remove(tx: Tx, kind: Told, ref: str) -> KeptText:
    """Take away the text of a kind that an id, which may be shortened, names. Raises KnowledgeError."""
    named = (KnownTextRow.kind == kind) & KnownTextRow.id.startswith(ref.lower(), autoescape=True)
    rows = tx.execute(select(KnownTextRow.__table__).where(named).order_by(KnownTextRow.id).limit(2)).all()
    if not rows:
        command = "known" if kind is Told.STATEMENT else "baseline"
        raise KnowledgeError(f"{ref!r} names nothing that was added; `monitor {command} list` shows what was")
    if len(rows) > 1:
        raise KnowledgeError(f"{ref!r} may be {rows[0].id} or {rows[1].id}; write more of it")
    tx.execute(delete(KnownTextRow).where(KnownTextRow.id == rows[0].id))
    return _kept(rows[0])


def acknowledge(tx: Tx, ref: str, *, note: str, now: datetime) -> tuple[AnyAlert, bool]:
    """Note that the alert that an id, which may be shortened, names was acknowledged.

    Returns the alert, and whether it was not acknowledged before. Twice equals once: the first time stays, a later note
    replaces an earlier one. Raises KnowledgeError.
    """
    named = AlertRow.id.startswith(ref.lower(), autoescape=True)
    rows = tx.execute(select(AlertRow.__table__).where(named).order_by(AlertRow.id).limit(2)).all()
    if not rows:
        raise KnowledgeError(f"{ref!r} is no alert; `monitor alerts` shows them")
    if len(rows) > 1:
        raise KnowledgeError(f"{ref!r} may be alert {rows[0].id} or {rows[1].id}; write more of it")
    row = rows[0]
    values = {"alert": row.id, "entry": row.entry, "watch": row.watch, "at": now, "note": note}
    fresh = tx.execute(upsert(AckRow).values(values).on_conflict_do_nothing()).rowcount
    if note and not fresh:
        tx.execute(update(AckRow).where(AckRow.alert == row.id).values(note=note))
    return codec.load_alert(row.payload), bool(fresh)


def ack_of(tx: Tx, alert: str) -> Ack | None:
    """Return when and with what note an alert was acknowledged, if it was."""
    row = tx.execute(select(AckRow.at, AckRow.note).where(AckRow.alert == alert)).first()
    return Ack(at=row.at, note=row.note) if row else None


def acknowledged(tx: Tx, watch: str, *, limit: int) -> Sequence[int]:
    """Return the articles whose alerts a watch's reader acknowledged, those acknowledged last first."""
    return tuple(n for n in tx.scalars(_ACKNOWLEDGED, {"watch": watch, "most": limit}) if n is not None)


_ACKNOWLEDGED: Final = (
    select(AckRow.entry)
    .where(AckRow.watch == bindparam("watch"), AckRow.entry.is_not(None))
    .order_by(AckRow.at.desc(), AckRow.alert)
    .limit(bindparam("most"))
)


def _kept(row: Row[Any]) -> KeptText:
    known = KnownText(
        source=row.source,
        title=row.title,
        text=row.text,
        language=row.language,
        date=row.date,
        outlet=row.outlet,
    )
    return KeptText(
        id=row.id,
        kind=Told(row.kind),
        watch=row.watch or None,
        known=known,
        sentences=row.sentences,
        added=row.at,
    )
