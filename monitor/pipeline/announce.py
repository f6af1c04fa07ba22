"""Announce: how an alert goes to its channels, decided in the transaction of the decision that caused it.

In:  a transaction, an operator's policy, what an alert is routed by.
Out: planned deliveries, and what they make of the decision.
Not here: the rules (alerting/policy.py), telling what waits together (gather.py), sending (dispatch.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from monitor.alerting.policy import (
    Standing,
    for_digest,
    group_of,
    kept_back,
    once_each,
    planned,
    silenced_by,
    standing,
    ways,
)
from monitor.alerting.quiet import quiet_until
from monitor.analysis.match import Matcher, MatchText
from monitor.model.article import Article
from monitor.model.delivery import Wait
from monitor.model.judgement import Alert, Confirmation, Decision, Outcome, Reason, Severity, SourceAlert
from monitor.model.routing import Facets, Planned, Policy, Route
from monitor.pipeline.cron import next_digest
from monitor.pipeline.desk import Desk
from monitor.store import confirmations, outbox, silences, stories
from monitor.store.engine import Tx

LEAST_CONFIRMED = 2  # independent sources, where a watch does not say how many it asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """How an alert goes out, and what that makes of the decision behind it."""

    plans: tuple[Planned, ...]
    standing: Standing


def consider(tx: Tx, policy: Policy, facets: Facets, *, now: datetime, is_context: bool = False) -> Announcement:
    """Return how an alert goes out that is made now. is_context: it tells of background only."""
    taken = ways(policy.route, facets)
    holding = silences.holding(tx, now=now)
    family = stories.family(tx, facets.story) if any(each.story for each in holding) and facets.story else ()
    silence = silenced_by(holding, facets, family, now)
    if silence is not None or is_context:
        wait = Wait.SILENCED if silence else Wait.CONTEXT
        plans = kept_back(policy, wait, now=now, next_at=next_digest, silence=silence, taken=taken)
        stands = standing(plans) if plans else Standing(outcome=Outcome.SILENCED, reason=Reason.SILENCE)
        if silence is not None:
            stands = replace(stands, note=_silenced(silence.id, silence.note, silence.until))
        return Announcement(plans=plans, standing=stands)
    plans = once_each(chain.from_iterable(_by_route(tx, policy, route, facets, now) for route in taken))
    return Announcement(plans=plans, standing=standing(plans))


def _silenced(name: str, note: str, until: datetime) -> str:
    why = f" ({note})" if note else ""
    return f"silence {name}{why} holds until {until:%Y-%m-%d %H:%M} UTC"


def _by_route(tx: Tx, policy: Policy, route: Route, facets: Facets, now: datetime) -> tuple[Planned, ...]:
    if route.digest is not None:
        return for_digest(policy, route, now=now, next_at=next_digest)
    if policy.includes(Wait.QUIET) and route.heeds_quiet and quiet_until(policy.quiets, now):
        return kept_back(policy, Wait.QUIET, now=now, next_at=next_digest, silence=None, taken=[])
    group = group_of(route, facets)
    return tuple(
        planned(
            policy,
            route,
            channel,
            outbox.traffic(tx, route.name, channel, feed=facets.feed, group=group, now=now),
            now=now,
            group=group,
        )
        for channel in route.to
    )


def waiting(policy: Policy, facets: Facets, *, until: datetime) -> tuple[Planned, ...]:
    """Return the deliveries of an alert that waits for another source: where it would go now."""
    return once_each(
        Planned(channel=channel, route=route.name, next_at=until, wait=Wait.CONFIRMATION)
        for route in ways(policy.route, facets)
        for channel in route.to
    )


def source_plans(tx: Tx, policy: Policy, alert: SourceAlert, *, now: datetime) -> tuple[Planned, ...]:
    """Return how an alert of a source goes out."""
    return consider(tx, policy, facets_of_source(alert), now=now).plans


def facets_of_source(alert: SourceAlert) -> Facets:
    """Return what an alert of a source is routed by."""
    return Facets(feed=alert.feed, is_source=True, state=str(alert.state))


def facets_of(alert: Alert, *, feed: str, outlet: str, language: str, outlets: int | None) -> Facets:
    """Return what an alert of a story is routed by.

    outlets: how many sources its watch asks for; None where it asks for none.
    """
    return Facets(
        watch=alert.watch,
        story=alert.story,
        feed=feed,
        outlet=outlet,
        language=language,
        severity=alert.severity,
        is_confirmed=alert.independent >= (outlets or LEAST_CONFIRMED)
        and alert.confirmation is not Confirmation.UNCONFIRMED,
    )


def settled(tx: Tx, desk: Desk, alert: Alert, *, now: datetime, note: str) -> bool:
    """Store how an alert that waits for a second source stands now; once its wait is over, how it goes out.

    note: what is added to the words of its decision. Returns whether its wait is over by that, and was not before.
    """
    if not confirmations.amend(tx, alert):
        return False
    if alert.confirmation is Confirmation.DROPPED:
        outbox.cancel(tx, alert.id, why=note)
        confirmations.settle(tx, alert, Outcome.HELD, note=note)
        return True
    came, watch = confirmations.origin(tx, alert), desk.watches.get(alert.watch)
    asked = watch.confirm.outlets if watch and watch.confirm else None
    facets = facets_of(alert, feed=came.feed, outlet=came.outlet, language=came.language, outlets=asked)
    announcement = consider(tx, desk.policy, facets, now=now)
    outbox.replan(tx, alert, announcement.plans, feed=came.feed)
    stands = announcement.standing
    confirmations.settle(tx, alert, stands.outcome, note="; ".join(filter(None, [note, stands.note])))
    return True


def announced(decision: Decision, stands: Standing) -> Decision:
    """Return a decision that would have alerted as its plan leaves it."""
    if stands.reason is None:
        return decision
    note = "; ".join(filter(None, [decision.note, stands.note]))
    return replace(decision, outcome=stands.outcome, reason=stands.reason, note=note)


def severity_of(alert: Alert, article: Article, rules: Matcher | None) -> Severity:
    """Return how much an alert matters: the first rule that its headline or a new sentence of it meets, gravest first.

    Background does not count: what an article repeats of earlier grave news makes it none.
    """
    if rules is None:
        return Severity.NORMAL
    body = "\n".join(quote.text for quote in alert.new)
    text = MatchText(
        text=f"{alert.headline}\n\n{body}",
        title_end=len(alert.headline),
        outlet=article.entry.outlet,
        language=article.language,
    )
    met = rules.match(text, lambda _: None).met
    return next((Severity(name) for name in met), Severity.NORMAL)
