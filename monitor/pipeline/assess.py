"""Assess: from articles to decisions, and from decisions to alerts in the outbox.

In:  articles that were read, in the order in which their entries were first seen.
Out: one decision an article and watch; alert and deliveries in the same transaction.
Not here: what is new (analysis/), what the store knows of it (before.py), what an alert tells (telling.py), sending.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import structlog

from monitor.analysis.closeness import closeness
from monitor.analysis.confirming import Heard, Voice, hear, join, overheard
from monitor.analysis.copies import fingerprint_of
from monitor.analysis.judge import Case, judge
from monitor.analysis.known import KnownSet, capped, joined, known_parts, sentences_of, stems_of, wordings
from monitor.analysis.match import MatchText, why_aside, why_met
from monitor.analysis.origins import carrier_of
from monitor.analysis.stories import WINDOW, Placement
from monitor.errors import MonitorError
from monitor.model.article import Article, Entry
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import (
    Alert,
    Confirmation,
    Decision,
    Duplicate,
    Outcome,
    Reason,
)
from monitor.model.routing import Planned
from monitor.model.watch import KnownText, Matches, Mention, Watch
from monitor.pipeline.announce import announced, consider, facets_of, waiting
from monitor.pipeline.aside import Cleared, set_aside
from monitor.pipeline.baseline import baseline_of
from monitor.pipeline.before import Before, look_up
from monitor.pipeline.desk import Baseline, Desk
from monitor.pipeline.follow import corrected, followed, withdraw
from monitor.pipeline.telling import alert_of
from monitor.pipeline.vectors import vectors_of
from monitor.pipeline.writing import with_words
from monitor.sources.cadence import next_turn
from monitor.store import decisions, entries, feeds, outbox, stories, turns
from monitor.store.engine import Tx
from monitor.store.entries import Stored
from monitor.text.fingerprint import sketch
from monitor.text.language import UNKNOWN, detect

MOST_KNOWN: Final = 2_000  # sentences an article is held against, whatever the archive holds
BURST: Final = timedelta(hours=2)  # after an alert, in which its feed is polled more often
BATCH: Final = 64
MOST_ATTEMPTS: Final = 3  # at judging an article that makes the program fail

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """An entry and what was decided about it, one decision a watch."""

    entry: Entry
    decisions: tuple[Decision, ...]
    problem: str | None = None  # what kept it from being judged
    released: tuple[Alert, ...] = ()  # those of earlier entries that waited for this one to confirm them


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


async def _decide(desk: Desk, n: int, article: Article, watch: Watch, mentions: Sequence[Mention]) -> _Found:
    copy, before = await desk.store.write(lambda tx: look_up(tx, desk, n, article, watch))
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
    alert = alert_of(desk, article, watch, before, heard, verdict, mentions, vectors, copy_of=copy_of)
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


def _hear(
    desk: Desk,
    article: Article,
    watch: Watch,
    before: Before,
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
    baseline: Baseline, before: Before, heard: Heard, vectors: dict[str, Vector], article: Article, scale: Scale
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
