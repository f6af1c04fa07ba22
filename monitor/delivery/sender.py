"""Sender: the door through which deliveries leave.

In:  a Delivery, claimed by the outbox.
Out: a Receipt: sent, not sent, or unsure.
Not here: when to send again (pipeline), how a channel is spoken to (apprise_door.py).
"""

from typing import Protocol

from monitor.model.delivery import Delivery, Receipt, Sent


class Sender(Protocol):
    """Carries one delivery to its channel. May be called from several threads at once."""

    def send(self, delivery: Delivery) -> Receipt:
        """Send and say what became of it; never raises for what a channel does."""
        ...


class RecordingSender:
    """Keeps every delivery and sends none: what `replay` uses."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def send(self, delivery: Delivery) -> Receipt:
        """Keep the delivery as if its channel had taken it."""
        self.deliveries.append(delivery)
        return Sent()
