"""Follow: what a later article makes of earlier alerts of its story.

In:  a transaction; an alert as it stands with the article.
Out: the alert changed while that can be; a short one where it was told as unconfirmed and is confirmed now.
Not here: who says the same (analysis/confirming.py), waits that end by themselves (lapse.py).
"""

from dataclasses import replace
from datetime import datetime

from monitor.alerting.compose import confirming
from monitor.model.article import Article
from monitor.model.judgement import Alert, Confirmation
from monitor.pipeline.announce import consider, facets_of, settled
from monitor.pipeline.desk import Desk
from monitor.store import confirmations, outbox, stories
from monitor.store.engine import Tx

_DONE = (None, Confirmation.CONFIRMED)  # no other source is asked for


def followed(tx: Tx, desk: Desk, alert: Alert, n: int, article: Article, *, now: datetime) -> Alert | None:
    """Store an alert as it stands with the article of entry `n`; return what the reader is told by that, if anything.

    One that waited for another source goes out itself. One that waits for anything else goes out as it stands then.
    One that was told stays what it was; that it is confirmed is told once, in its thread.
    """
    was, entry = confirmations.stands(tx, alert.id), article.entry
    note = f"confirmed by {entry.outlet} ({entry.id})"
    if was is Confirmation.WAITING:
        return alert if settled(tx, desk, alert, now=now, note=note) else None
    is_unsent = confirmations.is_unsent(tx, alert.id)
    if was is Confirmation.DROPPED or (was in _DONE and not is_unsent):  # while this article was judged
        return None
    stands = alert.confirmation if alert.confirmation in _DONE else was
    confirmations.restate(tx, replace(alert, confirmation=stands))
    if stands is was:
        return None
    confirmations.settle(tx, alert, None, note=note)
    return None if is_unsent else _told(tx, desk, alert, n, article, now)


def _told(tx: Tx, desk: Desk, alert: Alert, n: int, article: Article, now: datetime) -> Alert:
    """Store and return the short alert that says who confirmed one that was told."""
    came, watch = confirmations.origin(tx, alert), desk.watches[alert.watch]
    told = confirming(alert, article, revision=stories.alerts(tx, alert.story) + 1, now=now)
    asked = watch.confirm.outlets if watch.confirm else None
    facets = facets_of(told, feed=came.feed, outlet=came.outlet, language=came.language, outlets=asked)
    plans = consider(tx, desk.policy, facets, now=now).plans
    outbox.put(tx, n, told, plans, feed=came.feed)
    return told
