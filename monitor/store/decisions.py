"""Decisions with their sentences, and what the reader was told: the memory that novelty is judged by.

In:  a transaction, decisions.
Out: told articles of a watch, what is hearsay among them; decisions for people.
Not here: alerts on their way (outbox.py), stories (stories.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Result, Row, bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model.article import without
from monitor.model.confirmation import Hearsay
from monitor.model.judgement import Copy, Decision, Duplicate, Label, Novelty, Outcome, Reason
from monitor.model.watch import KnownText
from monitor.store import codec, knowledge, stories
from monitor.store.engine import Tx
from monitor.store.tables import ArticleRow, DecisionRow, EntryRow, SentenceRow

# What the reader was told, or will be as soon as it may be: not what waits for a second source, or waited in vain.
TOLD = (Outcome.ALERTED, Outcome.LEARNT, Outcome.HELD, Outcome.DIGEST, Outcome.SILENCED)
NOT_TOLD = (Reason.ONE_SOURCE, Reason.DROPPED)
SILENT = (Outcome.KNOWN, Outcome.DUPLICATE)
HEARSAY = (Reason.FIRST_POLL, Reason.CONTEXT_ONLY)  # known though nobody may have vouched for it
MOST_AT_HAND = 256  # texts: most are known to many articles, one after the other

TextsAtHand = dict[int, KnownText]  # of decided entries, by their places: they stay as they are


def put(tx: Tx, n: int, decision: Decision) -> bool:
    """Store a decision and its sentences. Returns whether it is the first for this entry and watch."""
    fresh = tx.execute(_PUT, _values(n, decision))
    if fresh.rowcount and decision.sentences:
        tx.execute(_SENTENCES, [_sentence(n, decision, k, each) for k, each in enumerate(decision.sentences)])
    return bool(fresh.rowcount)


def put_plain(tx: Tx, decided: Sequence[tuple[int, Decision]]) -> None:
    """Store decisions without sentences, each the first for its entry."""
    if decided:
        tx.execute(_PUT, [_values(n, decision) for n, decision in decided])


_PUT = upsert(DecisionRow).on_conflict_do_nothing()
_SENTENCES = insert(SentenceRow)


def _values(n: int, decision: Decision) -> dict[str, object]:
    duplicate = decision.duplicate
    return {
        "entry": n,
        "watch": decision.watch or "",
        "outcome": str(decision.outcome),
        "reason": str(decision.reason),
        "story": decision.story,
        "duplicate_of": duplicate.of if duplicate else None,
        "duplicate_kind": str(duplicate.kind) if duplicate else None,
        "containment": duplicate.containment if duplicate else None,
        "novelty": decision.novelty,
        "threshold": decision.threshold,
        "matched": codec.dump(decision.matched),
        "note": decision.note,
        "at": decision.at,
    }


def _sentence(n: int, decision: Decision, k: int, novelty: Novelty) -> dict[str, object]:
    return {
        "entry": n,
        "watch": decision.watch or "",
        "k": k,
        "text": novelty.sentence,
        "label": str(novelty.label),
        "score": novelty.score,
        "salience": novelty.salience,
        "facts": novelty.facts,
        "nearest": codec.dump(novelty.nearest) if novelty.nearest else None,
        "changes": codec.dump(novelty.changes),
    }


def told(
    tx: Tx,
    watch: str,
    *,
    family: Sequence[str],
    since: datetime,
    limit: int,
    asks: bool = False,
    at_hand: TextsAtHand | None = None,
) -> tuple[tuple[KnownText, ...], tuple[Hearsay, ...]]:
    """Return the articles this watch was alerted to or learnt, newest first, those of a story before all others.

    Next come those whose alerts were acknowledged, however long ago; up to half of what is returned is theirs.
    family: the ids of the story; none for no story. asks: whether the watch asks for other sources. Then what was sent
    though nobody confirmed it is left out, and hearsay stands apart, but for what the reader acknowledged.
    """
    asked = {"watch": watch, "most": limit, "but": str(Reason.UNCONFIRMED) if asks else ""}
    acked = _those(tx, asked, knowledge.acknowledged(tx, watch, limit=limit // 2))
    own: Sequence[Row[Any]] = tx.execute(_TOLD_OF, asked | {"family": family}).all() if family else []
    rows = {row.entry: row for row in [*own[: limit - len(acked)], *acked]}
    if len(rows) < limit:
        rows |= {row.entry: row for row in tx.execute(_TOLD_SINCE, asked | {"since": since}).all()}
    places = list(rows)[:limit]
    texts = dict(zip(places, _texts(tx, places, at_hand), strict=True))
    known = frozenset(row.entry for row in acked)
    apart = [n for n in places if asks and rows[n].reason in HEARSAY and n not in known]
    return tuple(texts[n] for n in places if n not in apart), _hearsay(tx, watch, family, apart, texts)


def _hearsay(
    tx: Tx, watch: str, family: Sequence[str], places: Sequence[int], texts: Mapping[int, KnownText]
) -> tuple[Hearsay, ...]:
    rows = {row.n: row for row in tx.execute(_HEARSAY, {"watch": watch, "places": places})} if places else {}
    return tuple(
        Hearsay(text=texts[n], carrier=stories.carrier_of(rows[n]), is_near=rows[n].story in family) for n in places
    )


_HEARSAY = (
    select(EntryRow.n, EntryRow.id, EntryRow.outlet, EntryRow.host, EntryRow.url)
    .add_columns(DecisionRow.duplicate_of, DecisionRow.story, ArticleRow.credits, ArticleRow.reader)
    .join(DecisionRow, DecisionRow.entry == EntryRow.n)
    .join(ArticleRow, ArticleRow.entry == EntryRow.n)
    .where(DecisionRow.watch == bindparam("watch"), EntryRow.n.in_(bindparam("places", expanding=True)))
)


def _those(tx: Tx, asked: dict[str, Any], places: Sequence[int]) -> list[Row[Any]]:
    """Return the told ones of these articles, in their order."""
    rows: Sequence[Row[Any]] = tx.execute(_TOLD_THESE, asked | {"places": places}).all() if places else []
    return sorted(rows, key=lambda row: places.index(row.entry))


def untold(
    tx: Tx, watch: str, *, family: Sequence[str], limit: int, at_hand: TextsAtHand | None = None
) -> tuple[KnownText, ...]:
    """Return the newest articles of a story that stayed silent."""
    asked = {"watch": watch, "most": limit, "family": family}
    return _texts(tx, tx.scalars(_UNTOLD_OF, asked).all(), at_hand)


def _texts(tx: Tx, places: Sequence[int], at_hand: TextsAtHand | None) -> tuple[KnownText, ...]:
    """Return articles that were decided, in this order: what was read of them stays as it is."""
    kept = {} if at_hand is None else at_hand
    found = {n: kept[n] for n in places if n in kept}
    missing = [n for n in places if n not in found]
    if missing:
        rows: Result[Any] = tx.execute(_TEXTS, {"places": missing})
        found |= {row.n: _told(row) for row in rows.all()}
    kept |= found
    for n in list(islice(kept, max(0, len(kept) - MOST_AT_HAND))):
        del kept[n]
    return tuple(found[n] for n in places)


_TEXTS = (
    select(
        EntryRow.n,
        EntryRow.id,
        EntryRow.published,
        EntryRow.first_seen,
        EntryRow.outlet,
        ArticleRow.title.label("read_title"),
        ArticleRow.text,
        ArticleRow.aside,
        ArticleRow.language.label("read_language"),
    )
    .join(ArticleRow, ArticleRow.entry == EntryRow.n)
    .where(EntryRow.n.in_(bindparam("places", expanding=True)))
)


def _newest(outcomes: Sequence[Outcome], condition: ColumnElement[bool]) -> Any:
    return (
        select(DecisionRow.entry, DecisionRow.reason)
        .join(ArticleRow, ArticleRow.entry == DecisionRow.entry)
        .where(DecisionRow.outcome.in_(outcomes), condition)
        .order_by(DecisionRow.at.desc(), DecisionRow.entry.desc())
        .limit(bindparam("most"))
    )


# Made once: to make such a question takes about as long as to answer it.
# A story's articles are found by the story: the index of the watch and its times would lead through all it ever judged.
_OWN = DecisionRow.watch.concat("") == bindparam("watch")
_OF_FAMILY = _OWN & DecisionRow.story.in_(bindparam("family", expanding=True))
_TRUSTED = (DecisionRow.reason != bindparam("but")) & DecisionRow.reason.not_in(NOT_TOLD)
_TOLD_OF, _UNTOLD_OF = _newest(TOLD, _OF_FAMILY & _TRUSTED), _newest(SILENT, _OF_FAMILY)
_OF_WATCH = (DecisionRow.watch == bindparam("watch")) & _TRUSTED
_TOLD_SINCE = _newest(TOLD, _OF_WATCH & (DecisionRow.at >= bindparam("since")))
# Not in an order by time: for that SQLite would go through all that the watch ever decided.
_TOLD_THESE = _newest(TOLD, _OF_WATCH & DecisionRow.entry.in_(bindparam("places", expanding=True))).order_by(None)


def _told(row: Row[Any]) -> KnownText:
    return KnownText(
        source=row.id,
        title=row.read_title,
        text=without(row.text, codec.load_numbers(row.aside)),
        language=row.read_language,
        date=row.published or row.first_seen,
        outlet=row.outlet,
    )


def of_entry(tx: Tx, n: int) -> tuple[Decision, ...]:
    """Return every decision on an entry, with its sentences, by watch."""
    rows = tx.execute(
        select(DecisionRow.__table__, EntryRow.id).join(EntryRow).where(EntryRow.n == n).order_by(DecisionRow.watch)
    ).all()
    return tuple(_decision(row, _sentences(tx, n, row.watch)) for row in rows)


def _sentences(tx: Tx, n: int, watch: str) -> tuple[Novelty, ...]:
    mine = (SentenceRow.entry == n) & (SentenceRow.watch == watch)
    return tuple(
        Novelty(
            sentence=row.text,
            label=Label(row.label),
            score=row.score,
            nearest=codec.load_known(row.nearest),
            changes=codec.load_changes(row.changes),
            salience=row.salience,
            facts=row.facts,
        )
        for row in tx.execute(select(SentenceRow.__table__).where(mine).order_by(SentenceRow.k))
    )


def _decision(row: Row[Any], sentences: Sequence[Novelty]) -> Decision:
    duplicate = None
    if row.duplicate_of is not None:
        duplicate = Duplicate(of=row.duplicate_of, kind=Copy(row.duplicate_kind), containment=row.containment)
    return Decision(
        entry=row.id,
        watch=row.watch or None,
        outcome=Outcome(row.outcome),
        reason=Reason(row.reason),
        story=row.story,
        duplicate=duplicate,
        novelty=row.novelty,
        threshold=row.threshold,
        matched=tuple(codec.load_strings(row.matched)),
        sentences=tuple(sentences),
        note=row.note,
        at=row.at,
    )
