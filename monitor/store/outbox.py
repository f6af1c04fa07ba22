"""The outbox: alerts and their deliveries, from decided to sent.

In:  a transaction, alerts, receipts.
Out: deliveries whose time has come, claimed; what became of them.
Not here: sending (delivery/), when to ask again (pipeline/dispatch.py).

pending -> leased -> sent | retry | unknown | dead, and held -> pending | cancelled (confirmations.py).
`send_started_at` is committed before the network is touched, so a lease that ended without it was surely never sent,
and one that ended with it may have been.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Row, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model.delivery import AnyAlert, ChannelAlert, Delivery, DeliveryState, Digest
from monitor.model.ids import make_id
from monitor.model.judgement import Alert, SourceAlert
from monitor.store import codec
from monitor.store.engine import Tx, is_free
from monitor.store.tables import AlertRow, DeliveryRow

LEASE = timedelta(minutes=3)
LONGEST_WAIT = timedelta(hours=2)  # more than any attempt is put off
OPEN = (DeliveryState.PENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """Where one delivery stands, for people."""

    channel: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    sent_at: datetime | None
    error: str | None


def put(
    tx: Tx, n: int, alert: Alert, channels: Sequence[str], *, now: datetime, held_until: datetime | None = None
) -> None:
    """Store an alert of entry `n` and one delivery a channel, in the transaction of its decision.

    held_until: when the wait for a second source ends; until then its deliveries are no one's to claim.
    """
    row: dict[str, object] = {
        "entry": n,
        "watch": alert.watch,
        "story": alert.story,
        "revision": alert.revision,
        "confirmation": alert.confirmation,
        "held_until": held_until,
    }
    _put(tx, alert, row, channels, now=held_until or now, state=DeliveryState.HELD if held_until else None)


def put_source(tx: Tx, alert: SourceAlert, channels: Sequence[str], *, now: datetime) -> None:
    """Store an alert of a source and one delivery a channel, in the transaction that changed the source's health."""
    _put(tx, alert, {"feed": alert.feed, "watch": "", "revision": 0}, channels, now=now)


def _put(
    tx: Tx,
    alert: AnyAlert,
    row: Mapping[str, object],
    channels: Sequence[str],
    *,
    now: datetime,
    state: DeliveryState | None = None,
) -> None:
    """Store an alert and its deliveries; what is there already stays as it is."""
    frozen = {"id": alert.id, "payload": codec.dump_alert(alert), "created": alert.created}
    tx.execute(upsert(AlertRow).values({**row, **frozen}).on_conflict_do_nothing())
    for channel in channels:
        delivery = {
            "key": f"{alert.id}.{channel}",
            "alert": alert.id,
            "channel": channel,
            "state": state or DeliveryState.PENDING,
            "next_at": now,
        }
        tx.execute(upsert(DeliveryRow).values(delivery).on_conflict_do_nothing())


def claim(tx: Tx, channel: str, *, now: datetime, lease: str, everything: bool = False) -> tuple[Delivery, ...]:
    """Claim the deliveries to a channel whose time has come (with `everything`, every open one), oldest first.

    One that waits longer than any delivery is made to wait is due: the clock was wrong when it was put off.
    """
    due = DeliveryRow.state.in_([*OPEN, DeliveryState.LEASED]) & (DeliveryRow.channel == channel)
    due &= is_free(DeliveryRow.lease_until, now=now, longest=LEASE)
    if not everything:
        due &= or_(DeliveryRow.next_at <= now, DeliveryRow.next_at > now + LONGEST_WAIT)
    rows = tx.execute(
        select(DeliveryRow.__table__, AlertRow.payload).join(AlertRow).where(due).order_by(DeliveryRow.n)
    ).all()
    held = {"state": DeliveryState.LEASED, "lease": lease, "lease_until": now + LEASE}
    tx.execute(update(DeliveryRow).where(DeliveryRow.n.in_([row.n for row in rows])).values(**held))
    return tuple(_delivery(row, lease) for row in rows)


def _delivery(row: Row[Any], lease: str) -> Delivery:
    alert = codec.load_alert(row.payload)
    return Delivery(
        key=row.key, alert=alert, channel=row.channel, attempts=row.attempts, token=lease, root=_root(alert)
    )


def _root(alert: AnyAlert) -> str:
    """Return the id of an alert's thread: what is told of one source, down and back, stands in one; so does what is
    told of one channel. A digest of one story stands in the story's, another one in its own.
    """
    match alert:
        case Alert():
            return alert.story
        case SourceAlert():
            return make_id("source", alert.feed)
        case ChannelAlert():
            return make_id("channel", alert.channel)
        case Digest():
            return alert.root or alert.id
        case _:
            assert_never(alert)


def start(tx: Tx, delivery: Delivery, *, now: datetime) -> bool:
    """Note that a send begins now. Returns whether the lease still holds; if not, it must not be sent."""
    values = {"send_started_at": now, "attempts": DeliveryRow.attempts + 1, "lease_until": now + LEASE}
    return bool(tx.execute(update(DeliveryRow).where(_mine(delivery)).values(**values)).rowcount)


def finish(
    tx: Tx, delivery: Delivery, state: DeliveryState, *, now: datetime, next_at: datetime, error: str | None
) -> None:
    """Record how a send ended."""
    values: dict[str, object] = {
        "state": state,
        "next_at": next_at,
        "error": error,
        "lease": None,
        "lease_until": None,
        "sent_at": now if state is DeliveryState.SENT else None,
    }
    if state is DeliveryState.RETRY:  # surely not sent: should the next lease end early, it is no reason for doubt
        values["send_started_at"] = None
    tx.execute(update(DeliveryRow).where(_mine(delivery)).values(**values))


def put_off(tx: Tx, deliveries: Sequence[Delivery], *, next_at: datetime) -> None:
    """Give claimed deliveries back unsent: their channel has trouble now."""
    for delivery in deliveries:
        values = {"state": DeliveryState.RETRY, "next_at": next_at, "lease": None, "lease_until": None}
        tx.execute(update(DeliveryRow).where(_mine(delivery)).values(**values))


def retire(tx: Tx, channels: Sequence[str]) -> None:
    """Give up what was meant for channels that are no longer configured."""
    unsent = (*OPEN, DeliveryState.LEASED, DeliveryState.HELD)
    orphaned = DeliveryRow.state.in_(unsent) & DeliveryRow.channel.not_in(channels)
    words = "the channel is no longer configured"
    values = {"state": DeliveryState.DEAD, "error": words, "lease": None, "lease_until": None}
    tx.execute(update(DeliveryRow).where(orphaned).values(**values))


def release_all(tx: Tx) -> None:
    """Void every lease after a restart: what had not begun is pending again, what had begun is unknown."""
    leased = DeliveryRow.state == DeliveryState.LEASED
    void = {"lease": None, "lease_until": None}
    begun = leased & DeliveryRow.send_started_at.is_not(None)
    words = "the program ended while this was being sent; it may have arrived"
    tx.execute(update(DeliveryRow).where(begun).values(state=DeliveryState.UNKNOWN, error=words, **void))
    tx.execute(update(DeliveryRow).where(leased).values(state=DeliveryState.PENDING, **void))


def counts(tx: Tx) -> dict[str, int]:
    """Return how many deliveries stand in each state."""
    rows = tx.execute(select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state).order_by(DeliveryRow.state))
    return {row[0]: row[1] for row in rows}


def of_alert(tx: Tx, alert: str) -> tuple[DeliveryStatus, ...]:
    """Return where an alert's deliveries stand, by channel."""
    rows = tx.execute(select(DeliveryRow.__table__).where(DeliveryRow.alert == alert).order_by(DeliveryRow.channel))
    return tuple(
        DeliveryStatus(
            channel=row.channel,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            next_at=row.next_at,
            sent_at=row.sent_at,
            error=row.error,
        )
        for row in rows
    )


def alerts(tx: Tx, *, limit: int, state: DeliveryState | None = None) -> tuple[AnyAlert, ...]:
    """Return the alerts of stories and sources, newest first; with `state`, those that have a delivery in it."""
    query = select(AlertRow.payload).order_by(AlertRow.created.desc(), AlertRow.id).limit(limit)
    if state is not None:
        query = query.where(AlertRow.id.in_(select(DeliveryRow.alert).where(DeliveryRow.state == state)))
    return tuple(map(codec.load_alert, tx.scalars(query)))


def source_alerts(tx: Tx, ref: str, *, limit: int) -> tuple[SourceAlert, ...]:
    """Return the alerts of sources whose id begins so, oldest first."""
    named = AlertRow.feed.is_not(None) & AlertRow.id.startswith(ref, autoescape=True)
    query = select(AlertRow.payload).where(named).order_by(AlertRow.created, AlertRow.id).limit(limit)
    return tuple(map(codec.load_source_alert, tx.scalars(query)))


def of_entry(tx: Tx, n: int) -> tuple[AnyAlert, ...]:
    """Return the alerts an entry caused, by watch."""
    return tuple(
        map(codec.load_alert, tx.scalars(select(AlertRow.payload).where(AlertRow.entry == n).order_by(AlertRow.watch)))
    )


def _mine(delivery: Delivery) -> ColumnElement[bool]:
    return (DeliveryRow.key == delivery.key) & (DeliveryRow.lease == delivery.token)
