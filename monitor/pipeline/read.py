"""Read: from entries to articles.

In:  entries that were listed.
Out: their articles with fingerprints, stored with the pauses that hosts asked for; an entry whose page cannot be had
     speaks from its summary.
Not here: fetching and extracting (sources/), judging (assess.py).
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from monitor.analysis.copies import fingerprint_of
from monitor.errors import FetchError, MonitorError, SourceError
from monitor.model.article import Article, Entry, Page, Reader
from monitor.pipeline.desk import Desk
from monitor.store import entries, feeds
from monitor.store.engine import Tx
from monitor.store.entries import Stored
from monitor.text.fingerprint import sketch, text_hash
from monitor.text.language import UNKNOWN, detect

BATCH: Final = 32  # entries in hand at once; hosts are asked one request at a time whatever this says
MAX_TEXT_CHARS: Final = 200_000  # of an article; a longer text is a book or an attack

log = structlog.get_logger()


async def read_waiting(desk: Desk, *, on_read: Callable[[], None] = lambda: None) -> int:
    """Read every entry that waits for it, calling `on_read` after each. Returns how many were read."""
    total = 0
    while True:
        now = desk.now()
        batch = await desk.store.write(
            lambda tx, now=now: entries.claim(tx, "listed", now=now, lease=desk.lease, limit=BATCH)  # type: ignore[misc]
        )
        if not batch:
            return total
        for group in _by_address(batch):
            await asyncio.gather(*(_read_one(desk, stored, on_read) for stored in group))
        total += len(batch)


async def _read_one(desk: Desk, stored: Stored, on_read: Callable[[], None]) -> None:
    await read(desk, stored)
    on_read()


async def read(desk: Desk, stored: Stored) -> Article:
    """Read one claimed entry and store its article."""
    failure: SourceError | None = None
    try:
        article, failure = await _article(desk, stored)
    except MonitorError:
        raise
    except Exception as exc:  # the worker loop's wall: a fault of ours in one page leaves the entry its summary
        log.exception("read_failed", entry=stored.entry.id)
        entry, problem = stored.entry, f"unforeseen {type(exc).__name__} while reading"
        article = _made(desk, entry, entry.title, entry.summary, Reader.SUMMARY, problem=problem)
    words_hash = text_hash(article.body or article.title)
    kept = sketch(fingerprint_of(article))

    def write(tx: Tx) -> None:
        entries.put_article(tx, stored, article, text_hash=words_hash, sketch=kept)
        if isinstance(failure, FetchError) and (pause_s := failure.asked_pause_s()):
            feeds.hold(tx, failure.host, desk.now() + timedelta(seconds=pause_s))

    await desk.store.write(write)
    log.debug("entry_read", entry=stored.entry.id, reader=str(article.reader), problem=article.problem)
    return article


def _by_address(batch: tuple[Stored, ...]) -> tuple[list[Stored], list[Stored]]:
    """Return the first entry of every address, and then the others, which find its article read."""
    seen: set[str] = set()
    first: list[Stored] = []
    later: list[Stored] = []
    for stored in batch:
        key = stored.entry.url_key
        (later if key in seen else first).append(stored)
        if key:
            seen.add(key)
    return first, later


async def _article(desk: Desk, stored: Stored) -> tuple[Article, SourceError | None]:
    """Return the article of an entry, and why its page could not be had where that is so."""
    entry = stored.entry
    if entry.text is not None:
        return _made(desk, entry, entry.title, entry.text, Reader.SOURCE), None
    if entry.html is None and entry.url_key:
        key = entry.url_key
        known = await desk.store.write(lambda tx: entries.with_url_key(tx, key, but=stored.n))
        if known and known.article.reader is not Reader.SUMMARY and _lists_the_same(entry, known.article.entry):
            return _made(desk, entry, entry.title, known.article.text, known.article.reader), None
    return await _from_page(desk, entry)


def _lists_the_same(entry: Entry, other: Entry) -> bool:
    """Whether two listings of one address speak of one text: a page that is rewritten in place is listed otherwise."""
    return entry.title == other.title or entry.summary == other.summary


async def _from_page(desk: Desk, entry: Entry) -> tuple[Article, SourceError | None]:
    """Return the article of an entry's page; where that fails or is a wall, of its summary, saying why."""
    if entry.html is None and entry.url is None:
        return _made(desk, entry, entry.title, entry.summary, Reader.SUMMARY), None
    try:
        page = await _page(desk, entry)
    except SourceError as exc:
        return _made(desk, entry, entry.title, entry.summary, Reader.SUMMARY, problem=str(exc)), exc
    title = entry.title or page.title
    if page.barrier or not page.text:
        problem = f"the page is behind a {page.barrier}" if page.barrier else "no article was found on the page"
        return _made(desk, entry, title, entry.summary, Reader.SUMMARY, problem=problem), None
    return _made(desk, entry, title, page.text, Reader.PAGE, is_degraded=page.is_degraded), None


async def _page(desk: Desk, entry: Entry) -> Page:
    if entry.html is not None:
        return await desk.source.page_of(entry.html, entry.url)
    feed = desk.feeds.get(entry.feed)  # its feed may have been removed meanwhile
    return await desk.source.page(entry.url or "", allow_private=feed is not None and feed.allow_private)


def _made(
    desk: Desk,
    entry: Entry,
    title: str,
    text: str,
    reader: Reader,
    *,
    problem: str | None = None,
    is_degraded: bool = False,
) -> Article:
    text = text[:MAX_TEXT_CHARS]
    feed = desk.feeds.get(entry.feed)
    language = entry.language or detect(f"{title}\n{text}", feed.languages if feed else ())
    if language == UNKNOWN and feed and feed.languages:
        language = feed.languages[0]
    return Article(
        entry=entry, title=title, text=text, language=language, reader=reader, is_degraded=is_degraded, problem=problem
    )
