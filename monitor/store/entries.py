"""Entries and their articles: what was listed, what was read, what it resembles.

In:  a transaction, entries, articles, fingerprints.
Out: entries that wait for a step; earlier entries with the same address, text or shingles.
Not here: judging copies (analysis/copies.py), decisions (decisions.py).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model.article import Article, Entry, Reader
from monitor.store.engine import Tx, is_free
from monitor.store.tables import ArticleRow, EntryRow, FingerprintRow

LEASE = timedelta(minutes=5)
COMMON_HASH = 50  # a shingle in more articles than this is boilerplate (research: drop hashes above about 50)
CANDIDATES = 8  # nearest articles to verify by their text


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry with its place in the store."""

    n: int
    entry: Entry
    attempts: int = 1  # at its present stage, this one included


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with its place in the store."""

    n: int
    article: Article


def add(tx: Tx, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Store the entries that are not known yet, in their order. Returns the ids of those."""
    known = _known_guids(tx, entries)
    fresh = [entry for entry in entries if (entry.feed, entry.guid) not in known]
    if fresh:
        tx.execute(upsert(EntryRow).on_conflict_do_nothing(), [_entry_values(entry) for entry in fresh])
    return tuple(entry.id for entry in fresh)


def _known_guids(tx: Tx, entries: Sequence[Entry]) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    for feed in {entry.feed for entry in entries}:
        guids = [entry.guid for entry in entries if entry.feed == feed]
        for at in range(0, len(guids), 500):  # SQLite's limit on parameters, with room to spare
            some = EntryRow.guid.in_(guids[at : at + 500])
            known |= {(feed, guid) for guid in tx.scalars(select(EntryRow.guid).where(EntryRow.feed == feed, some))}
    return known


def claim(tx: Tx, stage: str, *, now: datetime, lease: str, limit: int) -> tuple[Stored, ...]:
    """Claim entries that wait at `stage`, in the order in which they are to be judged."""
    free = is_free(EntryRow.lease_until, now=now, longest=LEASE)
    order = (EntryRow.first_seen, EntryRow.feed, EntryRow.n)
    rows = tx.execute(
        select(EntryRow.__table__).where(EntryRow.stage == stage, free).order_by(*order).limit(limit)
    ).all()
    held = {"lease": lease, "lease_until": now + LEASE, "attempts": EntryRow.attempts + 1}
    tx.execute(update(EntryRow).where(EntryRow.n.in_([row.n for row in rows])).values(**held))
    return tuple(Stored(n=row.n, entry=_entry(row), attempts=row.attempts + 1) for row in rows)


def release_all(tx: Tx) -> None:
    """Void every lease: whoever held them died with the process that held the state."""
    tx.execute(update(EntryRow).where(EntryRow.stage != "done").values(lease=None, lease_until=None))


def waiting(tx: Tx) -> int:
    """Return how many entries have not been decided."""
    return tx.scalar(select(func.count()).select_from(EntryRow).where(EntryRow.stage != "done")) or 0


def put_article(tx: Tx, stored: Stored, article: Article, *, text_hash: str, sketch: Iterable[int]) -> None:
    """Store what was read of an entry and hand it to the next step. Twice equals once."""
    values = {
        "entry": stored.n,
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "reader": str(article.reader),
        "is_degraded": article.is_degraded,
        "problem": article.problem,
        "text_hash": text_hash,
    }
    tx.execute(upsert(ArticleRow).values(values).on_conflict_do_nothing())
    hashes = [{"hash": value, "entry": stored.n} for value in sorted(sketch)]
    if hashes:
        tx.execute(upsert(FingerprintRow).on_conflict_do_nothing(), hashes)
    moved = (EntryRow.n == stored.n) & (EntryRow.stage == "listed")
    tx.execute(update(EntryRow).where(moved).values(stage="read", attempts=0, lease=None, lease_until=None, html=None))


def close(tx: Tx, n: int) -> None:
    """Mark an entry as decided."""
    tx.execute(update(EntryRow).where(EntryRow.n == n).values(stage="done", lease=None, lease_until=None))


def article(tx: Tx, n: int) -> Article:
    """Return the article of an entry; it has one from stage `read` on."""
    row = tx.execute(_articles().where(EntryRow.n == n)).one()
    return _article(row)


def with_stage(tx: Tx, n: int) -> tuple[Entry, str]:
    """Return an entry, and how far it has come: listed, read or done."""
    row = tx.execute(select(EntryRow.__table__).where(EntryRow.n == n)).one()
    return _entry(row), row.stage


def with_url_key(tx: Tx, key: str, *, but: int, is_decided: bool = False) -> StoredArticle | None:
    """Return the first other article that was read from an address; with `is_decided`, only one judged before."""
    earlier = _articles().where(EntryRow.url_key == key, EntryRow.n != but)
    if is_decided:
        earlier = earlier.where(EntryRow.stage == "done")
    return _first(tx.execute(earlier.order_by(EntryRow.first_seen, EntryRow.n).limit(1)).first())


def with_text_hash(tx: Tx, text_hash: str, *, but: int) -> StoredArticle | None:
    """Return the first decided article with exactly these words."""
    same = _articles().where(ArticleRow.text_hash == text_hash, EntryRow.n != but, EntryRow.stage == "done")
    return _first(tx.execute(same.order_by(EntryRow.first_seen, EntryRow.n).limit(1)).first())


def sharing(tx: Tx, sketch: Iterable[int], *, but: int, at_least: int) -> tuple[StoredArticle, ...]:
    """Return the decided articles that share most kept shingles with `sketch`, best first, ties to the earlier one."""
    shared: Counter[int] = Counter()
    for value in sorted(sketch):
        holders = tx.scalars(
            select(FingerprintRow.entry).where(FingerprintRow.hash == value).limit(COMMON_HASH + 1)
        ).all()
        if len(holders) <= COMMON_HASH:
            shared.update(holder for holder in holders if holder != but)
    found = sorted((n for n, count in shared.items() if count >= at_least), key=lambda n: (-shared[n], n))
    decided = set(tx.scalars(select(EntryRow.n).where(EntryRow.n.in_(found[:500]), EntryRow.stage == "done")))
    best = sorted(decided, key=lambda n: (-shared[n], n))[:CANDIDATES]
    rows = {row.n: row for row in tx.execute(_articles().where(EntryRow.n.in_(best)))}
    return tuple(StoredArticle(n=n, article=_article(rows[n])) for n in best)


def _first(row: Row[Any] | None) -> StoredArticle | None:
    return None if row is None else StoredArticle(n=row.n, article=_article(row))


def _articles() -> Select[Any]:
    read = (
        ArticleRow.title.label("read_title"),
        ArticleRow.language.label("read_language"),
        ArticleRow.text,
        ArticleRow.reader,
        ArticleRow.is_degraded,
        ArticleRow.problem,
    )
    return select(EntryRow.__table__, *read).join(ArticleRow, ArticleRow.entry == EntryRow.n)


def _article(row: Row[Any]) -> Article:
    return Article(
        entry=_entry(row),
        title=row.read_title,
        text=row.text,
        language=row.read_language,
        reader=Reader(row.reader),
        is_degraded=row.is_degraded,
        problem=row.problem,
    )


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        feed=row.feed,
        guid=row.guid,
        url=row.url,
        url_key=row.url_key,
        title=row.title,
        summary=row.summary,
        outlet=row.outlet,
        host=row.host,
        language=row.language,
        published=row.published,
        first_seen=row.first_seen,
        text=row.body,
        html=row.html,
        is_first_poll=row.is_first_poll,
    )


def _entry_values(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "feed": entry.feed,
        "guid": entry.guid,
        "url": entry.url,
        "url_key": entry.url_key,
        "title": entry.title,
        "summary": entry.summary,
        "outlet": entry.outlet,
        "host": entry.host,
        "language": entry.language,
        "published": entry.published,
        "first_seen": entry.first_seen,
        "body": entry.text,
        "html": entry.html,
        "is_first_poll": entry.is_first_poll,
        "stage": "listed",
    }
