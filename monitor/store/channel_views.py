"""Channel views: how the deliveries of each channel stand. Only reads.

In:  a transaction.
Out: counts by state, the last answer, since when something waits.
Not here: one alert's deliveries (outbox.py), showing them (cli/).
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from monitor.model.delivery import DeliveryState
from monitor.store.engine import Tx
from monitor.store.outbox import STANDS, WITH_DIGEST, lost
from monitor.store.tables import DeliveryRow

_OPEN = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.RETRY, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStanding:
    """How one channel does."""

    deliveries: dict[str, int] = field(default_factory=dict)  # by state
    sent_at: datetime | None = None  # the newest that it took
    error: str | None = None  # its last answer to what still waits or was given up, without secrets
    lost: int = 0  # messages given up for good: a digest is one, whatever it tells


def standings(tx: Tx) -> dict[str, ChannelStanding]:
    """Return how each channel that ever had a delivery stands, by its name."""
    counted: dict[str, dict[str, int]] = {}
    grouped = select(DeliveryRow.channel, STANDS, func.count()).select_from(WITH_DIGEST)
    for row in tx.execute(grouped.group_by(DeliveryRow.channel, STANDS).order_by(STANDS)):
        counted.setdefault(row[0], {})[str(row[1])] = row[2]
    sent = select(DeliveryRow.channel, func.max(DeliveryRow.sent_at)).group_by(DeliveryRow.channel)
    last = {row[0]: row[1] for row in tx.execute(sent)}
    return {
        name: ChannelStanding(deliveries=states, sent_at=last[name], error=_last_error(tx, name), lost=lost(tx, name))
        for name, states in sorted(counted.items())
    }


def _last_error(tx: Tx, channel: str) -> str | None:
    """Return what the channel said last of a delivery that it has not taken."""
    is_its = (DeliveryRow.channel == channel) & DeliveryRow.error.is_not(None)
    is_its &= DeliveryRow.state.in_((*_OPEN, DeliveryState.DEAD))
    return tx.scalar(
        select(DeliveryRow.error).where(is_its).order_by(DeliveryRow.next_at.desc(), DeliveryRow.n).limit(1)
    )
