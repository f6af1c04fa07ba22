"""Confirmations: alerts that wait for a source that is independent of their own.

In:  a transaction, alerts as they stand now.
Out: alerts that nobody vouches for; those whose wait is over.
Not here: who is independent (analysis/origins.py), how long to wait and what then (model/watch.py, pipeline/lapse.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, update

from monitor.model.article import without
from monitor.model.confirmation import Unvouched
from monitor.model.delivery import DeliveryState
from monitor.model.judgement import Alert, Confirmation, Outcome, Reason
from monitor.model.watch import KnownText
from monitor.store import codec, stories
from monitor.store.engine import Tx
from monitor.store.tables import AlertRow, ArticleRow, DecisionRow, DeliveryRow, EntryRow

_UNVOUCHED: Final = (Confirmation.WAITING, Confirmation.UNCONFIRMED, Confirmation.DROPPED)
# What becomes of decision and deliveries of an alert whose wait is over. None: no second source is asked for any more.
_ENDS: Final = {
    Confirmation.CONFIRMED: (Outcome.ALERTED, Reason.CONFIRMED, DeliveryState.PENDING),
    Confirmation.UNCONFIRMED: (Outcome.ALERTED, Reason.UNCONFIRMED, DeliveryState.PENDING),
    Confirmation.DROPPED: (Outcome.HELD, Reason.DROPPED, DeliveryState.CANCELLED),
    None: (Outcome.ALERTED, Reason.NEW_DEVELOPMENT, DeliveryState.PENDING),
}


def unvouched(tx: Tx, watch: str, *, story: str, since: datetime, limit: int) -> tuple[Unvouched, ...]:
    """Return a watch's alerts that wait or waited in vain, with their articles: the story's own come first."""
    family = stories.family(tx, story)
    is_near = DecisionRow.story.in_(family)
    rows = tx.execute(
        select(AlertRow.payload, EntryRow.__table__, DecisionRow.duplicate_of, DecisionRow.story.label("of_story"))
        .add_columns(ArticleRow.title.label("read_title"), ArticleRow.text, ArticleRow.aside)
        .add_columns(ArticleRow.language.label("read_language"), ArticleRow.credits, ArticleRow.reader)
        .select_from(AlertRow)
        .join(EntryRow, EntryRow.n == AlertRow.entry)
        .join(ArticleRow, ArticleRow.entry == AlertRow.entry)
        .join(DecisionRow, (DecisionRow.entry == AlertRow.entry) & (DecisionRow.watch == AlertRow.watch))
        .where(AlertRow.watch == watch, AlertRow.confirmation.in_(_UNVOUCHED), AlertRow.created >= since)
        .order_by(is_near.desc(), AlertRow.created.desc(), EntryRow.n.desc())
        .limit(limit)
    ).all()
    return tuple(_as_unvouched(row, is_near=row.of_story in family) for row in rows)


def _as_unvouched(row: Row[Any], *, is_near: bool) -> Unvouched:
    return Unvouched(
        text=KnownText(
            source=row.id,
            title=row.read_title,
            text=without(row.text, codec.load_numbers(row.aside)),
            language=row.read_language,
            date=row.published or row.first_seen,
            outlet=row.outlet,
        ),
        carrier=stories.carrier_of(row),
        alert=_alert(row.payload),
        is_near=is_near,
    )


def waiting(tx: Tx, *, keeping: Sequence[str], until: datetime) -> tuple[Alert, ...]:
    """Return the alerts whose wait is over by then, first one first; the watches `keeping` hold theirs for ever."""
    over = (AlertRow.held_until <= until) & AlertRow.watch.not_in(keeping)
    return tuple(map(_alert, tx.scalars(select(AlertRow.payload).where(over).order_by(*_IN_TURN))))


_IN_TURN: Final = (AlertRow.held_until, AlertRow.created, AlertRow.id)


def next_end(tx: Tx, *, keeping: Sequence[str]) -> datetime | None:
    """Return when the next wait is over; None where nothing waits that will be settled by time alone."""
    held = AlertRow.held_until.is_not(None) & AlertRow.watch.not_in(keeping)
    return tx.scalar(select(func.min(AlertRow.held_until)).where(held))


def amend(tx: Tx, alert: Alert, *, now: datetime, note: str) -> bool:
    """Store how an alert that waits stands now. Returns whether its wait is over by that, and was not before.

    note: what is added to the words of its decision.
    """
    waits = (AlertRow.id == alert.id) & (AlertRow.confirmation == Confirmation.WAITING)
    is_over = alert.confirmation is not Confirmation.WAITING
    values: dict[str, object] = {"payload": codec.dump_alert(alert), "confirmation": alert.confirmation}
    if is_over:
        values["held_until"] = None
    changed = tx.execute(update(AlertRow).where(waits).values(**values)).rowcount
    if changed and is_over:
        _end(tx, alert, now=now, note=note)
    return bool(changed) and is_over


def _end(tx: Tx, alert: Alert, *, now: datetime, note: str) -> None:
    """Let the decision and the deliveries follow their alert out of its wait."""
    outcome, reason, state = _ENDS[alert.confirmation]
    held = (DeliveryRow.alert == alert.id) & (DeliveryRow.state == DeliveryState.HELD)
    tx.execute(update(DeliveryRow).where(held).values(state=state, next_at=now))
    entry = select(AlertRow.entry).where(AlertRow.id == alert.id).scalar_subquery()
    mine = (DecisionRow.entry == entry) & (DecisionRow.watch == alert.watch)
    values = {"outcome": outcome, "reason": reason, "note": DecisionRow.note + f"; {note}"}
    tx.execute(update(DecisionRow).where(mine).values(**values))


def _alert(payload: str) -> Alert:
    alert = codec.load_alert(payload)
    assert isinstance(alert, Alert)  # what waits is of a story
    return alert
