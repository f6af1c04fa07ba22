"""Entries and their articles: what was listed, what was read, what it resembles.

In:  a transaction, entries, articles, fingerprints.
Out: entries that wait for a step; earlier entries with the same address, text or shingles.
Not here: judging copies (analysis/copies.py), decisions (decisions.py).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute

from monitor.analysis.identity import Effort, Identity, KnownEntry, Listed, Sighting, identify, other_guid
from monitor.model.article import Article, Entry, Reader
from monitor.model.ids import make_id
from monitor.store import codec
from monitor.store.engine import CHUNK, Tx, is_free
from monitor.store.tables import ArticleRow, EntryRow, FingerprintRow

LEASE = timedelta(minutes=5)
COMMON_HASH = 50  # a shingle in more articles than this is boilerplate (research: drop hashes above about 50)
MOST_ALIKE = 4  # known entries of a feed, the latest, that one address or the same words bring up
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a feed's listed entries were to the store."""

    added: tuple[str, ...] = ()  # ids of new ones, in their order
    edited: int = 0
    renamed: int = 0  # known before under another guid
    known: int = 0  # all that were not new


def add(tx: Tx, entries: Sequence[Entry]) -> Placed:
    """Store the entries of one source whose guids can be relied on, those that are not known yet, in their order."""
    known = _known_by(tx, _BY_ID, lambda known: known.listed.guid, {entry.id for entry in entries}, ())
    fresh = {entry.guid: entry for entry in entries if (entry.feed, entry.guid) not in known}
    _put(tx, tuple(fresh.values()))
    return Placed(added=tuple(entry.id for entry in fresh.values()), known=len(entries) - len(fresh))


def _put(tx: Tx, fresh: Sequence[Entry]) -> None:
    if fresh:
        tx.execute(upsert(EntryRow).on_conflict_do_nothing(), [_entry_values(entry) for entry in fresh])


def place(tx: Tx, entries: Sequence[Entry]) -> dict[str, Placed]:
    """Store the entries of feeds that are new, in their order, and note which known ones were edited or renamed.

    Returns what they were, by feed. Entries of many feeds at once cost little more than those of one.
    """
    identified = list(_identified(tx, entries))
    fresh = {
        (entry.feed, identity.guid): replace(entry, guid=identity.guid, id=make_id("entry", entry.feed, identity.guid))
        for entry, identity in identified
        if identity.sighting is Sighting.NEW
    }
    _put(tx, tuple(fresh.values()))
    _edit(tx, [(each.known, entry) for entry, each in identified if each.sighting is Sighting.EDITED and each.known])
    added: dict[str, list[str]] = {}
    for entry in fresh.values():
        added.setdefault(entry.feed, []).append(entry.id)
    return {
        feed: Placed(
            added=tuple(added.get(feed, ())),
            edited=sum(each.sighting is Sighting.EDITED for each in mine),
            renamed=sum(each.is_renamed for each in mine),
            known=sum(each.sighting is not Sighting.NEW for each in mine),
        )
        for feed, mine in _by_feed(identified).items()
    }


def _by_feed(identified: Iterable[tuple[Entry, Identity]]) -> dict[str, list[Identity]]:
    found: dict[str, list[Identity]] = {}
    for entry, identity in identified:
        found.setdefault(entry.feed, []).append(identity)
    return found


def knows_any(tx: Tx, entries: Sequence[Entry]) -> bool:
    """Return whether one of a feed's listed entries is known, or none ever was: then nothing can have been missed."""
    if any(identity.sighting is not Sighting.NEW for _, identity in _identified(tx, entries)):
        return True
    feed = entries[0].feed if entries else ""
    return not tx.scalar(select(select(EntryRow.n).where(EntryRow.feed == feed).exists()))


def which_known(tx: Tx, entries: Sequence[Entry]) -> list[bool]:
    """Return for each of a feed's listed entries whether it is known."""
    return [identity.sighting is not Sighting.NEW for _, identity in _identified(tx, entries)]


def _identified(tx: Tx, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Identity]]:
    listed = [(entry.feed, _listed(entry)) for entry in entries]
    ids = {make_id("entry", feed, guid) for feed, each in listed for guid in (each.guid, other_guid(each))}
    by_guid = _known_by(tx, _BY_ID, lambda known: known.listed.guid, ids, ())
    others = [(feed, each) for feed, each in listed if (feed, each.guid) not in by_guid]
    feeds = {feed for feed, _ in others}
    links = {each.url_key for _, each in others if each.url_key}
    by_link = _known_by(tx, _BY_LINK, lambda known: known.listed.url_key, links, feeds)
    by_words = _known_by(tx, _BY_WORDS, KnownEntry.says, {each.words_hash for _, each in others}, feeds)
    for link in _shared_links(listed):
        by_link.pop(link, None)
    efforts = {feed: Effort() for feed, _ in listed}
    for entry, (feed, each) in zip(entries, listed, strict=True):
        identity = identify(
            each,
            by_guid=(*by_guid.get((feed, each.guid), ()), *by_guid.get((feed, other_guid(each)), ())),
            by_link=by_link.get((feed, each.url_key), ()),
            by_words=by_words.get((feed, each.words_hash), ()),
            effort=efforts[feed],
        )
        yield entry, identity


def _shared_links(listed: Iterable[tuple[str, Listed]]) -> list[tuple[str, object]]:
    """Return the feeds and addresses under which entries with different guids are listed."""
    guids: dict[tuple[str, object], set[str]] = {}
    for feed, each in listed:
        guids.setdefault((feed, each.url_key), set()).add(each.guid)
    return [link for link, found in guids.items() if len(found) > 1]


def _known_by(
    tx: Tx, wanted: Any, key: Callable[[KnownEntry], object], values: Collection[Any], feeds: Collection[str]
) -> dict[tuple[str, object], list[KnownEntry]]:
    """Return known entries by their feed and one of their columns, the latest first."""
    found: dict[tuple[str, object], list[KnownEntry]] = {}
    asked = sorted(values)
    for at in range(0, len(asked), CHUNK):
        for row in tx.execute(wanted, {"some": asked[at : at + CHUNK], "feeds": sorted(feeds)}):
            listed = Listed(guid=row.guid, url_key=row.url_key, title=row.title, summary=row.summary)
            known = KnownEntry(n=row.n, listed=listed, words_hash=row.listed_hash)
            found.setdefault((row.feed, key(known)), []).append(known)
    return found


def _alike(column: InstrumentedAttribute[Any]) -> Any:
    """Return the question for known entries of some feeds by one of their columns, MOST_ALIKE for each of its values.

    Counted for each feed and value by itself: what one feed lists a thousand times hides nothing of another one's.
    """
    own = EntryRow.feed.concat("").in_(bindparam("feeds", expanding=True))  # not by the index of feeds: it lists all
    place = func.row_number().over(partition_by=(EntryRow.feed, column), order_by=EntryRow.n.desc())
    placed = select(EntryRow.n, place.label("place")).where(_some(column), own).subquery()
    return _known().where(EntryRow.n.in_(select(placed.c.n).where(placed.c.place <= MOST_ALIKE)))


def _known() -> Any:
    names = (EntryRow.n, EntryRow.feed, EntryRow.guid, EntryRow.url_key)
    return select(*names, EntryRow.title, EntryRow.summary, EntryRow.listed_hash).order_by(EntryRow.n.desc())


def _some(column: InstrumentedAttribute[Any]) -> Any:
    return column.in_(bindparam("some", expanding=True))


# Made once, as they are asked after most polls.
_BY_ID, _BY_LINK, _BY_WORDS = _known().where(_some(EntryRow.id)), _alike(EntryRow.url_key), _alike(EntryRow.listed_hash)


def _listed(entry: Entry) -> Listed:
    return Listed(guid=entry.guid, url_key=entry.url_key, title=entry.title, summary=entry.summary)


def _edit(tx: Tx, edited: Sequence[tuple[KnownEntry, Entry]]) -> None:
    """Let entries say what they say now."""
    if edited:
        now = [(known.n, _listed(entry)) for known, entry in edited]
        says = [{"of": n, "says": each.title, "more": each.summary, "hashed": each.words_hash} for n, each in now]
        tx.execute(_SAY, says)


_SAY = (
    update(EntryRow)
    .where(EntryRow.n == bindparam("of"))
    .values(title=bindparam("says"), summary=bindparam("more"), listed_hash=bindparam("hashed"))
)


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
        "author": article.author,
        "site": article.site,
        "dated": article.dated,
        "canonical_key": article.canonical_key,
        "aside": codec.dump(article.aside) if article.aside else None,
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
    decided = set(tx.scalars(select(EntryRow.n).where(EntryRow.n.in_(found[:CHUNK]), EntryRow.stage == "done")))
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
        ArticleRow.author,
        ArticleRow.site,
        ArticleRow.dated,
        ArticleRow.canonical_key,
        ArticleRow.aside,
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
        author=row.author,
        site=row.site,
        dated=row.dated,
        canonical_key=row.canonical_key,
        aside=codec.load_numbers(row.aside),
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
        "listed_hash": _listed(entry).words_hash,
        "stage": "listed",
    }
