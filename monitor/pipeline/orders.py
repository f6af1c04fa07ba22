"""Orders: what people tell the outbox to do: keep silent for a while, or send again.

In:  what a silence is to cover, and how long; ids, which may be shortened.
Out: the store changed, and what came of it.
Not here: what a silence means for an alert (alerting/policy.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from monitor.errors import MonitorError
from monitor.model.delivery import DeliveryState
from monitor.model.ids import make_id
from monitor.model.routing import Silence
from monitor.store import outbox, silences, stories
from monitor.store.engine import Store, Tx
from monitor.store.outbox import DeliveryStatus

LONGEST: Final = timedelta(days=366)
# Of one alert that is named. What was taken back is not among them: it is not so any more, or nobody confirmed it.
AGAIN: Final = (DeliveryState.DEAD, DeliveryState.UNKNOWN, DeliveryState.RETRY, DeliveryState.SENT)

T = TypeVar("T")

log = structlog.get_logger()


class OrderError(MonitorError):
    """What is asked for cannot be done as things are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """A silence that holds from now on."""

    id: str
    until: str  # ISO 8601


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A silence that has ended."""

    id: str
    kept_back: int  # deliveries that are told now, in a digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A delivery that waits."""

    channel: str
    wait: str | None  # model.delivery.Wait; None where it waits for its digest alone
    until: str  # ISO 8601
    digest: str | None  # id of the one that is on its way and tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """Deliveries that go out again, or at last."""

    deliveries: int
    waiting: tuple[Kept, ...] = ()  # of the alert that was named, which is not sent by this


async def silence(
    store: Store, *, watch: str, story: str, feed: str, outlet: str, until: datetime, note: str, now: datetime
) -> Silenced:
    """Let nothing of a watch, a story, a feed or an outlet be told until then; all that are given must fit.

    story: an id that may be shortened. Raises OrderError, StoryError.
    """
    made = await store.write(
        lambda tx: _silence(
            tx,
            Silence(id="", watch=watch, story=story, feed=feed, outlet=outlet, until=until, note=note, created=now),
        )
    )
    log.info("silence_added", silence=made.id, until=made.until.isoformat())
    return Silenced(id=made.id, until=made.until.isoformat())


def _silence(tx: Tx, asked: Silence) -> Silence:
    if not (asked.watch or asked.story or asked.feed or asked.outlet):
        raise OrderError("a silence needs a watch, a story, a feed or an outlet")
    if not timedelta(0) < asked.until - asked.created <= LONGEST:
        raise OrderError("a silence ends within a year from now")
    story = stories.one_named(tx, asked.story) if asked.story else ""
    parts = (asked.watch, story, asked.feed, asked.outlet, asked.until.isoformat(), asked.created.isoformat())
    made = replace(asked, id=make_id("silence", *parts), story=story)
    silences.put(tx, made)
    return made


async def expire(store: Store, ref: str, *, now: datetime) -> Expired:
    """End a silence, whose id may be shortened; what it kept back is told. Raises OrderError."""
    ended, kept = await store.write(lambda tx: _expire(tx, ref, now))
    log.info("silence_expired", silence=ended.id, kept_back=kept)
    return Expired(id=ended.id, kept_back=kept)


def _expire(tx: Tx, ref: str, now: datetime) -> tuple[Silence, int]:
    found = _only(silences.named(tx, ref), ref, "silence")
    silences.expire(tx, found)
    return found, outbox.end_silence(tx, found, now=now)


async def resend(store: Store, ref: str, channels: Sequence[str], *, now: datetime, is_urgent: bool = False) -> Resent:
    """Send an alert again, or, with no `ref`, all that channels lost for good. Raises OrderError.

    ref: an alert's id, which may be shortened. is_urgent: what waits of it goes out too, but for what waits for another
    source: nobody has said yet that it is true.
    """
    done = await store.write(lambda tx: _resend(tx, ref, channels, now, is_urgent=is_urgent))
    log.info("deliveries_resent", alert=ref, channels=list(channels), deliveries=done.deliveries)
    return done


def _resend(tx: Tx, ref: str, channels: Sequence[str], now: datetime, *, is_urgent: bool) -> Resent:
    if not ref:
        return Resent(
            deliveries=outbox.resend(tx, alert=None, channels=channels, states=(DeliveryState.DEAD,), now=now)
        )
    found = _only(outbox.named(tx, ref), ref, "alert")
    count = outbox.release_early(tx, found, channels, now=now) if is_urgent else 0
    count += outbox.resend(tx, alert=found, channels=channels, states=AGAIN, now=now)
    waits = (each for each in outbox.waiting(tx, found) if each.channel in channels)
    return Resent(deliveries=count, waiting=tuple(map(_kept, waits)))


def _kept(status: DeliveryStatus) -> Kept:
    return Kept(channel=status.channel, wait=status.wait, until=status.next_at.isoformat(), digest=status.digest)


def _only(found: Sequence[T], ref: str, what: str) -> T:
    """Return the only thing that an id names. Raises OrderError."""
    if len(found) != 1:
        raise OrderError(f"{ref!r} names more than one {what}" if found else f"{ref!r} is the id of no {what}")
    return found[0]
