"""Lapse: what becomes of alerts that waited for another source in vain.

In:  a desk; alerts whose wait is over.
Out: those that are told now, marked; the others are dropped, or go on waiting, as their watch says.
Not here: confirming them (analysis/confirming.py, assess.py), sending (dispatch.py).
"""

from dataclasses import replace
from datetime import datetime

import structlog

from monitor.model.judgement import Alert, Confirmation
from monitor.model.watch import IfSingle
from monitor.pipeline.announce import settled
from monitor.pipeline.desk import Desk
from monitor.store import confirmations
from monitor.store.engine import Tx

log = structlog.get_logger()


async def lapse(desk: Desk) -> tuple[Alert, ...]:
    """Settle the alerts whose wait is over; return those that are told now, first one first."""
    now = desk.now()
    told = await desk.store.write(lambda tx: _settle(tx, desk, now))
    for alert in told:
        log.info("alert_released", alert=alert.id, watch=alert.watch, confirmation=str(alert.confirmation))
    return tuple(alert for alert in told if alert.confirmation is not Confirmation.DROPPED)


async def next_lapse(desk: Desk) -> datetime | None:
    """Return when the next wait is over; None where none will be."""
    return await desk.store.write(lambda tx: confirmations.next_end(tx, keeping=_keeping(desk)))


def _settle(tx: Tx, desk: Desk, now: datetime) -> list[Alert]:
    over = confirmations.waiting(tx, keeping=_keeping(desk), until=now)
    stand = [replace(alert, confirmation=_end(desk, alert)) for alert in over]
    return [alert for alert in stand if settled(tx, desk, alert, now=now, note="nobody confirmed it in time")]


def _end(desk: Desk, alert: Alert) -> Confirmation | None:
    """Return how an unconfirmed alert stands when its wait is over, by what its watch says now."""
    watch = desk.watches.get(alert.watch)
    if watch is None or watch.confirm is None:
        return None  # nobody asks for another source any more
    return Confirmation.DROPPED if watch.confirm.if_single is IfSingle.DROP else Confirmation.UNCONFIRMED


def _keeping(desk: Desk) -> tuple[str, ...]:
    watches = desk.watches.values()
    return tuple(each.name for each in watches if each.confirm and each.confirm.if_single is IfSingle.HOLD)
