"""Compose: the alert that tells a reader what is new in an article.

In:  the article, its judged sentences, who says the same, how many of them are independent.
Out: Alert, frozen.
Not here: whether to speak (analysis/judge.py), how it looks in a channel (render.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.model.article import Article
from monitor.model.ids import make_id
from monitor.model.judgement import (
    Alert,
    Change,
    Claim,
    Confirmation,
    Known,
    KnownQuote,
    Label,
    Novelty,
    Quote,
    Severity,
)
from monitor.model.story import Carrier

MOST_MATCHES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an alert is made of."""

    article: Article
    watch: str
    story: str
    revision: int
    sentences: Sequence[Novelty]
    quotes: Sequence[Novelty]  # the new sentences to quote, most telling first
    matched: Sequence[str]
    carriers: Sequence[Carrier]  # who says what is new, first one first, this article the last
    independent: int  # of them (analysis/origins.py)
    novelty: float
    threshold: float
    changed: Sequence[Change] = ()  # values of the new sentences, quoted or not
    claims: Sequence[Claim] = ()  # of other articles
    confirmation: Confirmation | None = None
    disguised: Sequence[str] = ()  # of `matched`
    corrects: str | None = None  # an earlier version of the article


def compose(draft: Draft, *, now: datetime) -> Alert:
    """Return the alert of one article for one watch."""
    counted = [each for each in draft.sentences if each.label is not Label.NOISE]
    fresh = [each for each in counted if each.label in (Label.NEW, Label.UPDATE)]
    known = [each for each in counted if each.label is Label.KNOWN and each.sentence != draft.article.title]
    return Alert(
        id=make_id("alert", draft.watch, draft.story, str(draft.revision)),
        watch=draft.watch,
        story=draft.story,
        revision=draft.revision,
        headline=draft.article.title or draft.quotes[0].sentence,
        url=draft.article.entry.url,
        new=tuple(_quote(draft.article, each) for each in draft.quotes),
        known=tuple(KnownQuote(text=each.sentence, evidence=each.nearest) for each in known if each.nearest),
        changed=tuple(draft.changed),
        outlets=tuple(dict.fromkeys(carrier.outlet for carrier in draft.carriers if carrier.outlet)),
        independent=draft.independent,
        matched=tuple(dict.fromkeys(draft.matched))[:MOST_MATCHES],
        novelty=draft.novelty,
        threshold=draft.threshold,
        new_count=len(fresh),
        sentence_count=len(counted),
        created=now,
        corrects=draft.corrects,
        claims=tuple(draft.claims),
        confirmation=draft.confirmation,
        disguised=tuple(dict.fromkeys(draft.disguised))[:MOST_MATCHES],
    )


def confirming(alerts: Sequence[Alert], article: Article, *, revision: int, now: datetime) -> Alert:
    """Return the short alert that tells who confirmed some that were told as unconfirmed, by which sentences.

    alerts: of one story, as they stand with the article; it stands for the first of them.
    """
    alert, entry = alerts[0], article.entry
    quotes = {quote.text: quote for each in alerts for quote in each.new}
    claims = (claim for each in alerts for claim in each.claims if claim.entry == entry.id and claim.of in quotes)
    said = tuple(dict.fromkeys(claims))
    return replace(
        alert,
        id=make_id("alert", alert.watch, alert.story, str(revision)),
        revision=revision,
        url=entry.url,
        new=(),
        known=tuple(KnownQuote(text=each.text, evidence=_evidence(quotes[each.of])) for each in said),
        changed=(),
        claims=said,
        new_count=0,
        is_unsure=False,
        written=None,
        corrects=None,
        confirms=tuple(each.id for each in alerts),
        created=now,
    )


def superseding(alert: Alert, earlier: Alert) -> Alert:
    """Return the alert of a corrected article that tells also what its earlier version said first, and still says.

    earlier: the alert of that version, which nobody has heard.
    """
    still = {each.evidence.text for each in alert.known}
    taken = tuple(quote for quote in earlier.new if quote.text in still)
    said = {quote.text for quote in taken}
    claims = (claim for claim in earlier.claims if claim.of in said)
    return replace(
        alert,
        new=(*alert.new, *taken),
        known=tuple(each for each in alert.known if each.evidence.text not in said),
        changed=(*alert.changed, *(each for each in earlier.changed if each.sentence in still)),
        new_count=alert.new_count + len(taken),
        claims=(*alert.claims, *claims),
        severity=max(alert.severity, earlier.severity, key=list(Severity).index),
    )


def _evidence(quote: Quote) -> Known:
    return Known(text=quote.text, source=quote.entry, outlet=quote.outlet, date=quote.date)


def _quote(article: Article, novelty: Novelty) -> Quote:
    entry = article.entry
    return Quote(
        text=novelty.sentence,
        entry=entry.id,
        outlet=entry.outlet,
        date=article.date,
        url=entry.url,
        is_unsure=novelty.is_unsure,
    )
