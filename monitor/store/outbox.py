"""The outbox: alerts and their deliveries, from decided to sent.

In:  a transaction, alerts, receipts.
Out: deliveries whose time has come, claimed; what became of them.
Not here: sending (delivery/), when to ask again (pipeline/dispatch.py).

pending -> leased -> sent | retry | unknown | dead. What waits is held (for a second source, for the end of quiet hours,
for others of its group) or batched (for a digest); from there it is pending, told in a digest (batched for good), or
cancelled.
`send_started_at` is committed before the network is touched, so a lease that ended without it was surely never sent,
and one that ended with it may have been.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from sqlalchemy import ColumnElement, Row, Text, bindparam, case, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import aliased, outerjoin

from monitor.alerting.policy import WINDOW, Traffic
from monitor.model.delivery import AnyAlert, ChannelAlert, Delivery, DeliveryState, Digest, Wait
from monitor.model.ids import make_id
from monitor.model.judgement import Alert, SourceAlert
from monitor.model.routing import Planned, Silence
from monitor.store import codec
from monitor.store.engine import CHUNK, Tx, is_free
from monitor.store.tables import EPOCH, GATHERED, SINGLE, UNSENT, AlertRow, DeliveryRow

LEASE = timedelta(minutes=3)
LOOKED_AT: Final = 10  # deliveries of a channel that tell whether it asked to be left alone
LONGEST_WAIT = timedelta(hours=2)  # more than any attempt is put off, and any overflow waits
LONGEST_GROUP: Final = timedelta(days=1, hours=1)  # more than any group waits
OPEN = (DeliveryState.PENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN)
HELD_FOR: Final = (Wait.CONFIRMATION, Wait.QUIET, Wait.GROUP)  # the others are batched
# What may be told singly, where it is alone when its wait is over.
ALONE: Final = (Wait.QUIET, Wait.GROUP, Wait.OVERFLOW)
# What a digest tells stands as the digest's own message to that channel does, once that one's fate is known.
_FATES: Final = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.CANCELLED)
_BY: Final = aliased(DeliveryRow)
_IS_TOLD: Final = (DeliveryRow.state == DeliveryState.BATCHED) & _BY.state.in_(_FATES)
WITH_DIGEST: Final = outerjoin(
    DeliveryRow, _BY, (_BY.alert == DeliveryRow.digest) & (_BY.channel == DeliveryRow.channel)
)
STANDS: Final = case((_IS_TOLD, _BY.state), else_=DeliveryRow.state).label("stands")
_IS_TAKEN: Final = (DeliveryRow.state == DeliveryState.BATCHED) & _BY.n.is_not(None)
_WAY: Final = [
    case((_IS_TAKEN, getattr(_BY, name)), else_=getattr(DeliveryRow, name)).label(name)
    for name in ("attempts", "next_at", "sent_at", "error")
]
# One that was sent by itself after all stays listed with the digest that told it, and stands for itself.
_TELLING: Final = case((DeliveryRow.state == DeliveryState.BATCHED, DeliveryRow.digest)).label("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """Where one delivery stands, for people: one that a digest tells stands as that digest does."""

    channel: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    sent_at: datetime | None
    error: str | None
    wait: Wait | None = None  # what it waits for, or waited for
    digest: str | None = None  # id of the digest that tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One delivery whose wait is over, to be told with those of its bucket."""

    key: str
    alert: AnyAlert
    wait: Wait
    bucket: str
    route: str
    feed: str
    planned_at: datetime


def put(
    tx: Tx, n: int, alert: Alert, plans: Sequence[Planned], *, feed: str, held_until: datetime | None = None
) -> None:
    """Store an alert of entry `n` and its deliveries, in the transaction of its decision.

    held_until: when the wait for a second source ends, if it waits for one.
    """
    row: dict[str, object] = {
        "entry": n,
        "watch": alert.watch,
        "story": alert.story,
        "revision": alert.revision,
        "confirmation": alert.confirmation,
        "held_until": held_until,
    }
    _put(tx, alert, row)
    deliver(tx, alert, plans, feed=feed)


def put_source(tx: Tx, alert: SourceAlert, plans: Sequence[Planned]) -> None:
    """Store an alert of a source and its deliveries, in the transaction that changed the source's health."""
    _put(tx, alert, {"feed": alert.feed, "kind": codec.SOURCE, "watch": "", "revision": 0})
    deliver(tx, alert, plans, feed=alert.feed)


def put_other(tx: Tx, alert: ChannelAlert | Digest, plans: Sequence[Planned]) -> None:
    """Store an alert of a channel, or a digest, and its deliveries."""
    kind = codec.CHANNEL if isinstance(alert, ChannelAlert) else codec.DIGEST
    _put(tx, alert, {"kind": kind, "watch": "", "revision": 0})
    deliver(tx, alert, plans, feed="")


def _put(tx: Tx, alert: AnyAlert, row: Mapping[str, object]) -> None:
    """Store an alert; one that is there already stays as it is."""
    frozen = {"id": alert.id, "payload": codec.dump_alert(alert), "created": alert.created}
    tx.execute(upsert(AlertRow).values({**row, **frozen}).on_conflict_do_nothing())


def deliver(tx: Tx, alert: AnyAlert, plans: Sequence[Planned], *, feed: str) -> None:
    """Store how an alert goes to its channels; what is there already stays as it is."""
    for plan in plans:
        delivery = {
            "key": f"{alert.id}.{plan.channel}",
            "alert": alert.id,
            "channel": plan.channel,
            "state": _first_state(plan.wait),
            "next_at": plan.next_at,
            "planned_at": plan.next_at,
            "route": plan.route,
            "feed": feed,
            "wait": plan.wait,
            "bucket": plan.bucket,
        }
        tx.execute(upsert(DeliveryRow).values(delivery).on_conflict_do_nothing())


def _first_state(wait: Wait | None) -> DeliveryState:
    if wait is None:
        return DeliveryState.PENDING
    return DeliveryState.HELD if wait in HELD_FOR else DeliveryState.BATCHED


def replan(tx: Tx, alert: Alert, plans: Sequence[Planned], *, feed: str) -> None:
    """Store how an alert goes to its channels whose wait for a second source is over."""
    waits = (DeliveryRow.alert == alert.id) & (DeliveryRow.wait == Wait.CONFIRMATION)
    tx.execute(delete(DeliveryRow).where(waits, DeliveryRow.state == DeliveryState.HELD))
    deliver(tx, alert, plans, feed=feed)


def cancel(tx: Tx, alert: str, *, why: str) -> None:
    """Cancel what waits of an alert: nobody needs to hear it any more."""
    waits = (DeliveryRow.alert == alert) & DeliveryRow.state.in_([DeliveryState.HELD, DeliveryState.BATCHED])
    tx.execute(
        update(DeliveryRow).where(waits, DeliveryRow.digest.is_(None)).values(state=DeliveryState.CANCELLED, error=why)
    )


def traffic(tx: Tx, route: str, channel: str, *, feed: str, group: str, now: datetime) -> Traffic:
    """Return what one route told one channel lately, or is about to tell it.

    Alerts of one group that go out together count once. One whose group waits goes with it, whatever else there is.
    """
    group_at = _next_of(tx, channel, group) if group else None
    if group_at is not None:
        return Traffic(group_at=group_at)
    message = case(
        (DeliveryRow.wait == Wait.GROUP, DeliveryRow.bucket.concat(cast(DeliveryRow.planned_at, Text))),
        else_=DeliveryRow.key,
    )
    of_feed = case((DeliveryRow.feed == feed, message))
    lately = (DeliveryRow.channel == channel) & (DeliveryRow.route == route) & (DeliveryRow.planned_at > now - WINDOW)
    lately &= DeliveryRow.planned_at <= now + LONGEST_GROUP  # later ones were planned by a clock that was wrong
    told, mine = tx.execute(
        select(func.count(message.distinct()), func.count(of_feed.distinct())).where(lately, text(str(SINGLE)))
    ).one()
    over = f"overflow:{route}"
    return Traffic(
        told=told,
        of_feed=mine if feed else 0,
        overflow_at=_next_of(tx, channel, over),
        overflowed=_last_of(tx, channel, over),
        group_told=_last_of(tx, channel, group) if group else None,
    )


def _next_of(tx: Tx, channel: str, bucket: str) -> datetime | None:
    """Return when a bucket is told in which something waits."""
    its = (DeliveryRow.channel == channel) & (DeliveryRow.bucket == bucket) & text(str(GATHERED))
    return tx.scalar(select(func.min(DeliveryRow.next_at)).where(its))


def _last_of(tx: Tx, channel: str, bucket: str) -> datetime | None:
    """Return when the newest of a bucket was to be told."""
    its = (DeliveryRow.channel == channel) & (DeliveryRow.bucket == bucket)
    return tx.scalar(select(func.max(DeliveryRow.planned_at)).where(its))


def gathered(
    tx: Tx, channel: str, *, now: datetime, groups: bool = False, hushed: Sequence[str] = ()
) -> tuple[Waiting, ...]:
    """Return what waits for a channel in buckets of which something's wait is over, oldest first.

    groups: every group's wait counts as over. hushed: routes whose groups and overflow are not told now.

    One that waits longer than such are made to wait is due: the clock was wrong when it was planned.
    """
    mine = (DeliveryRow.channel == channel) & text(str(GATHERED)) & (DeliveryRow.wait != Wait.CONFIRMATION)
    if hushed:
        mine &= DeliveryRow.wait.not_in((Wait.GROUP, Wait.OVERFLOW)) | DeliveryRow.route.not_in(hushed)
    is_over = or_(
        DeliveryRow.next_at <= now,
        (DeliveryRow.wait == Wait.GROUP) & (DeliveryRow.next_at > now + LONGEST_GROUP),
        (DeliveryRow.wait == Wait.OVERFLOW) & (DeliveryRow.next_at > now + LONGEST_WAIT),
    )
    over = or_(is_over, DeliveryRow.wait == Wait.GROUP) if groups else is_over
    buckets = tx.scalars(select(DeliveryRow.bucket).where(mine, over).distinct()).all()
    if not buckets:
        return ()
    together = DeliveryRow.bucket.in_(buckets) & or_(over, DeliveryRow.wait.in_(ALONE))
    rows = tx.execute(
        select(DeliveryRow.__table__, AlertRow.payload)
        .join(AlertRow, AlertRow.id == DeliveryRow.alert)
        .where(mine, together)
        .order_by(DeliveryRow.n)
    )
    return tuple(
        Waiting(
            key=row.key,
            alert=codec.load_alert(row.payload),
            wait=Wait(row.wait),
            bucket=row.bucket,
            route=row.route,
            feed=row.feed,
            planned_at=row.planned_at,
        )
        for row in rows
    )


def release(tx: Tx, key: str, *, now: datetime) -> None:
    """Let a delivery go out by itself whose wait is over."""
    values = {"state": DeliveryState.PENDING, "next_at": now}
    tx.execute(update(DeliveryRow).where(DeliveryRow.key == key).values(**values))


def bring_forward(tx: Tx, channel: str, bucket: str, *, to: datetime) -> None:
    """Let a bucket be told by then, where anything of it was to wait longer."""
    its = (DeliveryRow.channel == channel) & (DeliveryRow.bucket == bucket) & text(str(GATHERED))
    tx.execute(update(DeliveryRow).where(its, DeliveryRow.next_at > to).values(next_at=to, planned_at=to))


def wait_on(tx: Tx, keys: Sequence[str], *, until: datetime) -> None:
    """Let deliveries whose wait is over wait once more."""
    for start in range(0, len(keys), CHUNK):
        these = DeliveryRow.key.in_(keys[start : start + CHUNK])
        tx.execute(update(DeliveryRow).where(these).values(next_at=until, planned_at=until))


def is_put(tx: Tx, alert: str, *, since: datetime = EPOCH) -> bool:
    """Return whether an alert is stored that was made after `since`."""
    return tx.scalar(select(AlertRow.id).where(AlertRow.id == alert, AlertRow.created > since)) is not None


def put_digest(tx: Tx, digest: Digest, plan: Planned, members: Sequence[str]) -> None:
    """Store a digest with its delivery, and that it tells these deliveries; twice equals once."""
    put_other(tx, digest, [plan])
    told = {"state": DeliveryState.BATCHED, "digest": digest.id, "lease": None, "lease_until": None}
    for start in range(0, len(members), CHUNK):
        these = DeliveryRow.key.in_(members[start : start + CHUNK])
        tx.execute(update(DeliveryRow).where(these).values(**told))


def next_wait(tx: Tx) -> datetime | None:
    """Return when the next of the waits is over that time alone ends; None where none is."""
    waits = text(str(GATHERED)) & (DeliveryRow.wait != Wait.CONFIRMATION)
    return tx.scalar(select(func.min(DeliveryRow.next_at)).where(waits))


def end_silence(tx: Tx, silence: Silence, *, now: datetime) -> int:
    """Let what a silence kept back be told now. Returns how many deliveries that are."""
    kept = (DeliveryRow.bucket == f"silence:{silence.id}") & text(str(GATHERED))
    return tx.execute(update(DeliveryRow).where(kept).values(next_at=now)).rowcount


def claim(
    tx: Tx,
    channel: str,
    *,
    now: datetime,
    lease: str,
    limit: int,
    everything: bool = False,
    but: Sequence[DeliveryState] = (),
) -> tuple[Delivery, ...]:
    """Claim the deliveries to a channel whose time has come, and those before them, oldest first.

    A channel keeps its order: what comes anew makes what waits for another attempt due, and none while it asked to be
    left alone.

    everything: also those whose time has not come, but for what their channel asked for.
    but: states in which a delivery stays until somebody says otherwise.

    One that waits longer than any delivery is made to wait is due: the clock was wrong when it was put off.
    """
    due = (DeliveryRow.channel == channel) & text(str(UNSENT))
    if but:
        due &= DeliveryRow.state.not_in(but)
    due &= is_free(DeliveryRow.lease_until, now=now, longest=LEASE)
    if _is_left_alone(tx, due, now):
        return ()
    if not everything:
        has_come = or_(DeliveryRow.next_at <= now, DeliveryRow.next_at > now + LONGEST_WAIT)
        last = tx.scalar(select(DeliveryRow.n).where(due, has_come).order_by(DeliveryRow.n.desc()).limit(1))
        if last is None:
            return ()
        due &= DeliveryRow.n <= last
    return _leased(tx, due, now=now, lease=lease, limit=limit)


def _is_left_alone(tx: Tx, due: ColumnElement[bool], now: datetime) -> bool:
    """Return whether the channel asked to be: those that it was asked of were put off with all behind them."""
    first = select(DeliveryRow.not_before).where(due).order_by(DeliveryRow.n).limit(LOOKED_AT)
    asked = [until for until in tx.scalars(first) if until is not None]
    return any(now < until <= now + LONGEST_WAIT for until in asked)


def doubt(tx: Tx, channel: str, *, now: datetime) -> None:
    """Let a send whose end could not be recorded, though the program goes on, count as one that may have arrived."""
    begun = (DeliveryRow.channel == channel) & (DeliveryRow.state == DeliveryState.LEASED) & text(str(UNSENT))
    begun &= DeliveryRow.send_started_at.is_not(None) & is_free(DeliveryRow.lease_until, now=now, longest=LEASE)
    words = "how this ended could not be recorded; it may have arrived"
    values = {"state": DeliveryState.UNKNOWN, "error": words, "lease": None, "lease_until": None}
    tx.execute(update(DeliveryRow).where(begun).values(**values))


def _leased(tx: Tx, due: ColumnElement[bool], *, now: datetime, lease: str, limit: int) -> tuple[Delivery, ...]:
    rows = tx.execute(
        select(DeliveryRow.__table__, AlertRow.payload)
        .join(AlertRow, AlertRow.id == DeliveryRow.alert)
        .where(due)
        .order_by(DeliveryRow.n)
        .limit(limit)
    ).all()
    held = {"state": DeliveryState.LEASED, "lease": lease, "lease_until": now + LEASE}
    for start in range(0, len(rows), CHUNK):
        these = [row.n for row in rows[start : start + CHUNK]]
        tx.execute(update(DeliveryRow).where(DeliveryRow.n.in_(these)).values(**held))
    return tuple(_delivery(row, lease) for row in rows)


def _delivery(row: Row[Any], lease: str) -> Delivery:
    alert = codec.load_alert(row.payload)
    return Delivery(
        key=row.key,
        alert=alert,
        channel=row.channel,
        attempts=row.attempts,
        token=lease,
        root=_root(alert),
        may_have_arrived=row.send_started_at is not None,
    )


def _root(alert: AnyAlert) -> str:
    """Return the id of an alert's thread: what is told of one source, down and back, stands in one."""
    match alert:
        case Alert():
            return alert.story
        case SourceAlert():
            return make_id("source", alert.feed)
        case ChannelAlert():
            return make_id("channel", alert.channel)
        case Digest():
            return alert.root or make_id("digests", str(alert.why), alert.name)
        case _:
            assert_never(alert)


def start(tx: Tx, delivery: Delivery, *, now: datetime) -> bool:
    """Note that a send begins now. Returns whether the lease still holds; if not, it must not be sent."""
    asked = {"of": delivery.key, "by": delivery.token, "now": now, "until": now + LEASE}
    return bool(tx.execute(_START, asked).rowcount)


def finish(
    tx: Tx,
    delivery: Delivery,
    state: DeliveryState,
    *,
    now: datetime,
    next_at: datetime,
    error: str | None,
    not_before: datetime | None = None,
) -> None:
    """Record how a send ended. not_before: until when the channel asked to be left alone."""
    asked = {
        "of": delivery.key,
        "by": delivery.token,
        "is_now": state,
        "following": next_at,
        "pause": not_before,
        "said": error,
        "ended": now if state is DeliveryState.SENT else None,
    }
    # Surely not sent: should the next lease end early, it is no reason for doubt.
    tx.execute(_FINISH_UNSENT if state is DeliveryState.RETRY else _FINISH, asked)


# Made once: to make such a statement takes longer than to run it.
_HELD_BY: Final = (DeliveryRow.key == bindparam("of")) & (DeliveryRow.lease == bindparam("by"))
_START: Final = (
    update(DeliveryRow)
    .where(_HELD_BY)
    .values(send_started_at=bindparam("now"), attempts=DeliveryRow.attempts + 1, lease_until=bindparam("until"))
)
_FINISH: Final = (
    update(DeliveryRow)
    .where(_HELD_BY)
    .values(
        state=bindparam("is_now"),
        next_at=bindparam("following"),
        not_before=bindparam("pause"),
        error=bindparam("said"),
        sent_at=bindparam("ended"),
        lease=None,
        lease_until=None,
    )
)
_FINISH_UNSENT: Final = _FINISH.values(send_started_at=None)


def unsent(tx: Tx, channel: str) -> list[tuple[str, AnyAlert]]:
    """Return the keys and alerts of what a channel was never sent, oldest first."""
    states = (DeliveryState.PENDING, DeliveryState.RETRY, DeliveryState.LEASED)
    mine = (DeliveryRow.channel == channel) & text(str(UNSENT)) & DeliveryRow.state.in_(states)
    mine &= DeliveryRow.send_started_at.is_(None)
    rows = tx.execute(
        select(DeliveryRow.key, AlertRow.payload)
        .join(AlertRow, AlertRow.id == DeliveryRow.alert)
        .where(mine)
        .order_by(DeliveryRow.n)
    )
    return [(row.key, codec.load_alert(row.payload)) for row in rows]


def put_off(tx: Tx, deliveries: Sequence[Delivery], *, next_at: datetime, not_before: datetime | None = None) -> None:
    """Give claimed deliveries back unsent: their channel has trouble now, or asked to be left alone until then."""
    _unlease(tx, deliveries, next_at=next_at, not_before=not_before)


def give_back(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Give claimed deliveries back as they were."""
    _unlease(tx, deliveries)


def _unlease(tx: Tx, deliveries: Sequence[Delivery], **changes: datetime | None) -> None:
    for delivery in deliveries:
        state = DeliveryState.UNKNOWN if delivery.may_have_arrived else DeliveryState.RETRY
        values = {"state": state, "lease": None, "lease_until": None, **changes}
        tx.execute(update(DeliveryRow).where(_mine(delivery)).values(**values))


def retire(tx: Tx, channels: Sequence[str]) -> None:
    """Give up what was meant for channels that are no longer configured."""
    unsent = (*OPEN, DeliveryState.LEASED, DeliveryState.HELD)
    is_unsent = or_(DeliveryRow.state.in_(unsent), text(str(GATHERED)))
    orphaned = is_unsent & DeliveryRow.channel.not_in(channels)
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


def named(tx: Tx, ref: str) -> tuple[str, ...]:
    """Return the ids of alerts, of any kind, that begin so; two at most."""
    begins = AlertRow.id.startswith(ref.lower(), autoescape=True)
    return tuple(tx.scalars(select(AlertRow.id).where(begins).order_by(AlertRow.id).limit(2)))


def lost(tx: Tx, channel: str) -> int:
    """Return how many messages a channel lost for good."""
    dead = (DeliveryRow.channel == channel) & (DeliveryRow.state == DeliveryState.DEAD)
    return tx.scalar(select(func.count()).select_from(DeliveryRow).where(dead)) or 0


def resend(
    tx: Tx, *, alert: str | None, channels: Sequence[str], states: Sequence[DeliveryState], now: datetime
) -> int:
    """Let deliveries go out again, under the same keys: an alert's, or all in these states. Returns how many.

    One that a digest told goes out by itself, where its alert is named; of all others the digest is sent again.
    """
    asked = DeliveryRow.state.in_(states) if alert is None else (DeliveryRow.alert == alert) & STANDS.in_(states)
    these = select(DeliveryRow.n).select_from(WITH_DIGEST).where(asked, DeliveryRow.channel.in_(channels))
    values = {"state": DeliveryState.PENDING, "next_at": now, "error": None, "attempts": 0}
    return tx.execute(update(DeliveryRow).where(DeliveryRow.n.in_(these)).values(**values)).rowcount


def waiting(tx: Tx, alert: str) -> tuple[DeliveryStatus, ...]:
    """Return the deliveries of an alert that wait for something, by channel."""
    return tuple(each for each in of_alert(tx, alert) if each.state in (DeliveryState.HELD, DeliveryState.BATCHED))


def release_early(tx: Tx, alert: str, channels: Sequence[str], *, now: datetime) -> int:
    """Let the deliveries of an alert go out by themselves that wait for others, or for a time. Returns how many."""
    asked = (DeliveryRow.alert == alert) & DeliveryRow.channel.in_(channels) & (DeliveryRow.wait != Wait.CONFIRMATION)
    values = {"state": DeliveryState.PENDING, "next_at": now}
    return tx.execute(update(DeliveryRow).where(asked, text(str(GATHERED))).values(**values)).rowcount


def counts(tx: Tx) -> dict[str, int]:
    """Return how many deliveries stand in each state."""
    counted = select(STANDS, func.count()).select_from(WITH_DIGEST).group_by(STANDS).order_by(STANDS)
    return {row[0]: row[1] for row in tx.execute(counted)}


def of_alert(tx: Tx, alert: str) -> tuple[DeliveryStatus, ...]:
    """Return where an alert's deliveries stand, by channel."""
    rows = tx.execute(
        select(DeliveryRow.channel, DeliveryRow.wait, _TELLING, STANDS, *_WAY)
        .select_from(WITH_DIGEST)
        .where(DeliveryRow.alert == alert)
        .order_by(DeliveryRow.channel)
    )
    return tuple(
        DeliveryStatus(
            channel=row.channel,
            state=DeliveryState(row.stands),
            attempts=row.attempts,
            next_at=row.next_at,
            sent_at=row.sent_at,
            error=row.error,
            wait=Wait(row.wait) if row.wait else None,
            digest=row.digest,
        )
        for row in rows
    )


def alerts(
    tx: Tx, *, limit: int, state: DeliveryState | None = None, digest: str | None = None
) -> tuple[AnyAlert, ...]:
    """Return the alerts of every kind, newest first; with `state`, those that have a delivery in it.

    digest: only those that a digest tells whose id begins so.
    """
    query = select(AlertRow.payload).order_by(AlertRow.created.desc(), AlertRow.id).limit(limit)
    if state is not None:
        in_it = select(DeliveryRow.alert).select_from(WITH_DIGEST).where(STANDS.in_([state]))
        query = query.where(AlertRow.id.in_(in_it))
    if digest is not None:
        begins = DeliveryRow.digest.startswith(digest.lower(), autoescape=True)
        query = query.where(AlertRow.id.in_(select(DeliveryRow.alert).where(begins)))
    return tuple(map(codec.load_alert, tx.scalars(query)))


def of_entry(tx: Tx, n: int) -> tuple[AnyAlert, ...]:
    """Return the alerts an entry caused, by watch."""
    return tuple(
        map(codec.load_alert, tx.scalars(select(AlertRow.payload).where(AlertRow.entry == n).order_by(AlertRow.watch)))
    )


def _mine(delivery: Delivery) -> ColumnElement[bool]:
    return (DeliveryRow.key == delivery.key) & (DeliveryRow.lease == delivery.token)
