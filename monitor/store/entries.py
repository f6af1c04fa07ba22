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

from sqlalchemy import Integer, Row, Select, bindparam, column, func, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute

from monitor.analysis.identity import Effort, Identity, KnownEntry, Listed, Sighting, identify, other_guid
from monitor.model.article import Article, Entry, Reader
from monitor.model.feed import Validators
from monitor.model.ids import make_id
from monitor.model.judgement import JUDGED
from monitor.store import codec, editions
from monitor.store.engine import CHUNK, Tx
from monitor.store.tables import WAITING, ArticleRow, DecisionRow, EntryRow, FingerprintRow
from monitor.text.urls import host

LEASE = timedelta(minutes=5)
COMMON = 50  # articles; a shingle of more is boilerplate, or of a text that everybody carries
RARE_COUNTS = 4  # times as much as a common one: a footer of fifty runs must not hide a copy that shares thirteen
MOST_ROWS = 2**63 - 1  # what no entry's number exceeds
MOST_OF_HOST = 4  # entries of one host that are read at once: one is fetched while others are in workers
MOST_WAITING = 4_000  # entries that are looked at for some to read: twice as many as one poll brings; 15 ms
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
class KnownPage:
    """An article that was read from an address, and what makes the next request for its page conditional."""

    article: Article
    validators: Validators


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

    Of those that were edited further editions are stored, which are no new entries to their feeds (editions.py).
    Returns what they were, by feed. Entries of many feeds at once cost little more than those of one.
    """
    identified = list(_identified(tx, entries))
    fresh = {
        (entry.feed, identity.guid): replace(entry, guid=identity.guid, id=make_id("entry", entry.feed, identity.guid))
        for entry, identity in identified
        if identity.sighting is Sighting.NEW
    }
    edited = [(each.known, entry) for entry, each in identified if each.sighting is Sighting.EDITED and each.known]
    _put(tx, (*fresh.values(), *editions.due(tx, edited)))
    _edit(tx, edited)
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
    listed = ~EntryRow.guid.contains(editions.MARK)  # what a feed lists is told by the entry, not by its editions
    placed = select(EntryRow.n, place.label("place")).where(_some(column), own, listed).subquery()
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


def claim_listed(tx: Tx, *, now: datetime, lease: str, limit: int, in_hand: Iterable[Entry]) -> tuple[Stored, ...]:
    """Claim entries that wait to be read, few of one host and one of each address at a time.

    in_hand: those that are being read. A host is asked for one page at a time: more of its own would only keep others
    waiting. Of two entries at one address the second one finds the article read.
    """
    hosts = Counter(entry.host for entry in in_hand)
    keys = {entry.url_key for entry in in_hand}
    chosen: list[int] = []
    busy = [host for host, count in hosts.items() if host and count >= MOST_OF_HOST]
    asked = {"stage": "listed", "now": now, "far": now + LEASE, "most": MOST_WAITING, "busy": busy}
    with tx.execute(_LISTED_ONES, asked) as rows:
        for n, host, key in rows:
            if host and (hosts[host] >= MOST_OF_HOST or (key and key in keys)):
                continue
            chosen.append(n)
            hosts[host] += 1
            keys.add(key)
            if len(chosen) == limit:
                break
    return taken(tx, chosen, now=now, lease=lease)


def taken(tx: Tx, places: Sequence[int], *, now: datetime, lease: str) -> tuple[Stored, ...]:
    """Return these entries, in this order, leased."""
    if not places:
        return ()
    rows = {row.n: row for row in tx.execute(_THESE, {"places": places})}
    tx.execute(_LEASE, [{"of": n, "by": lease, "until": now + LEASE} for n in places])
    return tuple(Stored(n=n, entry=_entry(rows[n]), attempts=rows[n].attempts + 1) for n in places)


# As written, or SQLite does not see that the index of what waits will do, and looks through all that ever was.
WAITS = (text(str(WAITING)), EntryRow.stage == bindparam("stage"))
FREE = or_(
    EntryRow.lease_until.is_(None),
    EntryRow.lease_until <= bindparam("now"),
    EntryRow.lease_until > bindparam("far"),  # what a clock that was wrong leaves behind
)
_LISTED_ONES = (  # pages may be read in any order: the one that an index gives
    select(EntryRow.n, EntryRow.host, EntryRow.url_key)
    .where(*WAITS, FREE, EntryRow.host.not_in(bindparam("busy", expanding=True)))
    .order_by(EntryRow.first_seen, EntryRow.published, EntryRow.id)
    .limit(bindparam("most"))
)
_THESE = select(EntryRow.__table__).where(EntryRow.n.in_(bindparam("places", expanding=True)))
_LEASE = (
    update(EntryRow)
    .where(EntryRow.n == bindparam("of"))
    .values(lease=bindparam("by"), lease_until=bindparam("until"), attempts=EntryRow.attempts + 1)
)


def put_off(tx: Tx, n: int, *, until: datetime) -> None:
    """Leave a claimed entry at its stage until then, at most a lease from now."""
    mine = (EntryRow.n == n) & (EntryRow.stage == "listed")
    tx.execute(update(EntryRow).where(mine).values(lease=None, lease_until=until))


def release_all(tx: Tx) -> None:
    """Void every lease: whoever held them died with the process that held the state."""
    tx.execute(update(EntryRow).where(text(str(WAITING))).values(lease=None, lease_until=None))


def waiting(tx: Tx) -> int:
    """Return how many entries have not been decided."""
    return tx.scalar(select(func.count()).select_from(EntryRow).where(text(str(WAITING)))) or 0


def put_article(
    tx: Tx, stored: Stored, article: Article, *, text_hash: str, validators: Validators | None = None
) -> None:
    """Store what was read of an entry, with its page's validators, and hand it to the next step. Twice equals once."""
    told = validators if validators and article.reader is not Reader.SUMMARY else Validators()
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
        "page_url": told.url,
        "etag": told.etag,
        "last_modified": told.last_modified,
    }
    tx.execute(_PUT_ARTICLE, values)
    tx.execute(_HAND_ON, {"of": stored.n})


def speaks_at(tx: Tx, stored: Stored, where: str) -> None:
    """Note the host that an entry's text was had from; "": the listed one."""
    if where and where != (was := stored.entry).host:
        outlet = where if was.outlet == was.host else was.outlet  # the operator's word stays
        tx.execute(update(EntryRow).where(EntryRow.n == stored.n).values(host=where, outlet=outlet))


_PUT_ARTICLE = upsert(ArticleRow).on_conflict_do_nothing()
_HAND_ON = (
    update(EntryRow)
    .where(EntryRow.n == bindparam("of"), EntryRow.stage == "listed")
    .values(stage="read", attempts=0, lease=None, lease_until=None, html=None)
)


def put_prints(tx: Tx, n: int, article: Article, *, sketch: Iterable[int], credited: Sequence[str] = ()) -> None:
    """Store what was found out of a matched article, and by what it is found again. Twice equals once."""
    hashes = [{"hash": value, "entry": n} for value in sorted(sketch)]
    if hashes:
        tx.execute(_PUT_PRINTS, hashes)
    lines = codec.dump(article.aside) if article.aside else None
    named = codec.dump(credited) if credited else None
    tx.execute(_FIND_OUT, {"of": n, "lines": lines, "written": article.language, "named": named})


_PUT_PRINTS = upsert(FingerprintRow).on_conflict_do_nothing()
_FIND_OUT = (
    update(ArticleRow)
    .where(ArticleRow.entry == bindparam("of"))
    .values(aside=bindparam("lines"), language=bindparam("written"), credits=bindparam("named"))
)


def close(tx: Tx, n: int) -> None:
    """Mark an entry as decided."""
    tx.execute(_CLOSE, {"of": n})


def close_all(tx: Tx, places: Sequence[int]) -> frozenset[int]:
    """Mark entries as decided. Returns those that were not before."""
    waiting = select(EntryRow.n).where(EntryRow.n.in_(places), EntryRow.stage != "done")
    fresh = frozenset(tx.scalars(waiting))
    if fresh:
        tx.execute(_CLOSE, [{"of": n} for n in sorted(fresh)])
    return fresh


_CLOSE = update(EntryRow).where(EntryRow.n == bindparam("of")).values(stage="done", lease=None, lease_until=None)


def articles(tx: Tx, batch: Sequence[Stored]) -> dict[int, Article]:
    """Return the articles of entries that are at stage `read`, by their places."""
    wanted = ArticleRow.entry.in_([stored.n for stored in batch])
    read = {row.entry: row for row in tx.execute(select(ArticleRow.entry, *_READ).where(wanted))}
    return {stored.n: _read(stored.entry, read[stored.n]) for stored in batch}


def article(tx: Tx, n: int) -> Article:
    """Return the article of an entry; it has one from stage `read` on."""
    row = tx.execute(_articles().where(EntryRow.n == n)).one()
    return _article(row)


def with_stage(tx: Tx, n: int) -> tuple[Entry, str]:
    """Return an entry, and how far it has come: listed, read or done."""
    row = tx.execute(select(EntryRow.__table__).where(EntryRow.n == n)).one()
    return _entry(row), row.stage


def read_before(tx: Tx, batch: Sequence[Stored]) -> dict[int, KnownPage]:
    """Return what was read last at the addresses of entries before, by their places, if it is more than a summary.

    Only what the host itself gave, or a file: what another host answered in its place is not its page.
    """
    keys = {stored.entry.url_key for stored in batch if stored.entry.url_key}
    found: dict[str, Row[Any]] = {}
    if keys:
        places = [stored.n for stored in batch]
        newest = tx.scalars(_LAST_READ, {"keys": sorted(keys), "places": places}).all()
        found = {row.url_key: row for row in tx.execute(_READ_BEFORE, {"last": newest})} if newest else {}
    return {
        stored.n: KnownPage(
            article=_article(last),
            validators=Validators(etag=last.etag, last_modified=last.last_modified, url=last.page_url),
        )
        for stored in batch
        if (last := found.get(stored.entry.url_key or "")) and _is_its_page(stored.entry, last.page_url)
    }


def _is_its_page(entry: Entry, page_url: str | None) -> bool:
    return page_url is None or host(page_url) == entry.host


def pages_with_text(
    tx: Tx, text_hash: str, *, host: str, but: int, limit: int
) -> tuple[tuple[frozenset[str], str], ...]:
    """Return the keys of addresses and the listed titles of a host's other entries whose pages hold these words.

    An entry has the key of its listing, and the one that its page gives as its own.
    """
    same = (ArticleRow.text_hash == text_hash, ArticleRow.reader == str(Reader.PAGE), EntryRow.host == host)
    columns = (EntryRow.url_key, ArticleRow.canonical_key, EntryRow.title)
    others = select(*columns).join(ArticleRow, ArticleRow.entry == EntryRow.n)
    rows = tx.execute(others.where(*same, EntryRow.url_key.is_not(None), EntryRow.n != but).limit(limit))
    return tuple((frozenset({row.url_key, row.canonical_key} - {None}), row.title) for row in rows)


def with_address(tx: Tx, keys: Iterable[str], *, but: int, watch: str) -> StoredArticle | None:
    """Return the first article that this watch judged at one of these keys, by its listing or by its page."""
    asked = [(holders, key) for key in sorted(keys) for holders in (_LISTED_UNDER, _GIVES_ITSELF)]
    return _first_of(tx, {n for holders, key in asked for n in tx.scalars(holders, {"key": key})} - {but}, watch)


def with_text_hash(tx: Tx, text_hash: str, *, but: Collection[int], watch: str) -> StoredArticle | None:
    """Return the first article that this watch judged with exactly these words."""
    return _first_of(tx, {*tx.scalars(_SAYS, {"key": text_hash})}.difference(but), watch)


def judged(tx: Tx, places: Collection[int], watch: str) -> Sequence[int]:
    """Return which of these entries a watch judged, first one first: what only others asked for, its reader never had.

    Not by when they were first seen: of two feeds of one pass that is whichever answered first.
    """
    found = tx.execute(_JUDGED_BY, {"places": sorted(places), "watch": watch}) if places else ()
    # Not in an order by time: for that SQLite would go through all that the watch ever decided.
    return [row.entry for row in sorted(found, key=lambda row: (row.at, row.entry))]


def _first_of(tx: Tx, found: Collection[int], watch: str) -> StoredArticle | None:
    told = judged(tx, found, watch)
    return _first(tx.execute(_articles().where(EntryRow.n == told[0])).first() if told else None)


_JUDGED_BY = select(DecisionRow.entry, DecisionRow.at).where(
    DecisionRow.entry.in_(bindparam("places", expanding=True)),
    DecisionRow.watch == bindparam("watch"),
    DecisionRow.outcome.in_(JUDGED),
)


def _earliest(n: InstrumentedAttribute[int], column: InstrumentedAttribute[Any]) -> Any:
    """Return the question for the first holders of a value: a site may give all its pages one address, or one text."""
    return select(n).where(column == bindparam("key")).order_by(n).limit(COMMON)


_LISTED_UNDER = _earliest(EntryRow.n, EntryRow.url_key)
_GIVES_ITSELF = _earliest(ArticleRow.entry, ArticleRow.canonical_key)
_SAYS = _earliest(ArticleRow.entry, ArticleRow.text_hash)


def sharing(tx: Tx, sketch: Iterable[int], *, but: int, at_least: int) -> tuple[StoredArticle, ...]:
    """Return the decided articles that share most kept shingles with `sketch`, best first, ties to the earlier one.

    A shingle of many articles brings up only the first of them, and weighs less there: it is boilerplate, or a text
    that everybody carries. One statement, whose cost follows the sketch and not the archive.
    """
    asked = {"sketch": codec.dump(tuple(sorted(sketch))), "but": but, "at_least": at_least}
    return tuple(StoredArticle(n=row.n, article=_article(row)) for row in tx.execute(_SHARING, asked))


# `last` is the last entry of a common shingle that is looked at; SQLite has no LATERAL to limit each one's rows by.
_BEST = text(f"""
    WITH kept AS MATERIALIZED (
        SELECT value AS hash, (
            SELECT entry FROM fingerprint WHERE hash = value ORDER BY entry LIMIT 1 OFFSET {COMMON}
        ) AS last FROM json_each(:sketch)
    ), alike AS MATERIALIZED (
        SELECT entry AS n, sum(CASE WHEN last IS NULL THEN {RARE_COUNTS} ELSE 1 END) AS shared
        FROM kept CROSS JOIN fingerprint AS f ON f.hash = kept.hash AND f.entry < coalesce(last, {MOST_ROWS})
        WHERE entry != :but GROUP BY entry HAVING count(*) >= :at_least
    )
    SELECT n, shared FROM alike CROSS JOIN entry USING (n) WHERE stage = 'done'
    ORDER BY shared DESC, first_seen, published, url, n LIMIT {CANDIDATES}
""")  # noqa: S608  # nothing but numbers of our own is put in


def _first(row: Row[Any] | None) -> StoredArticle | None:
    return None if row is None else StoredArticle(n=row.n, article=_article(row))


_READ = (
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


_LAST_READ = (
    select(func.max(EntryRow.n))
    .join(ArticleRow, ArticleRow.entry == EntryRow.n)
    .where(EntryRow.url_key.in_(bindparam("keys", expanding=True)), ArticleRow.reader != str(Reader.SUMMARY))
    .where(EntryRow.n.not_in(bindparam("places", expanding=True)))
    .group_by(EntryRow.url_key)
)
_READ_BEFORE = (
    select(EntryRow.__table__, *_READ, ArticleRow.page_url, ArticleRow.etag, ArticleRow.last_modified)
    .join(ArticleRow, ArticleRow.entry == EntryRow.n)
    .where(EntryRow.n.in_(bindparam("last", expanding=True)))
)


def _articles() -> Select[Any]:
    return select(EntryRow.__table__, *_READ).join(ArticleRow, ArticleRow.entry == EntryRow.n)


def _shared_most() -> Select[Any]:
    best = _BEST.columns(column("n", Integer), column("shared", Integer)).cte("best")
    return _articles().join(best, best.c.n == EntryRow.n).order_by(best.c.shared.desc(), best.c.n)


_SHARING = _shared_most()  # made once: to make such a question takes longer than to answer it


def _article(row: Row[Any]) -> Article:
    return _read(_entry(row), row)


def _read(entry: Entry, row: Any) -> Article:
    return Article(
        entry=entry,
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
