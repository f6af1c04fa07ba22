"""Gather: what waited together is told together.

In:  deliveries of one channel whose wait is over.
Out: one digest a bucket, as a delivery of its own; what is alone goes out by itself.
Not here: what waits, and until when (alerting/policy.py), sending (dispatch.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog

from monitor.alerting.collect import digest_of
from monitor.alerting.quiet import quiet_until
from monitor.model.delivery import Delivery, Digest, Wait
from monitor.model.judgement import Alert
from monitor.model.routing import Planned, Policy
from monitor.pipeline.cron import next_digest
from monitor.store import outbox
from monitor.store.engine import Tx
from monitor.store.outbox import ALONE, Waiting

BACKLOG_AGE: Final = timedelta(hours=1)  # what a dead channel kept longer than this is told together ...
BACKLOG_LEAST: Final = 4  # ... where it is more than a handful

log = structlog.get_logger()


def gather(tx: Tx, policy: Policy, channel: str, *, now: datetime, groups: bool = False) -> tuple[Digest, ...]:
    """Let everything go out whose wait is over, in digests where it is more than one. Returns those.

    groups: every group's wait counts as over.
    """
    quiet = quiet_until(policy.quiets, now)
    _mend_waits(tx, policy, channel, quiet[1] if quiet else now, now)
    hushed = [route.name for route in policy.nodes if route.heeds_quiet] if quiet else []
    over = sorted(outbox.gathered(tx, channel, now=now, groups=groups, hushed=hushed), key=_bucket)
    made = (_told(tx, policy, channel, list(members), now) for _, members in groupby(over, key=_bucket))
    return tuple(digest for digest in made if digest is not None)


def _mend_waits(tx: Tx, policy: Policy, channel: str, quiet_end: datetime, now: datetime) -> None:
    """Let nothing wait longer than to the end of quiet hours, or to the next digest, as these stand now.

    The clock may have been wrong when it was planned, or the hours may have been others.
    """
    for quiet in policy.quiets:
        outbox.bring_forward(tx, channel, f"quiet:{quiet.name}", to=quiet_end)
    for each in policy.schedules:
        if channel in each.to:
            outbox.bring_forward(tx, channel, f"digest:{each.name}", to=next_digest(each, now))


def _group_name(members: Sequence[Waiting]) -> str:
    """Return what a group is of: the watch of its first alert."""
    alert = members[0].alert
    return alert.watch if isinstance(alert, Alert) else ""


def _bucket(waiting: Waiting) -> str:
    return waiting.bucket


def _told(tx: Tx, policy: Policy, channel: str, members: Sequence[Waiting], now: datetime) -> Digest | None:
    first = members[0]
    if len(members) == 1 and first.wait in ALONE:
        outbox.release(tx, first.key, now=now)
        return None
    kind, _, name = first.bucket.partition(":")
    is_scheduled = kind == "digest"
    schedule = next((each for each in policy.schedules if is_scheduled and each.name == name), None)
    keys = [each.key for each in members]
    digest = digest_of(
        [(each.alert, each.wait) for each in members],
        why=Wait.SCHEDULE if is_scheduled else first.wait,
        name=_group_name(members) if first.wait is Wait.GROUP else name,
        channel=channel,
        of=max(each.planned_at for each in members).isoformat() if schedule else " ".join(keys),
        now=now,
        most=schedule.most if schedule else None,
    )
    if schedule and outbox.is_put(tx, digest.id):  # the clock was set back: this period had its digest
        outbox.wait_on(tx, keys, until=next_digest(schedule, max(each.planned_at for each in members)))
        return None
    plan = Planned(channel=channel, route=f"digest of {first.route}", next_at=now)
    outbox.put_digest(tx, digest, plan, keys)
    return digest


def fold(tx: Tx, channel: str, left: Sequence[Delivery], *, now: datetime) -> Digest | None:
    """Make one digest of what a channel kept waiting while it was dead; None where that is but a handful.

    left: claimed deliveries that are not sent yet, in order; they tell whether there is a backlog. One that may have
    arrived, or is a digest itself, stays by itself: its twin must have the same key.
    """
    old = [each for each in left if now - each.alert.created > BACKLOG_AGE and not isinstance(each.alert, Digest)]
    if len(old) < BACKLOG_LEAST:
        return None
    waiting = [(key, alert) for key, alert in outbox.unsent(tx, channel) if not isinstance(alert, Digest)]
    if not waiting:
        return None
    told, keys = [(alert, Wait.BACKLOG) for _, alert in waiting], [key for key, _ in waiting]
    digest = digest_of(told, why=Wait.BACKLOG, name=channel, channel=channel, of=" ".join(keys), now=now)
    plan = Planned(channel=channel, route="digest of a backlog", next_at=now)
    outbox.put_digest(tx, digest, plan, keys)
    return digest
