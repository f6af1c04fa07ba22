"""Views: what people ask of the store. Only reads.

In:  a transaction, a reference.
Out: histories and counts.
Not here: showing them (cli/).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from sqlalchemy import ColumnElement, func, or_, select

from monitor.model.article import Article, Entry
from monitor.model.delivery import AnyAlert, DeliveryState
from monitor.model.judgement import Confirmation, Decision
from monitor.store import codec, decisions, entries, outbox
from monitor.store.engine import Tx
from monitor.store.knowledge import Ack, ack_of
from monitor.store.outbox import DeliveryStatus
from monitor.store.tables import AlertRow, DecisionRow, EntryRow
from monitor.text.urls import canonical

TOLD: Final = (Confirmation.CONFIRMED, Confirmation.UNCONFIRMED)
MOST_FOUND: Final = 50  # that one shortened id may name
A = TypeVar("A", bound=AnyAlert)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedAlert(Generic[A]):
    """An alert, where its deliveries stand, and whether it was acknowledged."""

    alert: A
    deliveries: tuple[DeliveryStatus, ...]
    ack: Ack | None = None  # None: nobody acknowledged it


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that happened to one entry."""

    entry: Entry
    stage: str
    article: Article | None  # None before it was read
    decisions: tuple[Decision, ...]
    alerts: tuple[TracedAlert[AnyAlert], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the store holds."""

    entries: int
    waiting: int
    outcomes: dict[str, int]
    alerts: int  # of stories
    newest_alert: datetime | None  # of those
    source_alerts: int
    deliveries: dict[str, int]


def histories(tx: Tx, ref: str) -> tuple[History, ...]:
    """Return what happened to whatever a URL, an entry id or an alert id names, oldest first; ids may be shortened."""
    caused = select(AlertRow.entry).where(AlertRow.id.startswith(ref, autoescape=True))
    places = (
        select(EntryRow.n).where(or_(*_meant(ref), EntryRow.n.in_(caused))).order_by(EntryRow.first_seen, EntryRow.n)
    )
    return tuple(_history(tx, n) for n in tx.scalars(places.limit(MOST_FOUND)).all())


def _meant(ref: str) -> list[ColumnElement[bool]]:
    """Return what holds for the entries that a URL or a shortened id names."""
    key = canonical(ref)
    named = [EntryRow.url == ref, EntryRow.id.startswith(ref, autoescape=True)]
    return [*named, EntryRow.url_key == key] if key is not None else named


def _history(tx: Tx, n: int) -> History:
    entry, stage = entries.with_stage(tx, n)
    return History(
        entry=entry,
        stage=stage,
        article=entries.article(tx, n) if stage != "listed" else None,
        decisions=decisions.of_entry(tx, n),
        alerts=_traced(tx, outbox.of_entry(tx, n)),
    )


def others(tx: Tx, ref: str) -> tuple[TracedAlert[AnyAlert], ...]:
    """Return what an id, which may be shortened, names and no entry caused: alerts of sources and channels, digests."""
    meant = AlertRow.entry.is_(None) & AlertRow.id.startswith(ref, autoescape=True)
    query = select(AlertRow.payload).where(meant).order_by(AlertRow.created, AlertRow.id).limit(MOST_FOUND)
    return _traced(tx, tuple(map(codec.load_alert, tx.scalars(query))))


def named(tx: Tx, ref: str, *, limit: int) -> tuple[AnyAlert, ...]:
    """Return the alerts that a URL, an entry id or an alert id names, oldest first; ids may be shortened."""
    of_entry = AlertRow.entry.in_(select(EntryRow.n).where(or_(*_meant(ref))))
    query = select(AlertRow.payload).where(or_(AlertRow.id.startswith(ref, autoescape=True), of_entry))
    return tuple(map(codec.load_alert, tx.scalars(query.order_by(AlertRow.created, AlertRow.id).limit(limit))))


def alerts(
    tx: Tx, *, limit: int, state: DeliveryState | None = None, digest: str | None = None
) -> tuple[TracedAlert[AnyAlert], ...]:
    """Return the newest alerts with their deliveries, newest first."""
    return _traced(tx, outbox.alerts(tx, limit=limit, state=state, digest=digest))


def _traced(tx: Tx, alerts: Sequence[A]) -> tuple[TracedAlert[A], ...]:
    return tuple(
        TracedAlert(alert=each, deliveries=outbox.of_alert(tx, each.id), ack=ack_of(tx, each.id)) for each in alerts
    )


def totals(tx: Tx) -> Totals:
    """Return what the store holds."""
    is_of_story = AlertRow.story.is_not(None)
    is_told = is_of_story & or_(AlertRow.confirmation.is_(None), AlertRow.confirmation.in_(TOLD))
    outcomes = select(DecisionRow.outcome, func.count()).group_by(DecisionRow.outcome).order_by(DecisionRow.outcome)
    return Totals(
        entries=tx.scalar(select(func.count()).select_from(EntryRow)) or 0,
        waiting=entries.waiting(tx),
        outcomes={row[0]: row[1] for row in tx.execute(outcomes)},
        alerts=tx.scalar(select(func.count()).select_from(AlertRow).where(is_told)) or 0,
        newest_alert=tx.scalar(select(func.max(AlertRow.created)).where(is_told)),
        source_alerts=tx.scalar(select(func.count()).select_from(AlertRow).where(AlertRow.kind == codec.SOURCE)) or 0,
        deliveries=outbox.counts(tx),
    )
