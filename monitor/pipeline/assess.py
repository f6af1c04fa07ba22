"""Assess: from articles to decisions, and from decisions to alerts in the outbox.

In:  articles that were read, in the order in which their entries were first seen.
Out: one decision an article and watch; alert and deliveries in the same transaction.
Not here: what is new (analysis/), how an alert reads (alerting/), sending (dispatch.py).
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import structlog

from monitor.alerting.compose import Draft, compose
from monitor.analysis.claims import Statement, statements, supporters
from monitor.analysis.closeness import closeness
from monitor.analysis.confirming import Heard, Voice, hear, join, overheard
from monitor.analysis.contradictions import Speaker, claims_of, disputes, weighed
from monitor.analysis.copies import LEAST_SHARED, exact, fingerprint_of, is_telling, near, says_the_same
from monitor.analysis.judge import Case, Verdict, judge
from monitor.analysis.known import KnownSet, capped, joined, known_parts, sentences_of, stems_of, wordings
from monitor.analysis.match import MatchText, why_aside, why_met
from monitor.analysis.origins import carrier_of, independent
from monitor.analysis.salience import choose
from monitor.analysis.stories import WINDOW, Placement, leading, place, terms_of
from monitor.errors import MonitorError
from monitor.model.article import Article, Entry
from monitor.model.confirmation import Hearsay, Unvouched
from monitor.model.delivery import Wait
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import (
    Alert,
    Change,
    Confirmation,
    Copy,
    Decision,
    Duplicate,
    Label,
    Novelty,
    Outcome,
    Reason,
    Relation,
)
from monitor.model.routing import Planned
from monitor.model.story import Carrier
from monitor.model.watch import IfSingle, KnownText, Matches, Mention, Watch
from monitor.pipeline.announce import announced, consider, facets_of, severity_of, waiting
from monitor.pipeline.aside import Cleared, set_aside
from monitor.pipeline.baseline import baseline_of
from monitor.pipeline.desk import Baseline, Desk
from monitor.pipeline.follow import corrected, followed, withdraw
from monitor.pipeline.vectors import vectors_of
from monitor.pipeline.writing import with_words
from monitor.sources.cadence import next_turn
from monitor.store import confirmations, decisions, editions, entries, feeds, knowledge, outbox, stories, turns
from monitor.store.engine import Tx
from monitor.store.entries import Stored, StoredArticle
from monitor.text.fingerprint import sketch, text_hash
from monitor.text.language import UNKNOWN, detect

TOLD_FOR: Final = timedelta(days=90)  # what was told longer ago counts only within its own story
MOST_TOLD: Final = 60  # articles, the story's own first, then the newest
MOST_KNOWN: Final = 2_000  # sentences an article is held against, whatever the archive holds
MOST_UNTOLD: Final = 20
TAKES_ALONG: Final = 0.3  # of a text in an earlier one: it is of that one's story, whatever its other words say
MOST_UNVOUCHED: Final = 20  # alerts that wait, or waited in vain, for another source
BURST: Final = timedelta(hours=2)  # after an alert, in which its feed is polled more often
BATCH: Final = 64
MOST_ATTEMPTS: Final = 3  # at judging an article that makes the program fail

_Copied = tuple[Duplicate, StoredArticle]  # how an article repeats an earlier one, and which

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """An entry and what was decided about it, one decision a watch."""

    entry: Entry
    decisions: tuple[Decision, ...]
    problem: str | None = None  # what kept it from being judged
    released: tuple[Alert, ...] = ()  # those of earlier entries that waited for this one to confirm them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What the store knows that bears on an article for one watch."""

    placement: Placement
    own: tuple[KnownText, ...]  # what the reader said is known
    told: tuple[KnownText, ...]
    untold: tuple[KnownText, ...]  # of the same story: they may say the same, as evidence
    carriers: tuple[Carrier, ...]  # of the story: of all these texts, and of what they copied
    alerts: int
    hearsay: tuple[Hearsay, ...] = ()  # of `told`, where a watch asks for other sources
    unvouched: tuple[Unvouched, ...] = ()  # newest first
    unsent: tuple[Unvouched, ...] = ()  # of the same story: they go out as they stand then

    @property
    def heard_of(self) -> frozenset[str]:
        """Entries that the reader was told of, be it as unconfirmed."""
        marked = (each.text for each in self.unvouched if each.alert.confirmation is Confirmation.UNCONFIRMED)
        return frozenset(each.source for each in (*self.told, *marked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A decision, where its article belongs, and earlier alerts with what it says of them."""

    decision: Decision
    placement: Placement | None = None
    amended: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What was written of one entry, for the first time."""

    decisions: tuple[Decision, ...]
    released: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plain:
    """An article that no watch asks for, and the decision that says so."""

    stored: Stored
    cleared: Cleared
    decision: Decision


async def assess_waiting(desk: Desk) -> AsyncIterator[Assessed]:
    """Decide every article that waits, in turn: each that matches is judged by what those before it have told.

    Those that match nothing bear on no other one. Most are such: what follows on each other is written at once.
    """
    async for batch in _batches(desk):
        articles = await desk.store.write(lambda tx, batch=batch: entries.articles(tx, batch))  # type: ignore[misc]
        plain: list[_Plain] = []
        for stored in batch:
            article, assessed = articles[stored.n], None
            try:
                cleared, matches = await _sighted(desk, article)
                if not matches.met:
                    decision = _unmatched(desk, cleared.article, matches)
                    plain.append(_Plain(stored=stored, cleared=cleared, decision=decision))
                    continue
                assessed = await _assess(desk, stored, cleared, matches)
            except MonitorError:
                raise
            except Exception as exc:  # the worker loop's wall: one article never stops those behind it
                log.exception("assess_failed", entry=stored.entry.id)
                assessed = await _given_up(desk, stored, exc)
            for each in await _put_plain(desk, plain):
                yield each
            plain.clear()
            yield assessed
        for each in await _put_plain(desk, plain):
            yield each


async def _batches(desk: Desk) -> AsyncIterator[tuple[Stored, ...]]:
    """Claim what waits, in turn; what comes meanwhile comes after that."""
    while turn := await desk.store.write(lambda tx: turns.in_turn(tx, "read", now=desk.now())):
        for at in range(0, len(turn), BATCH):
            some, now = turn[at : at + BATCH], desk.now()
            batch = await desk.store.write(
                lambda tx, some=some, now=now: turns.claim(tx, some, "read", now=now, lease=desk.lease)  # type: ignore[misc]
            )
            if batch:
                yield batch


async def _put_plain(desk: Desk, plain: Sequence[_Plain]) -> list[Assessed]:
    """Write that some articles match nothing, in one transaction; twice equals once."""
    if not plain:
        return []
    fresh = await desk.store.write(lambda tx: _write_plain(tx, plain))
    return [
        _assessed(each.cleared.article, _Kept(decisions=(each.decision,) if each.stored.n in fresh else ()))
        for each in plain
    ]


def _write_plain(tx: Tx, plain: Sequence[_Plain]) -> frozenset[int]:
    """Write these decisions; return whose they are that were not decided before.

    Lines are remembered also where nothing but them was the match.
    """
    fresh = entries.close_all(tx, [each.stored.n for each in plain])
    mine = [each for each in plain if each.stored.n in fresh]
    decisions.put_plain(tx, [(each.stored.n, each.decision) for each in mine])
    for each in mine:
        each.cleared.put(tx, each.stored.n)
    return fresh


async def _sighted(desk: Desk, article: Article) -> tuple[Cleared, Matches]:
    """Return what an article matches; of one that does, in its language and without the lines that are no part of it.

    Most articles match nothing, and are spared the rest.
    """
    if desk.asks_language:
        article = _in_its_language(desk, article)
    matches = _matches(desk, article)
    if not matches.met:
        return Cleared(article=article), matches
    cleared = await set_aside(desk, _in_its_language(desk, article))
    return cleared, _matches(desk, cleared.article)


def _in_its_language(desk: Desk, article: Article) -> Article:
    """Return an article in the language that its feed gives it, else in the one it is written in."""
    if article.entry.language:
        return article
    feed = desk.feeds.get(article.entry.feed)  # it may have been removed meanwhile
    found = detect(f"{article.title}\n{article.body}", feed.languages if feed else ())
    return article if found == UNKNOWN else replace(article, language=found)


async def _assess(desk: Desk, stored: Stored, cleared: Cleared, matches: Matches) -> Assessed:
    """Decide one article for every watch that it matches, and record why."""
    article = cleared.article
    found = [await _decide(desk, stored.n, article, desk.watches[name], met) for name, met in matches.met.items()]
    found = [
        replace(each, decision=await with_words(each.decision, article.language, writer=desk.writer)) for each in found
    ]
    return _assessed(article, await desk.store.write(lambda tx: _write(tx, desk, stored, found, cleared)))


def _assessed(article: Article, kept: _Kept) -> Assessed:
    for each in kept.decisions:
        log.info(
            "entry_decided", entry=each.entry, watch=each.watch, outcome=str(each.outcome), reason=str(each.reason)
        )
    for alert in kept.released:
        log.info("alert_released", alert=alert.id, watch=alert.watch, confirmation=str(alert.confirmation))
    # A page file has no listing that names it: its own title stands for it.
    entry = replace(article.entry, title=article.entry.title or article.title)
    return Assessed(entry=entry, decisions=kept.decisions, released=kept.released)


async def _given_up(desk: Desk, stored: Stored, exc: Exception) -> Assessed:
    """Leave an article that a fault of ours keeps from being judged for another time, the third time for good."""
    problem = f"entry {stored.entry.id}: unforeseen {type(exc).__name__} while judging: {exc}"
    if stored.attempts < MOST_ATTEMPTS:
        return Assessed(entry=stored.entry, decisions=(), problem=problem)
    decision = Decision(
        entry=stored.entry.id,
        watch=None,
        outcome=Outcome.UNREADABLE,
        reason=Reason.NOT_JUDGED,
        note=problem,
        at=desk.now(),
    )
    kept = await desk.store.write(lambda tx: _write(tx, desk, stored, [_Found(decision=decision)]))
    return Assessed(entry=stored.entry, decisions=kept.decisions, problem=problem)


def _matches(desk: Desk, article: Article) -> Matches:
    """Return the watches an article matches, and what does not count; one without any text matches none."""
    if _is_unreadable(article):
        return Matches(met={}, aside={})
    text = MatchText(
        text=f"{article.title}\n\n{article.body}",
        title_end=len(article.title),
        outlet=article.entry.outlet,
        language=article.language,
    )
    return desk.matcher.match(text, lambda watch: _closeness(desk, article, watch))


def _closeness(desk: Desk, article: Article, watch: str) -> float | None:
    return closeness(_in_its_language(desk, article), desk.baselines[watch].middle)


def _is_unreadable(article: Article) -> bool:
    """Whether there is nothing to judge: no text, and no headline that was listed and could speak for it."""
    return not article.text and not article.entry.title


def _unmatched(desk: Desk, article: Article, matches: Matches) -> Decision:
    if _is_unreadable(article):
        outcome, reason, note = Outcome.UNREADABLE, Reason.NO_TEXT, article.problem or "there is no text"
    else:
        outcome, reason, note = Outcome.UNMATCHED, Reason.NO_MATCH, why_aside(matches) or "no watch asks for it"
    return Decision(entry=article.entry.id, watch=None, outcome=outcome, reason=reason, note=note, at=desk.now())


def _duplicate(tx: Tx, n: int, article: Article, watch: str) -> _Copied | None:
    """Return how an article repeats an earlier one that this watch judged, and which: by address, text, shared runs.

    Of the versions at its own address only the last one counts: what is set back to an earlier one is no copy of that.
    """
    keys = {key for key in (article.entry.url_key, article.canonical_key) if key}
    versions = entries.judged(tx, editions.at_address(tx, article.entry) - {n}, watch)
    but = {n, *versions[:-1]}
    earlier = entries.with_address(tx, keys, but=n, watch=watch)
    if versions:
        earlier = StoredArticle(n=versions[-1], article=entries.article(tx, versions[-1]))
    if earlier and says_the_same(article, earlier.article):
        return _placed(exact(Copy.SAME_URL, article, earlier.article), [earlier])
    earlier = entries.with_text_hash(tx, text_hash(article.text or article.title), but=but, watch=watch)
    if earlier and is_telling(article, earlier.article):
        return _placed(exact(Copy.SAME_TEXT, article, earlier.article), [earlier])
    sharing = entries.sharing(tx, sketch(fingerprint_of(article)), but=n, at_least=LEAST_SHARED)
    found = {each.n: each for each in sharing if each.n not in but}
    candidates = [found[place] for place in entries.judged(tx, found, watch)]
    return _placed(near(article, [each.article for each in candidates]), candidates)


def _placed(duplicate: Duplicate | None, candidates: Iterable[StoredArticle]) -> _Copied | None:
    if duplicate is None:
        return None
    return duplicate, next(each for each in candidates if each.article.entry.id == duplicate.of)


async def _decide(desk: Desk, n: int, article: Article, watch: Watch, mentions: Sequence[Mention]) -> _Found:
    copy, before = await desk.store.write(lambda tx: _looked_up(tx, desk, n, article, watch))
    baseline = await baseline_of(desk, watch)
    unvouched = (*(each.text for each in before.unvouched), *(each.text for each in before.hearsay))
    vectors = await _vectors(desk, watch, article, before.own + before.told + before.untold + unvouched)
    heard = _hear(desk, article, watch, before, vectors, copy[0] if copy else None)
    silencing = None if copy and heard.is_anothers(copy[0].of) else copy
    known, told_from = _known(baseline, before, heard, vectors, article, desk.scale_of(watch))
    verdict = judge(
        Case(
            article=article,
            known=known,
            told_from=told_from,
            vectors=vectors,
            duplicate=silencing[0] if silencing else None,
            original=silencing[1].article if silencing else None,
            novelty_min=watch.novelty_min,
        )
    )
    matched = tuple(dict.fromkeys(mention.text for mention in mentions))
    copy_of = copy[0].of if copy and not silencing else None
    alert = _alert(desk, article, watch, before, heard, verdict, mentions, vectors, copy_of=copy_of)
    outcome, reason, note = _by_sources(watch, alert) or (verdict.outcome, verdict.reason, "")
    is_unsure = any(each.is_unsure for each in verdict.sentences)
    doubts = _doubts(desk, watch, known, vectors, is_unsure=is_unsure)
    decision = Decision(
        entry=article.entry.id,
        watch=watch.name,
        outcome=outcome,
        reason=reason,
        story=before.placement.story.id,
        duplicate=copy[0] if copy else None,
        novelty=verdict.novelty,
        threshold=verdict.threshold,
        matched=matched,
        sentences=verdict.sentences,
        alert=replace(alert, is_unsure=is_unsure) if alert else None,
        note="; ".join(filter(None, [verdict.note, note, *doubts, *why_met(mentions)])),
        at=desk.now(),
    )
    return _Found(decision=decision, placement=before.placement, amended=heard.amended)


def _looked_up(tx: Tx, desk: Desk, n: int, article: Article, watch: Watch) -> tuple[_Copied | None, _Before]:
    """Return how an article repeats an earlier one, and what the store knows that bears on it."""
    copy = _duplicate(tx, n, article, watch.name)
    return copy, _before(tx, desk, article, watch, copy)


def _hear(
    desk: Desk,
    article: Article,
    watch: Watch,
    before: _Before,
    vectors: dict[str, Vector],
    duplicate: Duplicate | None,
) -> Heard:
    """Return what an article makes of alerts that too few sources speak for, or that are not sent yet."""
    if not before.unvouched and not before.unsent and not before.hearsay:
        return Heard()
    entry = article.entry
    text = KnownText(
        source=entry.id,
        title=article.title,
        text=article.body,
        language=article.language,
        date=article.date,
        outlet=entry.outlet,
    )
    own = carrier_of(article, copy_of=duplicate.of if duplicate else None)
    scale = desk.scale_of(watch)
    voice = Voice(carrier=own, text=text, vectors=vectors, carriers=before.carriers, scale=scale)
    joined_by = join(voice, before.unsent)
    if watch.confirm is None:
        return Heard(amended=joined_by)
    heard, said = hear(voice, before.unvouched, watch.confirm), overheard(voice, before.hearsay, watch.confirm)
    return replace(
        heard,
        known=heard.known + said.known,
        witnesses=heard.witnesses + said.witnesses,
        amended=(*heard.amended, *joined_by),
    )


def _by_sources(watch: Watch, alert: Alert | None) -> tuple[Outcome, Reason, str] | None:
    """Return what becomes of an article whose alert too few sources speak for; None where they are enough."""
    if alert is None or watch.confirm is None or alert.confirmation in (None, Confirmation.CONFIRMED):
        return None
    note = f"{alert.independent} of {watch.confirm.outlets} independent sources"
    if alert.confirmation is Confirmation.WAITING:
        return Outcome.HELD, Reason.ONE_SOURCE, note
    return Outcome.ALERTED, Reason.UNCONFIRMED, f"{note}; sent at once: it differs from what was told"


def _before(tx: Tx, desk: Desk, article: Article, watch: Watch, copy: _Copied | None) -> _Before:
    now, name, asks = desk.now(), watch.name, watch.confirm is not None
    own = stories.of_entry(tx, copy[1].n, name) if copy and copy[0].containment >= TAKES_ALONG else None
    placement = _placement(tx, article, name, own, now)
    story, since = placement.story.id, now - TOLD_FOR
    family = stories.family(tx, story)
    unvouched = confirmations.unvouched(tx, name, family=family, since=since, limit=MOST_UNVOUCHED) if asks else ()
    told, hearsay = decisions.told(tx, name, family=family, since=since, limit=MOST_TOLD, asks=asks, at_hand=desk.texts)
    untold = decisions.untold(tx, name, family=family, limit=MOST_UNTOLD, at_hand=desk.texts)
    unsent = confirmations.unsent(tx, name, family=family, limit=MOST_UNVOUCHED)
    named = [each.source for each in (*told, *untold)] + ([copy[0].of] if copy else [])
    named += [each.text.source for each in hearsay]
    named += [each.carrier.entry for each in (*unvouched, *unsent)]
    named += [claim.entry for each in (*unvouched, *unsent) for claim in each.alert.claims]
    return _Before(
        placement=placement,
        own=knowledge.texts(tx, name),
        told=told,
        hearsay=hearsay,
        untold=untold,
        carriers=stories.carriers_of(tx, name, family, named),
        alerts=stories.alerts(tx, family),
        unvouched=unvouched,
        unsent=unsent,
    )


def _placement(tx: Tx, article: Article, watch: str, own: str | None, now: datetime) -> Placement:
    terms = terms_of(article)
    spread = stories.spread(tx, watch, terms)
    telling = {term: terms[term] * spread.rarity(term) for term in leading(terms, spread)}
    found = {story.id: story for story in stories.having(tx, watch, telling, since=now - WINDOW)}
    if own is not None and own not in found and (story := stories.get(tx, own)) is not None:
        found[own] = story
    theirs = {term for story in found.values() for term in story.terms}
    others = stories.spread(tx, watch, theirs.difference(terms))
    spread = replace(spread, holders={**spread.holders, **others.holders})
    return place(article, terms, tuple(found.values()), watch, spread=spread, now=now, of=own)


async def _vectors(desk: Desk, watch: Watch, article: Article, told: Sequence[KnownText]) -> dict[str, Vector]:
    """Return the vectors of everything that is compared, but for the baseline, which has its own."""
    embedder = desk.embedder_of(watch)
    if embedder is None:
        return {}
    own = sentences_of(article.title, article.body, article.language)
    wanted = [*chain.from_iterable(map(wordings, told)), *(sentence for sentence, is_noise in own if not is_noise)]
    return dict(await vectors_of(wanted, embedder=embedder, store=desk.store, at_hand=desk.vectors))


def _doubts(
    desk: Desk, watch: Watch, known: KnownSet, vectors: Mapping[str, Vector], *, is_unsure: bool
) -> Iterator[str]:
    """Yield what makes a verdict less sure than others."""
    if known.sentences and not vectors and desk.embedder_of(watch) is not None:
        yield "its embedder failed: words alone were compared"
    if is_unsure:
        yield "most of what is known is in other languages, and words alone were compared: it may be known"


def _known(
    baseline: Baseline, before: _Before, heard: Heard, vectors: dict[str, Vector], article: Article, scale: Scale
) -> tuple[KnownSet, int]:
    """Return what the reader knows, and from which sentence on it was told.

    First what that reader said, then the baseline, then what was told.
    """
    stems = stems_of(article.title, article.body, article.language, vectors, article.date.date())
    own = capped(known_parts(before.own, vectors, most=MOST_KNOWN) + baseline.parts, MOST_KNOWN)
    told_from = sum(len(part.sentences) for part in own)
    fresh = known_parts(before.told + heard.known, vectors, most=max(MOST_KNOWN - told_from, MOST_KNOWN // 2))
    known = joined(own + fresh, stems=stems, scale=scale)
    return known if vectors else replace(known, matrix=None), told_from  # the embedder may have failed


def _alert(
    desk: Desk,
    article: Article,
    watch: Watch,
    before: _Before,
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
    said, rivals = (
        statements(
            [quote.sentence for quote in quotes],
            texts,
            vectors,
            article.language,
            on=article.date.date(),
            scale=desk.scale_of(watch),
        )
        for texts in (others, heard.others)
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
            changed, told = answers, {each.sentence for each in answers}
            quotes = tuple(each for each in verdict.sentences if each.sentence in told)
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


def _confirmation(watch: Watch, count: int) -> Confirmation | None:
    if watch.confirm is None:
        return None
    return Confirmation.CONFIRMED if count >= watch.confirm.outlets else Confirmation.WAITING


def _quotes(judged: Sequence[Novelty], title: str) -> tuple[Novelty, ...]:
    """Return the sentences to quote: new or changed ones, the title only where nothing else is."""
    fresh = [each for each in judged if each.label in (Label.NEW, Label.UPDATE)]
    body = [each for each in fresh if each.sentence != title]
    return choose(body or fresh)


def _write(tx: Tx, desk: Desk, stored: Stored, found: Iterable[_Found], cleared: Cleared | None = None) -> _Kept:
    """Write all decisions on an entry, their stories, alerts and deliveries, and close the entry; twice equals once."""
    n, kept, released = stored.n, [], []
    for each in found:
        placement = each.placement
        if placement is not None:
            stories.ensure(tx, placement.story)
        decision, plans = _announced(tx, desk, each.decision, cleared)
        if decisions.put(tx, n, decision):
            kept.append(decision)
            if placement is not None:
                stories.put(tx, placement.story, close_before=decision.at - WINDOW)
            if decision.alert is not None:
                held_until = _held_until(desk, decision)
                outbox.put(tx, n, decision.alert, plans, feed=stored.entry.feed, held_until=held_until)
                withdraw(tx, decision.alert, stored.entry, plans)
                _hurry(tx, desk, stored.entry.feed, decision.at)
            if cleared is not None:
                released += followed(tx, desk, each.amended, n, cleared.article, now=decision.at)
    if cleared is not None:
        named, prints = carrier_of(cleared.article).credits, sketch(fingerprint_of(cleared.article))
        entries.put_prints(tx, n, cleared.article, sketch=prints, credited=named)
        cleared.put(tx, n)
    entries.close(tx, n)
    return _Kept(decisions=tuple(kept), released=tuple(released))


def _announced(tx: Tx, desk: Desk, decision: Decision, cleared: Cleared | None) -> tuple[Decision, tuple[Planned, ...]]:
    """Return a decision as its alert's way to the channels leaves it, and that way."""
    alert = decision.alert
    if alert is None or cleared is None:
        return decision, ()
    article, asked = cleared.article, desk.watches[alert.watch].confirm
    facets = facets_of(
        alert,
        feed=article.entry.feed,
        outlet=article.entry.outlet,
        language=article.language,
        outlets=asked.outlets if asked else None,
    )
    until = _held_until(desk, decision)
    if until is not None:
        return decision, waiting(desk.policy, facets, until=until)
    found = consider(tx, desk.policy, facets, now=decision.at, is_context=decision.reason is Reason.BELOW_THRESHOLD)
    return corrected(tx, announced(decision, found.standing), article.entry, found.plans), found.plans


def _held_until(desk: Desk, decision: Decision) -> datetime | None:
    """Return until when the alert of a decision waits for another source; None where it does not."""
    asked = desk.watches[decision.watch].confirm if decision.watch else None
    return decision.at + asked.wait if asked and decision.outcome is Outcome.HELD else None


def _hurry(tx: Tx, desk: Desk, name: str, now: datetime) -> None:
    """Poll a feed that brought an alert more often for a while, from now on: its next turn may be an hour away."""
    state, feed = feeds.note_burst(tx, name, until=now + BURST), desk.feeds.get(name)
    if state is None or feed is None:
        return
    turn = next_turn(feed, state, now=now)
    if turn.at < state.next_at:
        feeds.respread(tx, {name: turn.at}, turn.why)
