"""Follow: what a later article makes of earlier alerts of its story.

In:  a transaction; an alert as it stands with the article.
Out: the alert changed while that can be, or left to that of its corrected article; a short one where it was told as
     unconfirmed and is confirmed now.
Not here: who says the same (analysis/confirming.py), waits that end by themselves (lapse.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from monitor.alerting.compose import confirming, superseding
from monitor.model.article import Article, Entry
from monitor.model.judgement import Alert, Confirmation, Decision
from monitor.model.routing import Planned
from monitor.pipeline.announce import consider, facets_of, settled
from monitor.pipeline.desk import Desk
from monitor.store import confirmations, outbox, stories
from monitor.store.engine import Tx

NEVER: Final = datetime.max.replace(tzinfo=UTC)
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


def corrected(tx: Tx, decision: Decision, entry: Entry, plans: Sequence[Planned]) -> Decision:
    """Return a decision whose alert tells all that is new of a corrected article, where its earlier one is not sent."""
    alert = decision.alert
    earlier = _superseded(tx, alert, entry, plans) if alert is not None else None
    return decision if alert is None or earlier is None else replace(decision, alert=superseding(alert, earlier))


def withdraw(tx: Tx, alert: Alert, entry: Entry, plans: Sequence[Planned]) -> None:
    """Cancel the alert of an article's earlier version that nobody has heard: what still holds of it is in this one."""
    if earlier := _superseded(tx, alert, entry, plans):
        outbox.cancel(tx, earlier.id, why=f"corrected before it was told: see {alert.id}")


def _superseded(tx: Tx, alert: Alert, entry: Entry, plans: Sequence[Planned]) -> Alert | None:
    """Return the unsent alert of the version that is corrected, if this one comes no later wherever that one goes.

    Both came by one feed: another one may list the address of a page, and must not take back what that page said.
    """
    if alert.corrects is None or alert.confirmation is not None:
        return None
    earlier = confirmations.unsent_version(tx, alert)
    if earlier is None:
        return None
    came = confirmations.origin(tx, earlier)
    if (came.feed, came.outlet) != (entry.feed, entry.outlet):
        return None
    times = {plan.channel: plan.next_at for plan in plans}
    waits = outbox.waiting(tx, earlier.id)
    return earlier if all(times.get(each.channel, NEVER) <= each.next_at for each in waits) else None


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
