"""Follow: what a later article makes of earlier alerts of its story.

In:  a transaction; an alert as it stands with the article.
Out: the alert changed while that can be; a short one where it was told as unconfirmed and is confirmed now.
Not here: who says the same (analysis/confirming.py), waits that end by themselves (lapse.py).
"""

from collections.abc import Sequence
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


def followed(tx: Tx, desk: Desk, alerts: Sequence[Alert], n: int, article: Article, *, now: datetime) -> list[Alert]:
    """Store alerts as they stand with the article of entry `n`; return what the reader is told by that.

    One that waited for another source goes out itself. One that waits for anything else goes out as it stands then.
    Of those that were told one short alert a story says that they are confirmed, once.
    """
    note = f"confirmed by {article.entry.outlet} ({article.entry.id})"
    told: list[Alert] = []
    confirmed: dict[str, list[Alert]] = {}
    for alert in alerts:
        was = confirmations.stands(tx, alert.id)
        if was is Confirmation.WAITING:
            told += [alert] if settled(tx, desk, alert, now=now, note=note) else []
        elif _is_confirmed(tx, alert, was, note):
            confirmed.setdefault(alert.story, []).append(alert)
    return told + [_told(tx, desk, each, n, article, now) for each in confirmed.values()]


def _is_confirmed(tx: Tx, alert: Alert, was: Confirmation | None, note: str) -> bool:
    """Store an alert that waits for no other source; return whether it was told as unconfirmed and is confirmed now."""
    is_unsent = confirmations.is_unsent(tx, alert.id)
    if was is Confirmation.DROPPED or (was in _DONE and not is_unsent):  # while this article was judged
        return False
    stands = alert.confirmation if alert.confirmation in _DONE else was
    confirmations.restate(tx, replace(alert, confirmation=stands))
    if stands is was:
        return False
    confirmations.settle(tx, alert, None, note=note)
    return not is_unsent


def _told(tx: Tx, desk: Desk, alerts: Sequence[Alert], n: int, article: Article, now: datetime) -> Alert:
    """Store and return the short alert that says who confirmed some that were told."""
    came, watch, story = confirmations.origin(tx, alerts[0]), desk.watches[alerts[0].watch], alerts[0].story
    told = confirming(alerts, article, revision=stories.alerts(tx, stories.family(tx, story)) + 1, now=now)
    asked = watch.confirm.outlets if watch.confirm else None
    facets = facets_of(told, feed=came.feed, outlet=came.outlet, language=came.language, outlets=asked)
    plans = consider(tx, desk.policy, facets, now=now).plans
    outbox.put(tx, n, told, plans, feed=came.feed)
    return told
