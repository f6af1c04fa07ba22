"""Channels: one sender for all of them, each spoken to in its own way.

In:  the configured channels; one Delivery at a time, from several threads at once.
Out: a Receipt, in bounded time, without secrets.
Not here: when to send again (pipeline/), the ways themselves (apprise_door.py, webhook.py, feed_file.py).

Nothing is loaded before the first send: loading Apprise takes longer than everything else at start. What one channel
waits for holds up no other: each has a lock of its own, taken within the limit of its send.
"""

import threading
from collections.abc import Sequence
from typing import Final, assert_never

from monitor.delivery.bounded import Carrier, send_within
from monitor.model.delivery import Channel, ChannelKind, Delivery, NotSent, Receipt

SEND_LIMIT_S: Final = 30.0


class ChannelSender:
    """Carries deliveries to the configured channels."""

    def __init__(self, channels: Sequence[Channel], *, limit_s: float = SEND_LIMIT_S) -> None:
        """Take the channels; nothing is loaded or checked before the first send.

        limit_s: how long one send may take, seconds.
        """
        self._stops = {channel.name: _Stop(channel, limit_s=limit_s) for channel in channels}

    def send(self, delivery: Delivery) -> Receipt:
        """Send and say what became of it, within the limit."""
        stop = self._stops.get(delivery.channel)
        if stop is None:
            return NotSent(reason=f"no channel is called {delivery.channel}", permanent=True)
        return stop.send(delivery)


class _Stop:
    """One channel, and its carrier once there is one."""

    def __init__(self, channel: Channel, *, limit_s: float) -> None:
        self._channel = channel
        self._limit_s = limit_s
        self._carrier: Carrier | None = None
        self._loading = threading.Lock()

    def send(self, delivery: Delivery) -> Receipt:
        return send_within(self._limit_s, self._channel, self._ready, delivery)

    def _ready(self) -> Carrier | NotSent:
        if not self._loading.acquire(timeout=self._limit_s):
            return NotSent(reason="the channel is still being set up")
        try:
            if self._carrier is None:
                made = carrier_of(self._channel, limit_s=self._limit_s)
                if isinstance(made, NotSent):
                    return made
                self._carrier = made
            return self._carrier
        finally:
            self._loading.release()


def carrier_of(channel: Channel, *, limit_s: float = SEND_LIMIT_S) -> Carrier | NotSent:
    """Return what speaks to the channel, or why nothing can."""
    match channel.kind:
        case ChannelKind.APPRISE:
            from monitor.delivery.apprise_door import apprise_carrier

            return apprise_carrier(channel, limit_s=limit_s)
        case ChannelKind.WEBHOOK:
            from monitor.delivery.webhook import Webhook

            return Webhook(channel, limit_s=limit_s)
        case ChannelKind.FEED:
            from monitor.delivery.feed_file import FeedFile

            return FeedFile(channel)
        case _:
            assert_never(channel.kind)


def fault_of(channel: Channel) -> str | None:
    """Return what is wrong with a channel, as a sentence without its secrets, or None; nothing is sent."""
    made = carrier_of(channel)
    return made.reason if isinstance(made, NotSent) else None
