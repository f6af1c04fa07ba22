"""Bounded: runs one send in another thread, watched, for no longer than its limit.

In:  a channel's carrier, a Delivery, the limit.
Out: a Receipt, without secrets in its reason.
Not here: how a channel is spoken to (apprise_door.py, webhook.py, feed_file.py).
"""

import contextvars
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from monitor.delivery.scrub import scrub, secrets_of
from monitor.delivery.threads import Threads
from monitor.delivery.wire import PrivateAddressError, Wire, watched
from monitor.model.delivery import Channel, Delivery, NotSent, Receipt, Sent, Unsure

_THREADS: Final = Threads("send")


class Carrier(Protocol):
    """One channel, ready to be spoken to."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no reason, longest first."""
        ...

    def carry(self, delivery: Delivery, wire: Wire) -> Receipt:
        """Hand the delivery over; may raise whatever a library raises."""
        ...


def send_within(
    limit_s: float, channel: Channel, ready: Callable[[], Carrier | NotSent], delivery: Delivery
) -> Receipt:
    """Send once and wait no longer than the limit.

    ready: gives the channel's carrier, or why there is none; making one may take time too.
    A thread cannot be killed; one that is given up has its connections cut, and can no longer begin.
    """
    wire = Wire(allow_private=channel.allow_private)
    box: list[Receipt] = []
    context, is_done = contextvars.copy_context(), threading.Event()

    def work() -> None:
        try:
            box.append(context.run(_attempt, channel, ready, delivery, wire))
        finally:
            is_done.set()

    _THREADS.run(work)
    is_done.wait(limit_s)
    if box:
        return box[0]
    may_have_arrived = wire.give_up()
    reason = f"no answer within {limit_s:g} s"
    return Unsure(reason=reason) if may_have_arrived else NotSent(reason=reason)


def _attempt(channel: Channel, ready: Callable[[], Carrier | NotSent], delivery: Delivery, wire: Wire) -> Receipt:
    try:
        carrier = ready()
    except Exception as exc:  # noqa: BLE001 - the wall, too: setting a channel up runs the library's code
        return scrubbed(NotSent(reason=f"{type(exc).__name__}: {exc}"), secrets_of(channel.url))
    if isinstance(carrier, NotSent):
        return carrier
    return scrubbed(_carried(carrier, channel, delivery, wire), carrier.secrets)


def _carried(carrier: Carrier, channel: Channel, delivery: Delivery, wire: Wire) -> Receipt:
    """Carry. The wall around a library of 130 services: what it raises is told, never lost."""
    try:
        with watched(wire):
            receipt = carrier.carry(delivery, wire)
    except PrivateAddressError:
        return _blocked(channel, wire)
    except Exception as exc:  # noqa: BLE001 - the wall: a plugin may raise anything
        reason = f"{type(exc).__name__}: {exc}"
        return Unsure(reason=reason) if wire.may_have_arrived else NotSent(reason=reason)
    return receipt if isinstance(receipt, Sent) or not wire.refused else _blocked(channel, wire)


def _blocked(channel: Channel, wire: Wire) -> NotSent:
    advice = "set allow_private: true for this channel to allow it"
    return NotSent(reason=f"channel {channel.name}: {wire.refused}; {advice}")


def scrubbed(receipt: Receipt, secrets: tuple[str, ...]) -> Receipt:
    """Return the receipt with every secret masked in what it says."""
    if isinstance(receipt, Sent):
        return replace(receipt, note=scrub(receipt.note, secrets)) if receipt.note else receipt
    return replace(receipt, reason=scrub(receipt.reason, secrets))
