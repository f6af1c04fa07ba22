"""Story views: what people ask of stories. Only reads.

In:  a transaction, a watch, an id that may be shortened.
Out: stories in short; one story's articles and alerts in their order.
Not here: showing them (cli/), what judging asks of stories (stories.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from monitor.analysis.origins import independent
from monitor.model.delivery import AnyAlert
from monitor.model.judgement import Alert, Copy, Outcome, Reason
from monitor.store import codec, stories
from monitor.store.engine import Tx
from monitor.store.tables import AlertRow, ArticleRow, DecisionRow, EntryRow, StoryRow

WORDS_TOLD: Final = 12  # of a story, most telling first


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A story in short."""

    id: str
    watch: str
    title: str
    articles: int
    outlets: tuple[str, ...]  # first one first
    independent: int  # of each other: copies and those who credit one agency count once
    alerts: int
    created: datetime  # when its first article was placed
    updated: datetime  # and its last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An article of a story, and what was decided about it."""

    entry: str
    title: str
    url: str | None
    outlet: str
    published: datetime | None
    first_seen: datetime
    outcome: Outcome
    reason: Reason
    copy_of: str | None  # the entry it repeats
    copy_kind: Copy | None
    alert: Alert | None  # as it was told, under the story's id of that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Everything known of one story."""

    overview: Overview
    named: str | None  # the id it was asked for by, where that is one that was merged into it
    merged: tuple[tuple[str, str], ...]  # id and title of the stories that went into it
    words: tuple[tuple[str, float], ...]  # stems and weights, most telling first
    timeline: tuple[Arrival, ...]  # in the order they were first seen in


def listed(tx: Tx, *, watch: str | None, since: datetime | None, limit: int) -> tuple[Overview, ...]:
    """Return the stories of a watch, or of all, that moved since then, newest first."""
    query = select(StoryRow.id).where(StoryRow.merged_into.is_(None))
    if watch is not None:
        query = query.where(StoryRow.watch == watch)
    if since is not None:
        query = query.where(StoryRow.updated >= since)
    found = tx.scalars(query.order_by(StoryRow.updated.desc(), StoryRow.id).limit(limit)).all()
    return tuple(_overview(tx, story) for story in found)


def shown(tx: Tx, ref: str) -> Detail:
    """Return everything known of the story that an id, which may be shortened, names. Raises StoryError."""
    story = stories.one_named(tx, ref)
    went = select(StoryRow.id, StoryRow.title).where(StoryRow.merged_into == story).order_by(StoryRow.id)
    merged = tuple((row.id, row.title) for row in tx.execute(went))
    asked = [each for each in (story, *(each for each, _ in merged)) if each.startswith(ref.lower())]
    return Detail(
        overview=_overview(tx, story),
        named=None if story in asked else asked[0],
        merged=merged,
        words=_words(tx, story),
        timeline=_timeline(tx, story),
    )


def _overview(tx: Tx, story: str) -> Overview:
    row = tx.execute(select(StoryRow.__table__).where(StoryRow.id == story)).one()
    family = stories.family(tx, story)
    carriers = stories.carriers(tx, family)
    return Overview(
        id=story,
        watch=row.watch,
        title=row.title,
        articles=len(carriers),
        outlets=tuple(dict.fromkeys(each.outlet for each in carriers)),
        independent=independent(carriers),
        alerts=_alerts(tx, family),
        created=row.created,
        updated=row.updated,
    )


def _alerts(tx: Tx, ids: Sequence[str]) -> int:
    """Return how many alerts the articles of these stories caused: a story that was split off brings its own."""
    caused = (AlertRow.entry == DecisionRow.entry) & (AlertRow.watch == DecisionRow.watch)
    count = select(func.count()).select_from(DecisionRow).join(AlertRow, caused)
    return tx.scalar(count.where(DecisionRow.story.in_(ids))) or 0


def _words(tx: Tx, story: str) -> tuple[tuple[str, float], ...]:
    found = stories.get(tx, story)
    if found is None:
        return ()
    spread = stories.spread(tx, found.watch, found.terms)
    told = {term: round(weight * spread.rarity(term), 4) for term, weight in found.terms.items()}
    return tuple(sorted(told.items(), key=lambda pair: (-pair[1], pair[0]))[:WORDS_TOLD])


def _timeline(tx: Tx, story: str) -> tuple[Arrival, ...]:
    caused = (AlertRow.entry == DecisionRow.entry) & (AlertRow.watch == DecisionRow.watch)
    rows = tx.execute(
        select(EntryRow.id, EntryRow.url, EntryRow.outlet, EntryRow.published, EntryRow.first_seen)
        .add_columns(ArticleRow.title, AlertRow.payload, DecisionRow.outcome, DecisionRow.reason)
        .add_columns(DecisionRow.duplicate_of, DecisionRow.duplicate_kind)
        .select_from(DecisionRow)
        .join(EntryRow, EntryRow.n == DecisionRow.entry)
        .join(ArticleRow, ArticleRow.entry == DecisionRow.entry)
        .outerjoin(AlertRow, caused)
        .where(DecisionRow.story.in_(stories.family(tx, story)))
        .order_by(EntryRow.first_seen, EntryRow.n)
    )
    return tuple(
        Arrival(
            entry=row.id,
            title=row.title,
            url=row.url,
            outlet=row.outlet,
            published=row.published,
            first_seen=row.first_seen,
            outcome=Outcome(row.outcome),
            reason=Reason(row.reason),
            copy_of=row.duplicate_of,
            copy_kind=Copy(row.duplicate_kind) if row.duplicate_kind else None,
            alert=_of_story(codec.load_alert(row.payload)) if row.payload else None,
        )
        for row in rows
    )


def _of_story(alert: AnyAlert) -> Alert:
    assert isinstance(alert, Alert)  # an alert with an entry is of a story
    return alert
