"""Telling: the alert that an article makes, if it makes one.

In:  a verdict on an article, and what the store knows that bears on it.
Out: an Alert: its quotes, who else says so, the values that changed, how far it is confirmed.
Not here: the verdict (analysis/judge.py), the alert's words (alerting/), its way to the channels (announce.py).
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from monitor.alerting.compose import Draft, compose
from monitor.analysis.claims import Statement, statements, supporters
from monitor.analysis.confirming import Heard
from monitor.analysis.contradictions import Speaker, claims_of, disputes, weighed
from monitor.analysis.judge import Verdict
from monitor.analysis.origins import carrier_of, independent
from monitor.analysis.salience import choose
from monitor.model.article import Article
from monitor.model.delivery import Wait
from monitor.model.embedding import Vector
from monitor.model.judgement import Alert, Change, Confirmation, Label, Novelty, Outcome, Reason, Relation
from monitor.model.watch import IfSingle, Mention, Watch
from monitor.pipeline.announce import severity_of
from monitor.pipeline.before import Before
from monitor.pipeline.desk import Desk


def alert_of(
    desk: Desk,
    article: Article,
    watch: Watch,
    before: Before,
    heard: Heard,
    verdict: Verdict,
    mentions: Sequence[Mention],
    vectors: dict[str, Vector],
    *,
    copy_of: str | None,
) -> Alert | None:
    """Return what an article tells, if it tells anything.

    copy_of: another's word that it copies: it is no source beside that.
    """
    is_context = _is_context(desk, verdict)
    if (verdict.outcome is not Outcome.ALERTED and not is_context) or verdict.novelty is None:
        return None
    quotes = _quotes(verdict.sentences, article.title)
    others = before.untold + heard.witnesses
    asked, day, scale = [quote.sentence for quote in quotes], article.date.date(), desk.scale_of(watch)
    said, rivals = (
        statements(asked, texts, vectors, article.language, on=day, scale=scale) for texts in (others, heard.others)
    )
    claims = supporters(said)
    same, own = {claim.entry for claim in claims}, carrier_of(article)
    carriers = [*(carrier for carrier in before.carriers if carrier.entry in same), own]
    count = independent([*carriers[:-1], replace(own, copy_of=copy_of)], originals=before.carriers)
    speaker = Speaker(carrier=own, language=article.language, date=article.date, carriers=before.carriers)
    changed = _changed(verdict.sentences, said + rivals, speaker)
    confirmation = None if is_context else _confirmation(watch, count)
    answers = _answers(changed, verdict.corrects, before.heard_of) if confirmation is Confirmation.WAITING else ()
    if answers:  # what the reader was told is in doubt now: that does not wait, what else the article says does
        confirmation = Confirmation.UNCONFIRMED
        if watch.confirm and watch.confirm.if_single is not IfSingle.SEND_MARKED:
            changed, quotes = answers, _in(answers, verdict.sentences)
    draft = Draft(
        article=article,
        watch=watch.name,
        story=before.placement.story.id,
        revision=before.alerts + 1,
        sentences=verdict.sentences,
        quotes=quotes,
        matched=[mention.text for mention in mentions],
        disguised=[mention.text for mention in mentions if mention.is_disguised],
        carriers=carriers,
        independent=count,
        changed=changed,
        claims=(*claims, *claims_of(changed, speaker)),
        confirmation=confirmation,
        novelty=verdict.novelty,
        threshold=verdict.threshold or 0.0,
        corrects=verdict.corrects,
    )
    alert = compose(draft, now=desk.now())
    return replace(alert, severity=severity_of(alert, article, desk.severities.get(watch.name)))


def _is_context(desk: Desk, verdict: Verdict) -> bool:
    """Return whether an article has new sentences that no more than a digest tells, and a digest that does."""
    return verdict.reason is Reason.BELOW_THRESHOLD and bool(desk.policy.includes(Wait.CONTEXT))


def _changed(judged: Sequence[Novelty], said: Sequence[Statement], speaker: Speaker) -> tuple[Change, ...]:
    """Return the values that differ from those told, and from what untold sources of the story say."""
    told = [change for each in judged if each.label in (Label.NEW, Label.UPDATE) for change in each.changes]
    return (*weighed(told, speaker), *disputes(said, speaker))


def _answers(changed: Iterable[Change], corrects: str | None, heard_of: AbstractSet[str]) -> tuple[Change, ...]:
    """Return the values that differ from what the reader was told: by another source, or before the page was edited."""
    return tuple(
        each
        for each in changed
        if each.before.source in heard_of and (each.relation is Relation.CONTRADICTS or each.before.source == corrects)
    )


def _in(answers: Iterable[Change], judged: Sequence[Novelty]) -> tuple[Novelty, ...]:
    """Return the sentences that give these values."""
    told = {each.sentence for each in answers}
    return tuple(each for each in judged if each.sentence in told)


def _confirmation(watch: Watch, count: int) -> Confirmation | None:
    if watch.confirm is None:
        return None
    return Confirmation.CONFIRMED if count >= watch.confirm.outlets else Confirmation.WAITING


def _quotes(judged: Sequence[Novelty], title: str) -> tuple[Novelty, ...]:
    """Return the sentences to quote: new or changed ones, the title only where nothing else is."""
    fresh = [each for each in judged if each.label in (Label.NEW, Label.UPDATE)]
    body = [each for each in fresh if each.sentence != title]
    return choose(body or fresh)
