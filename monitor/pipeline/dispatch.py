"""Dispatch: from the outbox to the channels.

In:  deliveries whose time has come.
Out: sent, or when to try again; every attempt recorded before and after the network is touched.
Not here: what is said (alerting/), how a channel is spoken to (delivery/).
"""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from monitor.delivery.sender import Sender
from monitor.model.delivery import Delivery, DeliveryState, NotSent, Receipt, Sent, Unsure
from monitor.pipeline.desk import Desk
from monitor.store import outbox

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
GIVE_UP_AFTER: Final = timedelta(days=3)  # as long as mail queues keep trying, and not less than this many attempts:
LEAST_ATTEMPTS: Final = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of one delivery this time."""

    delivery: Delivery
    state: DeliveryState
    error: str | None
    has_trouble: bool  # it is the channel, not the message


async def dispatch_due(desk: Desk, *, everything: bool = False) -> tuple[Dispatched, ...]:
    """Send what is due: channels side by side, each in order; with `everything`, retries need not be due."""
    done = await asyncio.gather(*(dispatch(desk, channel, everything=everything) for channel in desk.channels))
    return tuple(one for each in done for one in each)


async def dispatch(
    desk: Desk, channel: str, *, everything: bool = False, may_go_on: Callable[[], bool] = lambda: True
) -> tuple[Dispatched, ...]:
    """Send what is due for one channel, in order, until all is sent, the channel has trouble, or `may_go_on` says no.

    A refusal of one message lets the next one try; no answer, or an answer that may be another one soon, puts all off.
    """
    now = desk.now()
    due = await desk.store.write(lambda tx: outbox.claim(tx, channel, now=now, lease=desk.lease, everything=everything))
    done: list[Dispatched] = []
    for place, delivery in enumerate(due):
        if not may_go_on():
            break  # what is left stays leased, and is free again at the next start
        sent = await _send(desk, delivery)
        done += [sent] if sent else []
        if sent and sent.has_trouble:
            following = desk.now() + _wait(delivery)
            await desk.store.write(lambda tx: outbox.put_off(tx, due[place + 1 :], next_at=following))  # noqa: B023
            break
    return tuple(done)


async def _send(desk: Desk, delivery: Delivery) -> Dispatched | None:
    started = desk.now()
    if not await desk.store.write(lambda tx: outbox.start(tx, delivery, now=started)):
        return None
    receipt = await _in_thread(desk.sender, delivery)
    now = desk.now()
    state, error = _state(receipt, delivery, now)
    following = now + _wait(delivery)
    await desk.store.write(lambda tx: outbox.finish(tx, delivery, state, now=now, next_at=following, error=error))
    say = log.info if state is DeliveryState.SENT else log.warning
    say("delivery_ended", key=delivery.key, channel=delivery.channel, state=str(state), error=error)
    is_final = isinstance(receipt, NotSent) and receipt.permanent
    has_trouble = state is not DeliveryState.SENT and not is_final
    return Dispatched(delivery=delivery, state=state, error=error, has_trouble=has_trouble)


async def _in_thread(sender: Sender, delivery: Delivery) -> Receipt:
    """Send on a thread of its own, one that does not hold up the program's end: what it leaves behind is unknown."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Receipt] = loop.create_future()

    def work() -> None:
        receipt = sender.send(delivery)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, ended, receipt)

    threading.Thread(target=work, name=f"send-{delivery.channel}", daemon=True).start()
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
        case NotSent(reason=reason):  # even a final refusal is asked again: whoever runs the channel may mend it
            return (DeliveryState.DEAD if is_old else DeliveryState.RETRY), reason
        case Unsure(reason=reason):
            return (DeliveryState.DEAD if is_old else DeliveryState.UNKNOWN), reason
        case _:
            assert_never(receipt)


def _wait(delivery: Delivery) -> timedelta:
    """Return how long until the next attempt: doubled each time, up to an hour, shifted by the delivery's own key."""
    wait = min(FIRST_WAIT * (1 << min(delivery.attempts, 10)), LONGEST_WAIT)
    return wait * random.Random(f"{delivery.key}{delivery.attempts}").uniform(0.8, 1.2)
