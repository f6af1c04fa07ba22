"""Dispatch: from the outbox to the channels.

In:  deliveries whose time has come.
Out: sent, or when to try again; every attempt recorded before and after the network is touched.
Not here: what is said (alerting/), how a channel is spoken to (delivery/).
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar, assert_never

import structlog

from monitor.alerting.policy import ways
from monitor.alerting.render import subject
from monitor.delivery.sender import Sender
from monitor.delivery.threads import Threads
from monitor.errors import MonitorError
from monitor.model.delivery import (
    ChannelAlert,
    Delivery,
    DeliveryState,
    Digest,
    NotSent,
    OnUnknown,
    Receipt,
    Sent,
    Unsure,
)
from monitor.model.ids import make_id
from monitor.model.routing import Facets, Planned
from monitor.pipeline.desk import Desk, Pace
from monitor.pipeline.gather import fold, gather
from monitor.store import outbox
from monitor.store.engine import Tx

FIRST_WAIT: Final = timedelta(seconds=10)  # most receivers that hang or break off once are back by then
LONGEST_WAIT: Final = timedelta(hours=1)
GIVE_UP_AFTER: Final = timedelta(days=3)  # as long as mail queues keep trying, and not less than this many attempts:
LEAST_ATTEMPTS: Final = 10
PATIENCE: Final = 4  # attempts at one message during which those behind it wait: about a minute
RECORD_AGAIN_S: Final = 1.0  # after which a record that the store refused (its disk is full) is tried again
BATCH: Final = 100  # deliveries to a channel that are claimed at a time
HEALTH: Final = "health"  # the route of alerts on channels, for the record
NEWS_EVERY: Final = timedelta(hours=1)  # at most: that a channel loses messages is told, not each of them
DEAD: Final = "dead"  # the state of a channel that lost a message, for routes
_THREADS: Final = Threads("deliver")

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of one delivery this time."""

    delivery: Delivery
    state: DeliveryState
    error: str | None
    has_trouble: bool  # it is the channel, not the message
    wait: timedelta  # until it is asked again
    asked: timedelta | None  # for how long the channel wants to be left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Claimed deliveries that are not sent yet; the first of them may have been noted as begun."""

    left: tuple[Delivery, ...]
    begun: str | None = None  # its key


async def dispatch_due(desk: Desk, *, everything: bool = False) -> tuple[Dispatched, ...]:
    """Send what is due: channels side by side, each in order; with `everything`, retries and groups need not be due.

    Where a message was lost the other channels are asked once more: theirs may have been done before they were to tell.
    """
    done = await _round(desk, everything=everything)
    if any(one.state is DeliveryState.DEAD for one in done):
        done += await _round(desk, everything=False)
    return done


async def _round(desk: Desk, *, everything: bool) -> tuple[Dispatched, ...]:
    done = await asyncio.gather(*(dispatch(desk, channel, everything=everything) for channel in desk.channels))
    return tuple(one for each in done for one in each)


async def dispatch(
    desk: Desk, channel: str, *, everything: bool = False, may_go_on: Callable[[], bool] = lambda: True
) -> tuple[Dispatched, ...]:
    """Send what is due for one channel, in order, until all is sent, the channel has trouble, or `may_go_on` says no.

    A refusal of one message lets the next one try; no answer, or an answer that may be another one soon, puts all off.
    """
    done: list[Dispatched] = []
    seen: set[str] = set()
    while may_go_on():
        claimed = await _claim(desk, channel, everything=everything)
        due = [each for each in claimed if each.key not in seen]
        if again := [each for each in claimed if each.key in seen]:
            await desk.store.write(lambda tx: outbox.give_back(tx, again))
        sent, is_stuck = await _send_all(desk, channel, due, may_go_on)
        seen |= {each.key for each in due} | {each.delivery.key for each in sent}
        done += sent
        if not due or is_stuck:
            break
    return tuple(done)


async def _claim(desk: Desk, channel: str, *, everything: bool) -> tuple[Delivery, ...]:
    """Let what waited together go out, and claim what is due."""
    now, but = desk.now(), _kept(desk, channel)

    def claim(tx: Tx) -> tuple[tuple[Digest, ...], tuple[Delivery, ...]]:
        made = gather(tx, desk.policy, channel, now=now, groups=everything)
        outbox.doubt(tx, channel, now=now)
        return made, outbox.claim(tx, channel, now=now, lease=desk.lease, limit=BATCH, everything=everything, but=but)

    made, due = await desk.store.write(claim)
    for digest in made:
        _say_made(digest, channel)
    return due


def _kept(desk: Desk, channel: str) -> tuple[DeliveryState, ...]:
    """Return the states in which a channel's deliveries stay until somebody says otherwise."""
    is_kept = desk.paces.get(channel, Pace()).on_unknown is OnUnknown.HOLD
    return (DeliveryState.UNKNOWN,) if is_kept else ()


async def _send_all(
    desk: Desk, channel: str, due: Sequence[Delivery], may_go_on: Callable[[], bool]
) -> tuple[list[Dispatched], bool]:
    """Send claimed deliveries in order; what a dead channel kept long is told together once it takes something.

    Returns what became of them, and whether the channel has trouble. One message that failed again and again may be
    the trouble itself: the next one is tried, too.

    How one send ended and that the next one begins is written in one transaction, where no pace stands between them.
    """
    done: list[Dispatched] = []
    step, is_doubted = _Step(left=tuple(due)), False
    while step.left and (step.begun or may_go_on()):  # what is left stays leased, and is free at the next start
        delivery = step.left[0]
        if step.begun != delivery.key and not await _begin(desk, delivery):
            step = _Step(left=step.left[1:])
            continue
        receipt = await _in_thread(desk.sender, delivery)
        ended = _ended(desk, delivery, receipt)
        goes_on = not ended.has_trouble and not _gap(desk, channel) and may_go_on()
        is_stuck = ended.has_trouble and (is_doubted or not _may_be_poison(ended) or len(step.left) == 1)
        is_doubted = ended.has_trouble
        step = await _close(desk, channel, ended, step.left[1:], is_stuck=is_stuck, begins_next=goes_on)
        done.append(ended)
        if is_stuck:
            return done, True
    return done, False


def _may_be_poison(ended: Dispatched) -> bool:
    """Return whether a message failed so often that it may be its fault, not its channel's."""
    return ended.delivery.attempts + 1 >= PATIENCE and not ended.asked


async def _begin(desk: Desk, delivery: Delivery) -> bool:
    """Note that a send begins, once its channel may have it. Returns whether its lease still holds."""
    await _paced(desk, delivery.channel)
    now = desk.now()
    return await desk.store.write(lambda tx: outbox.start(tx, delivery, now=now))


async def _close(
    desk: Desk, channel: str, ended: Dispatched, left: tuple[Delivery, ...], *, is_stuck: bool, begins_next: bool
) -> "_Step":
    """Write down how a send ended, what that means for those behind it, and that the next one begins."""
    now = desk.now()

    def write(tx: Tx) -> tuple[_Step, Digest | None]:
        until = now + ended.asked if ended.asked else None
        following = now + ended.wait
        outbox.finish(tx, ended.delivery, ended.state, now=now, next_at=following, error=ended.error, not_before=until)
        if ended.state is DeliveryState.DEAD:
            _tell_others(tx, desk, ended.delivery, ended.error or "", now)
        if is_stuck:
            outbox.put_off(tx, left, next_at=following, not_before=until)
        if ended.has_trouble:
            return _Step(left=left), None
        rest, digest = _folded(tx, channel, left, now)
        begins = begins_next and rest and outbox.start(tx, rest[0], now=now)
        return _Step(left=rest, begun=rest[0].key if begins else None), digest

    step, digest = await _recorded(desk, write)
    say = log.info if ended.state is DeliveryState.SENT else log.warning
    say("delivery_ended", key=ended.delivery.key, channel=channel, state=str(ended.state), error=ended.error)
    if digest is not None:
        _say_made(digest, channel)
    return step


async def _recorded(desk: Desk, write: Callable[[Tx], T]) -> T:
    """Write, again and again while the store refuses, while the lease lasts: what is not recorded is sent twice."""
    clock = asyncio.get_running_loop().time
    until = clock() + outbox.LEASE.total_seconds() - RECORD_AGAIN_S
    while True:
        try:
            return await desk.store.write(write)
        except MonitorError as exc:
            if clock() > until:
                raise
            log.error("record_failed", error=str(exc))
        await asyncio.sleep(RECORD_AGAIN_S)


def _folded(
    tx: Tx, channel: str, left: tuple[Delivery, ...], now: datetime
) -> tuple[tuple[Delivery, ...], Digest | None]:
    """Return what is left to send of these, and the digest of the others, which is claimed with the next ones."""
    digest = fold(tx, channel, left, now=now)
    if digest is None:
        return left, None
    told = {item.alert for item in digest.items}
    return tuple(each for each in left if each.alert.id not in told), digest


def _say_made(digest: Digest, channel: str) -> None:
    log.info("digest_made", digest=digest.id, channel=channel, why=str(digest.why), alerts=len(digest.items))


def _ended(desk: Desk, delivery: Delivery, receipt: Receipt) -> Dispatched:
    """Return what a receipt means for its delivery and for those behind it."""
    state, error = _state(receipt, delivery, desk.now())
    return Dispatched(
        delivery=delivery,
        state=state,
        error=error,
        has_trouble=state in (DeliveryState.RETRY, DeliveryState.UNKNOWN),
        wait=_wait(delivery, receipt),
        asked=_asked(receipt),
    )


def _gap(desk: Desk, channel: str) -> float:
    """Return the seconds between two messages to a channel."""
    return desk.paces.get(channel, Pace()).gap.total_seconds()


async def _paced(desk: Desk, channel: str) -> None:
    """Wait until a channel may be sent the next message."""
    gap = _gap(desk, channel)
    if not gap:
        return
    clock = asyncio.get_running_loop().time
    await asyncio.sleep(max(0.0, desk.sent_at.get(channel, -gap) + gap - clock()))
    desk.sent_at[channel] = clock()


def _tell_others(tx: Tx, desk: Desk, lost: Delivery, reason: str, now: datetime) -> None:
    """Tell other channels that one lost a message for good; where all that were told lose that news, the next best."""
    alert = lost.alert if isinstance(lost.alert, ChannelAlert) else _news(tx, lost, reason, now)
    if alert is None:
        return
    dead = (each.channel for each in outbox.of_alert(tx, alert.id) if each.state is DeliveryState.DEAD)
    deaf = {alert.channel, *dead}
    ranks = (_health_channels(desk), desk.policy.channels, desk.spare)
    able = ([name for name in rank if name not in deaf] for rank in ranks)
    others = next(filter(None, able), [])
    outbox.put_other(tx, alert, [Planned(channel=name, route=HEALTH, next_at=now) for name in others])


def _news(tx: Tx, lost: Delivery, reason: str, now: datetime) -> ChannelAlert | None:
    """Return what is told of a channel that lost a message; None where that was done within the hour."""
    ids = [make_id("channel", lost.channel, f"{at:%Y-%m-%dT%H}") for at in (now - NEWS_EVERY, now)]
    if any(outbox.is_put(tx, each, since=now - NEWS_EVERY) for each in ids):
        return None
    return ChannelAlert(
        id=ids[-1],
        channel=lost.channel,
        reason=reason,
        lost=outbox.lost(tx, lost.channel),
        headline=subject(lost.alert),
        of=lost.alert.id,
        created=now,
    )


def _health_channels(desk: Desk) -> tuple[str, ...]:
    """Return where alerts on the program's own health are routed."""
    taken = ways(desk.policy.route, Facets(is_source=True, state=DEAD))
    return tuple(dict.fromkeys(name for route in taken for name in route.to))


async def _in_thread(sender: Sender, delivery: Delivery) -> Receipt:
    """Send on a thread that does not hold up the program's end: what it leaves behind is unknown."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Receipt] = loop.create_future()

    def work() -> None:
        try:
            receipt: Receipt = sender.send(delivery)
        except Exception as exc:  # noqa: BLE001 - a sender raises nothing; if one does, no channel waits for it for ever
            receipt = Unsure(reason=f"{type(exc).__name__}")
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, ended, receipt)

    _THREADS.run(work)
    return await ended


def _settle(ended: asyncio.Future[Receipt], receipt: Receipt) -> None:
    if not ended.done():
        ended.set_result(receipt)


def _state(receipt: Receipt, delivery: Delivery, now: datetime) -> tuple[DeliveryState, str | None]:
    """Return where a receipt leaves a delivery. One that may have arrived is sent again, under the same key."""
    is_old = now - delivery.alert.created > GIVE_UP_AFTER and delivery.attempts + 1 >= LEAST_ATTEMPTS
    match receipt:
        case Sent():
            return DeliveryState.SENT, None
        case NotSent(reason=reason, permanent=permanent):  # a message that is refused for what it is stays refused
            return (DeliveryState.DEAD if is_old or permanent else DeliveryState.RETRY), reason
        case Unsure(reason=reason):
            return (DeliveryState.DEAD if is_old else DeliveryState.UNKNOWN), reason
        case _:
            assert_never(receipt)


def _wait(delivery: Delivery, receipt: Receipt) -> timedelta:
    """Return how long until the next attempt: doubled each time, up to an hour, shifted by the delivery's own key.

    No sooner than the channel asks for, as far as anything is put off.
    """
    wait = min(FIRST_WAIT * (1 << min(delivery.attempts, 10)), LONGEST_WAIT)
    wait *= random.Random(f"{delivery.key}{delivery.attempts}").uniform(0.8, 1.2)
    return max(wait, _asked(receipt) or wait)


def _asked(receipt: Receipt) -> timedelta | None:
    """Return how long a channel wants to be left alone, as far as anything is put off."""
    asked = receipt.retry_after if isinstance(receipt, NotSent) else None
    return min(asked, outbox.LONGEST_WAIT) if asked else None
