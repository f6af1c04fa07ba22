"""Assess: from articles to decisions, and from decisions to alerts in the outbox.

In:  articles that were read, in the order in which their entries were first seen.
Out: one decision an article and watch; alert and deliveries in the same transaction.
Not here: what is new (analysis/), how an alert reads (alerting/), sending (dispatch.py).
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from monitor.alerting.compose import Draft, compose
from monitor.analysis.claims import supporters
from monitor.analysis.closeness import closeness
from monitor.analysis.copies import LEAST_SHARED, exact, fingerprint_of, is_telling, near, says_the_same
from monitor.analysis.judge import Case, Verdict, judge
from monitor.analysis.known import KnownSet, joined, known_parts, sentences_of, stems_of
from monitor.analysis.match import MatchText, why_aside, why_met
from monitor.analysis.salience import choose
from monitor.analysis.stories import WINDOW, Placement, leading, place, terms_of
from monitor.errors import MonitorError
from monitor.model.article import Article, Entry
from monitor.model.embedding import Vector
from monitor.model.judgement import Alert, Copy, Decision, Duplicate, Label, Novelty, Outcome, Reason
from monitor.model.story import Carrier
from monitor.model.watch import KnownText, Matches, Mention, Watch
from monitor.pipeline.aside import Cleared, set_aside
from monitor.pipeline.desk import MOST_KNOWN, Baseline, Desk
from monitor.pipeline.vectors import vectors_of
from monitor.sources.cadence import next_turn
from monitor.store import decisions, entries, feeds, outbox, stories
from monitor.store.engine import Tx
from monitor.store.entries import Stored, StoredArticle
from monitor.text.fingerprint import sketch, text_hash
from monitor.text.language import UNKNOWN, detect

TOLD_FOR: Final = timedelta(days=90)  # what was told longer ago counts only within its own story
MOST_TOLD: Final = 60  # articles, the story's own first, then the newest
MOST_UNTOLD: Final = 20
BURST: Final = timedelta(hours=2)  # after an alert, in which its feed is polled more often
BATCH: Final = 64
MOST_ATTEMPTS: Final = 3  # at judging an article that makes the program fail

_Copied = tuple[Duplicate, StoredArticle]  # how an article repeats an earlier one, and which
_Found = tuple[Decision, Placement | None]  # a decision, and where its article belongs

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """An entry and what was decided about it, one decision a watch."""

    entry: Entry
    decisions: tuple[Decision, ...]
    problem: str | None = None  # what kept it from being judged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What the store knows that bears on an article for one watch."""

    placement: Placement
    told: tuple[KnownText, ...]
    untold: tuple[KnownText, ...]  # of the same story: they may say the same, as evidence
    carriers: tuple[Carrier, ...]
    alerts: int


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
    while batch := await _claim(desk):
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


async def _claim(desk: Desk) -> tuple[Stored, ...]:
    now = desk.now()
    return await desk.store.write(lambda tx: entries.claim(tx, "read", now=now, lease=desk.lease, limit=BATCH))


async def _put_plain(desk: Desk, plain: Sequence[_Plain]) -> list[Assessed]:
    """Write that some articles match nothing, in one transaction; twice equals once."""
    if not plain:
        return []
    fresh = await desk.store.write(lambda tx: _write_plain(tx, plain))
    return [_assessed(each.cleared.article, (each.decision,) if each.stored.n in fresh else ()) for each in plain]


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
    return _assessed(article, await desk.store.write(lambda tx: _write(tx, desk, stored, found, cleared)))


def _assessed(article: Article, kept: tuple[Decision, ...]) -> Assessed:
    for each in kept:
        log.info(
            "entry_decided", entry=each.entry, watch=each.watch, outcome=str(each.outcome), reason=str(each.reason)
        )
    # A page file has no listing that names it: its own title stands for it.
    return Assessed(entry=replace(article.entry, title=article.entry.title or article.title), decisions=kept)


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
    kept = await desk.store.write(lambda tx: _write(tx, desk, stored, [(decision, None)]))
    return Assessed(entry=stored.entry, decisions=kept, problem=problem)


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
    """Return how an article repeats an earlier one that this watch judged, and which: by address, text, shared runs."""
    keys = {key for key in (article.entry.url_key, article.canonical_key) if key}
    earlier = entries.with_address(tx, keys, but=n, watch=watch)
    if earlier and says_the_same(article, earlier.article):
        return _placed(exact(Copy.SAME_URL, article, earlier.article), [earlier])
    earlier = entries.with_text_hash(tx, text_hash(article.text or article.title), but=n, watch=watch)
    if earlier and is_telling(article, earlier.article):
        return _placed(exact(Copy.SAME_TEXT, article, earlier.article), [earlier])
    sharing = entries.sharing(tx, sketch(fingerprint_of(article)), but=n, at_least=LEAST_SHARED)
    told = entries.judged(tx, [each.n for each in sharing], watch)
    candidates = [each for each in sharing if each.n in told]
    return _placed(near(article, [each.article for each in candidates]), candidates)


def _placed(duplicate: Duplicate | None, candidates: Iterable[StoredArticle]) -> _Copied | None:
    if duplicate is None:
        return None
    return duplicate, next(each for each in candidates if each.article.entry.id == duplicate.of)


async def _decide(desk: Desk, n: int, article: Article, watch: Watch, mentions: Sequence[Mention]) -> _Found:
    copy = await desk.store.write(lambda tx: _duplicate(tx, n, article, watch.name))
    copied = copy[1].n if copy else None
    before = await desk.store.write(lambda tx: _before(tx, desk, article, watch.name, copied))
    vectors = await _vectors(desk, watch, article, before.told + before.untold)
    verdict = judge(
        Case(
            article=article,
            known=_known(desk.baselines[watch.name], before.told, vectors, article),
            vectors=vectors,
            duplicate=copy[0] if copy else None,
            original=copy[1].article if copy else None,
            novelty_min=watch.novelty_min,
        )
    )
    matched = tuple(dict.fromkeys(mention.text for mention in mentions))
    alert = _alert(desk, article, watch.name, before, verdict, mentions, vectors)
    decision = Decision(
        entry=article.entry.id,
        watch=watch.name,
        outcome=verdict.outcome,
        reason=verdict.reason,
        story=before.placement.story.id,
        duplicate=copy[0] if copy else None,
        novelty=verdict.novelty,
        threshold=verdict.threshold,
        matched=matched,
        sentences=verdict.sentences,
        alert=alert,
        note="; ".join([verdict.note, *why_met(mentions)]),
        at=desk.now(),
    )
    return decision, before.placement


def _before(tx: Tx, desk: Desk, article: Article, watch: str, copied: int | None) -> _Before:
    now = desk.now()
    own = stories.of_entry(tx, copied, watch) if copied is not None else None
    placement = _placement(tx, article, watch, own, now)
    story = placement.story.id
    return _Before(
        placement=placement,
        told=decisions.told(tx, watch, story=story, since=now - TOLD_FOR, limit=MOST_TOLD),
        untold=decisions.untold(tx, watch, story=story, limit=MOST_UNTOLD),
        carriers=stories.carriers(tx, story),
        alerts=stories.alerts(tx, story),
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
    if watch.embedder == "none":
        return {}
    parts = [(each.title, each.text, each.language) for each in told]
    parts.append((article.title, article.body, article.language))
    wanted = [sentence for part in parts for sentence, is_noise in sentences_of(*part) if not is_noise]
    return dict(await vectors_of(wanted, embedder=desk.embedder, store=desk.store))


def _known(baseline: Baseline, told: Sequence[KnownText], vectors: dict[str, Vector], article: Article) -> KnownSet:
    stems = stems_of(article.title, article.body, article.language, vectors)
    room = max(MOST_KNOWN - len(baseline.sentences), MOST_KNOWN // 2)
    return joined([baseline.part, *known_parts(told, vectors, most=room)], stems=stems)


def _alert(
    desk: Desk,
    article: Article,
    watch: str,
    before: _Before,
    verdict: Verdict,
    mentions: Sequence[Mention],
    vectors: dict[str, Vector],
) -> Alert | None:
    if verdict.outcome is not Outcome.ALERTED or verdict.novelty is None or verdict.threshold is None:
        return None
    quotes = _quotes(verdict.sentences, article.title)
    others = joined(known_parts(before.untold, vectors, most=MOST_KNOWN))
    same = supporters(quotes, others, vectors, article.language)
    draft = Draft(
        article=article,
        watch=watch,
        story=before.placement.story.id,
        revision=before.alerts + 1,
        sentences=verdict.sentences,
        quotes=quotes,
        matched=[mention.text for mention in mentions],
        disguised=[mention.text for mention in mentions if mention.is_disguised],
        carriers=tuple(carrier for carrier in before.carriers if carrier.entry in same),
        novelty=verdict.novelty,
        threshold=verdict.threshold,
    )
    return compose(draft, now=desk.now())


def _quotes(judged: Sequence[Novelty], title: str) -> tuple[Novelty, ...]:
    """Return the sentences to quote: new or changed ones, the title only where nothing else is."""
    fresh = [each for each in judged if each.label in (Label.NEW, Label.UPDATE)]
    body = [each for each in fresh if each.sentence != title]
    return choose(body or fresh)


def _write(
    tx: Tx, desk: Desk, stored: Stored, found: Iterable[_Found], cleared: Cleared | None = None
) -> tuple[Decision, ...]:
    """Write all decisions on an entry, their stories, alerts and deliveries, and close the entry; twice equals once."""
    n, kept = stored.n, []
    for decision, placement in found:
        if placement is not None:
            stories.ensure(tx, placement.story)
        if decisions.put(tx, n, decision):
            kept.append(decision)
            if placement is not None:
                stories.put(tx, placement.story, close_before=decision.at - WINDOW)
            if decision.alert is not None:
                outbox.put(tx, n, decision.alert, desk.channels, now=decision.at)
                _hurry(tx, desk, stored.entry.feed, decision.at)
    if cleared is not None:
        entries.put_prints(tx, n, cleared.article, sketch=sketch(fingerprint_of(cleared.article)))
        cleared.put(tx, n)
    entries.close(tx, n)
    return tuple(kept)


def _hurry(tx: Tx, desk: Desk, name: str, now: datetime) -> None:
    """Poll a feed that brought an alert more often for a while, from now on: its next turn may be an hour away."""
    state, feed = feeds.note_burst(tx, name, until=now + BURST), desk.feeds.get(name)
    if state is None or feed is None:
        return
    turn = next_turn(feed, state, now=now)
    if turn.at < state.next_at:
        feeds.respread(tx, {name: turn.at}, turn.why)
