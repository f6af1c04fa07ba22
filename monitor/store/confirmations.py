"""Confirmations: alerts that wait for an independent source, and how alerts stand after later articles.

In:  a transaction, alerts as they stand now.
Out: alerts that nobody vouches for; those that are not sent yet; those whose wait is over.
Not here: who is independent (analysis/origins.py), how long to wait and what then (model/watch.py, pipeline/lapse.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, exists, func, or_, select, update

from monitor.model.article import without
from monitor.model.confirmation import Unvouched
from monitor.model.delivery import DeliveryState
from monitor.model.judgement import Alert, Confirmation, Outcome, Reason
from monitor.model.watch import KnownText
from monitor.store import codec, stories
from monitor.store.engine import Tx
from monitor.store.tables import AlertRow, ArticleRow, DecisionRow, DeliveryRow, EntryRow

_UNVOUCHED: Final = (Confirmation.WAITING, Confirmation.UNCONFIRMED, Confirmation.DROPPED)
# Why a decision is what it is once the wait of its alert is over. None: no second source is asked for any more.
_REASONS: Final = {
    Confirmation.CONFIRMED: Reason.CONFIRMED,
    Confirmation.UNCONFIRMED: Reason.UNCONFIRMED,
    Confirmation.DROPPED: Reason.DROPPED,
    None: Reason.NEW_DEVELOPMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an alert's article came from, as the alert itself does not say."""

    feed: str
    outlet: str
    language: str


def unvouched(tx: Tx, watch: str, *, family: Sequence[str], since: datetime, limit: int) -> tuple[Unvouched, ...]:
    """Return a watch's alerts that wait or waited in vain, with their articles: the story's own come first."""
    rows = tx.execute(_UNVOUCHED_ALERTS, {"watch": watch, "family": family, "since": since, "most": limit}).all()
    return tuple(_as_unvouched(row, is_near=row.of_story in family) for row in rows)


def unsent(tx: Tx, watch: str, *, family: Sequence[str], limit: int) -> tuple[Unvouched, ...]:
    """Return a story's alerts that go out later and need no other source, with their articles, newest first."""
    rows = tx.execute(_UNSENT_ALERTS, {"watch": watch, "family": family, "most": limit}).all()
    return tuple(_as_unvouched(row, is_near=True) for row in rows)


def unsent_version(tx: Tx, alert: Alert) -> Alert | None:
    """Return the alert of the version that an alert's article corrects, where nobody has heard it and it may go out."""
    of_version = (EntryRow.id == alert.corrects) & (AlertRow.watch == alert.watch) & AlertRow.confirmation.is_(None)
    query = select(AlertRow.payload).join(EntryRow, EntryRow.n == AlertRow.entry).where(of_version, _IS_UNSENT)
    payload = tx.scalar(query.limit(1))
    return _alert(payload) if payload else None


def is_unsent(tx: Tx, alert: str) -> bool:
    """Whether all deliveries of an alert wait for something, so that it can still be changed."""
    return tx.scalar(select(AlertRow.id).where(AlertRow.id == alert, _IS_UNSENT)) is not None


_OF_ALERT: Final = (DeliveryRow.alert == AlertRow.id) & (DeliveryRow.state != DeliveryState.CANCELLED)
_WAITS: Final = DeliveryRow.state.in_([DeliveryState.HELD, DeliveryState.BATCHED]) & DeliveryRow.digest.is_(None)
_IS_UNSENT: Final = exists().where(_OF_ALERT, _WAITS) & ~exists().where(_OF_ALERT, ~_WAITS)


def _alerts(*conditions: ColumnElement[bool]) -> Any:
    """Return the question for a watch's alerts with their articles: those of a story come first, then the newest."""
    return (
        select(AlertRow.payload, EntryRow.__table__, DecisionRow.duplicate_of, DecisionRow.story.label("of_story"))
        .add_columns(ArticleRow.title.label("read_title"), ArticleRow.text, ArticleRow.aside)
        .add_columns(ArticleRow.language.label("read_language"), ArticleRow.credits, ArticleRow.reader)
        .select_from(AlertRow)
        .join(EntryRow, EntryRow.n == AlertRow.entry)
        .join(ArticleRow, ArticleRow.entry == AlertRow.entry)
        .join(DecisionRow, (DecisionRow.entry == AlertRow.entry) & (DecisionRow.watch == AlertRow.watch))
        .where(AlertRow.watch == bindparam("watch"), *conditions)
        .order_by(DecisionRow.story.in_(_FAMILY).desc(), AlertRow.created.desc(), EntryRow.n.desc())
        .limit(bindparam("most"))
    )


_FAMILY: Final[BindParameter[Any]] = bindparam("family", expanding=True)
_SETTLED: Final = or_(AlertRow.confirmation.is_(None), AlertRow.confirmation == Confirmation.CONFIRMED)
_UNVOUCHED_ALERTS: Final = _alerts(AlertRow.confirmation.in_(_UNVOUCHED), AlertRow.created >= bindparam("since"))
_UNSENT_ALERTS: Final = _alerts(AlertRow.story.in_(_FAMILY), _SETTLED, _IS_UNSENT)


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


def amend(tx: Tx, alert: Alert) -> bool:
    """Store how an alert that waits stands now. Returns whether its wait is over by that, and was not before."""
    waits = (AlertRow.id == alert.id) & (AlertRow.confirmation == Confirmation.WAITING)
    is_over = alert.confirmation is not Confirmation.WAITING
    values: dict[str, object] = {"payload": codec.dump_alert(alert), "confirmation": alert.confirmation}
    if is_over:
        values["held_until"] = None
    return bool(tx.execute(update(AlertRow).where(waits).values(**values)).rowcount) and is_over


def stands(tx: Tx, alert: str) -> Confirmation | None:
    """Return how an alert stands now."""
    found = tx.scalar(select(AlertRow.confirmation).where(AlertRow.id == alert))
    return Confirmation(found) if found else None


def restate(tx: Tx, alert: Alert) -> None:
    """Store how an alert stands now that waits for no other source."""
    values = {"payload": codec.dump_alert(alert), "confirmation": alert.confirmation}
    tx.execute(update(AlertRow).where(AlertRow.id == alert.id).values(**values))


def settle(tx: Tx, alert: Alert, outcome: Outcome | None, *, note: str) -> None:
    """Let the decision follow its alert out of its wait. note: what is added to its words. outcome: None leaves it."""
    entry = select(AlertRow.entry).where(AlertRow.id == alert.id).scalar_subquery()
    mine = (DecisionRow.entry == entry) & (DecisionRow.watch == alert.watch)
    values: dict[str, object] = {"reason": _REASONS[alert.confirmation], "note": DecisionRow.note + f"; {note}"}
    if outcome is not None:
        values["outcome"] = outcome
    tx.execute(update(DecisionRow).where(mine).values(**values))


def origin(tx: Tx, alert: Alert) -> Origin:
    """Return where an alert's article came from."""
    row = tx.execute(
        select(EntryRow.feed, EntryRow.outlet, ArticleRow.language)
        .join(AlertRow, AlertRow.entry == EntryRow.n)
        .join(ArticleRow, ArticleRow.entry == EntryRow.n)
        .where(AlertRow.id == alert.id)
    ).one()
    return Origin(feed=row.feed, outlet=row.outlet, language=row.language)


def _alert(payload: str) -> Alert:
    alert = codec.load_alert(payload)
    assert isinstance(alert, Alert)  # what waits is of a story
    return alert
