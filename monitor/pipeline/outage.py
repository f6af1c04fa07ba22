"""Outage: what is told of sources, one or many: what fails together is one alert, and one when it is over.

In:  a transaction in which polls were stored, their feeds before and after.
Out: alerts of sources with their deliveries.
Not here: what a poll means for its feed (health.py), the words (alerting/sources.py).

Once a feed has been blind for long enough to be told of, those that fail like it are told of with it, for however short
a time: where this machine has no network, they would all follow within hours, one alert each.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.model.feed import SourceState
from monitor.model.feed_state import FeedState, Told
from monitor.model.ids import make_id
from monitor.model.judgement import SourceAlert
from monitor.model.routing import Policy
from monitor.pipeline.announce import source_plans
from monitor.pipeline.health import Verdict
from monitor.store import confirmations, outages, outbox
from monitor.store.engine import Tx
from monitor.store.outages import Tally

OVER: Final = 4  # at most one in so many of those asked still fails: the outage is over
LEAST: Final = 3  # feeds that fail, more than half of those asked: with fewer each is told of by itself
MOST_NAMED: Final = 20


def tell(tx: Tx, policy: Policy, polls: Sequence[tuple[FeedState, Verdict]], *, now: datetime) -> None:
    """Store what is told of the sources that were polled: each before, and as it is now."""
    alerts = [alert for _, verdict in polls for alert in verdict.alerts]
    down = {alert.feed: alert for alert in alerts if alert.state is SourceState.DOWN}
    for alert in alerts:
        if alert.feed not in down:
            _put(tx, policy, alert, now)
    for alert in down.values():
        _down(tx, policy, alert, down, now)
    answering = [before for before, verdict in polls if verdict.state.health.told is None]
    if any(before.health.told is Told.WITH_ALL for before in answering):
        _answers(tx, policy, Told.WITH_ALL, None, now)
    near = (before.name for before in answering if before.health.told is Told.WITH_HOST)
    for host in sorted({outages.host_of(tx, name) for name in near}):
        _answers(tx, policy, Told.WITH_HOST, host, now)


def _down(tx: Tx, policy: Policy, alert: SourceAlert, anew: Collection[str], now: datetime) -> None:
    """Tell that a feed is down: by itself, or with all that fail like it, of its host or of all."""
    if outages.told_now(tx, [alert.feed]).get(alert.feed) is not Told.DOWN:  # told of with others just now
        return
    if not (host := outages.host_of(tx, alert.feed)):  # a folder
        _put(tx, policy, alert, now)
        return
    for told, scope in ((Told.WITH_HOST, host), (Told.WITH_ALL, None)):
        if outages.is_open(tx, told, scope):  # it has been told: one more joins in silence
            outages.join(tx, told, scope, anew=anew)
            return
    every = outages.tally(tx, None, since=alert.since, anew=anew)
    near = outages.tally(tx, host, since=alert.since, anew=anew)
    if _is_outage(near) and (near.failing == every.failing or not _is_outage(every)):
        names = outages.join(tx, Told.WITH_HOST, host, anew=anew)
        alert = _of_several(alert, host, near, names, now)
    elif _is_outage(every):
        names = outages.join(tx, Told.WITH_ALL, None, anew=anew)
        alert = _of_several(alert, None, every, names, now)
    _put(tx, policy, alert, now)


def _is_outage(tally: Tally) -> bool:
    return tally.failing >= LEAST and 2 * tally.failing > tally.asked


def _answers(tx: Tx, policy: Policy, told: Told, host: str | None, now: datetime) -> None:
    """Tell that those that failed together answer again, once most of them do; the others count by themselves then."""
    down = outages.last(tx, _name(host))
    if down is None or down.state is SourceState.BACK:
        return
    tally = outages.tally(tx, host, since=down.since)
    if OVER * tally.failing > tally.asked:
        return
    names = outages.members(tx, told, host)
    outages.end(tx, told, host)
    answering = replace(tally, failing=tally.asked - tally.failing)
    back = replace(down, state=SourceState.BACK, reason="answer again")
    _put(tx, policy, _of_several(back, host, answering, names, now), now)


def _name(host: str | None) -> str:
    return "*" if host is None else f"*.{host}"


def _of_several(alert: SourceAlert, host: str | None, tally: Tally, names: Sequence[str], now: datetime) -> SourceAlert:
    """Return an alert on several feeds, like that on one of them. tally: `failing` counts those that it tells of."""
    name = _name(host)
    return replace(
        alert,
        id=make_id("source", name, alert.state, alert.since.isoformat()),
        feed=name,
        url=None,
        several=tally.failing,
        of=tally.feeds,
        named=tuple(names[:MOST_NAMED]),
        created=now,
    )


def _put(tx: Tx, policy: Policy, alert: SourceAlert, now: datetime) -> None:
    """Store an alert of a source; where the trouble was not told yet, its end is told by cancelling both."""
    if alert.state is SourceState.BACK:
        trouble = outages.last(tx, alert.feed)
        if trouble is not None and confirmations.is_unsent(tx, trouble.id):
            outbox.cancel(tx, trouble.id, why="it was over before it was told")
            return
    outbox.put_source(tx, alert, source_plans(tx, policy, alert, now=now))
