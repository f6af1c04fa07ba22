"""Read: from entries to articles.

In:  entries that were listed.
Out: their articles, stored with the pauses that hosts asked for; an entry whose page cannot be had
     now is left for later, and in the end speaks from its summary.
Not here: fetching and extracting (sources/), judging (assess.py).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, assert_never

import structlog

from monitor.errors import FetchError, NoWorkerError, RobotsError, SourceError
from monitor.model.article import Article, Entry, Page, Reader
from monitor.model.feed import NotModified, Validators
from monitor.pipeline.desk import Desk
from monitor.sources.read_page import ReadPage
from monitor.store import entries, feeds
from monitor.store.editions import is_edition
from monitor.store.engine import Tx
from monitor.store.entries import KnownPage, Stored
from monitor.telemetry import metrics
from monitor.text.fingerprint import text_hash
from monitor.text.language import UNKNOWN
from monitor.text.tokens import words
from monitor.text.urls import host

BATCH: Final = 32  # entries in hand at once, few of them of one host (entries.claim_listed)
ROOMY: Final = 8  # free places that make it worth while to claim more
LOOK_AGAIN_S: Final = 1.0  # for entries that were listed meanwhile: a page that hangs holds up no other host's
MAX_TEXT_CHARS: Final = 200_000  # of an article; a longer text is a book or an attack
PAUSES: Final = (timedelta(seconds=30), timedelta(minutes=2))  # before the second and the third try at a page
MOST_PAUSE: Final = entries.LEASE  # a host that asks for more is not waited for
SAME_FOR: Final = timedelta(hours=6)  # that what was read at an address stands for it unasked
WALLS: Final = 3  # addresses of one host with one text under different titles: no article, but what stands before them
LONGER: Final = 4  # times as long in characters, and a text has more letters whatever is folded away
MOST_ALIKE: Final = 50  # entries with that text that are looked at

# That a page waits for others: one transaction then stores them all, and it costs more than an article.
GATHER_S: Final = 0.2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of reading one entry."""

    article: Article
    kind: str = ""  # as monitor_pages_total counts it; "" where no page was asked for
    failure: SourceError | None = None
    validators: Validators | None = None


_Done = tuple[Stored, _Outcome, timedelta | None]  # an entry, what came of it, for how long it is left


async def read_waiting(desk: Desk, *, is_patient: bool = False, on_read: Callable[[], None] = lambda: None) -> int:
    """Read every entry that waits for it; `on_read` is called for each that is stored. Returns how many were taken up.

    is_patient: a page that cannot be had now is asked for again later; otherwise its entry speaks from its summary now.
    An entry for which there was no worker is left for later either way: that says nothing of its page.
    """
    total, refused = 0, None
    reading: dict[asyncio.Task[_Outcome], Stored] = {}
    try:
        while True:
            in_hand = [stored.entry for stored in reading.values()]
            for stored, known in await _claim(desk, in_hand):
                reading[asyncio.create_task(_read(desk, stored, known))] = stored
                total += 1
            if not reading:
                break
            await asyncio.wait(reading, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(reading, timeout=GATHER_S)  # what comes at once is stored at once
            done = [(reading.pop(task), task.result()) for task in tuple(reading) if task.done()]
            try:
                for _ in range(await _store(desk, [(*each, _pause(*each, is_patient=is_patient)) for each in done])):
                    on_read()
            except Exception as exc:  # noqa: BLE001 - a wall: what is refused of one ends the reading of no other
                refused = refused or exc
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    if refused is not None:
        raise refused
    return total


async def _claim(desk: Desk, in_hand: Sequence[Entry]) -> list[tuple[Stored, KnownPage | None]]:
    """Claim more entries, where there is room for enough of them to be worth a transaction.

    Returns each with what was read at its address before.
    """
    room, now = BATCH - len(in_hand), desk.now()

    def claim(tx: Tx) -> list[tuple[Stored, KnownPage | None]]:
        batch = entries.claim_listed(tx, now=now, lease=desk.lease, limit=room, in_hand=in_hand)
        known = entries.read_before(tx, batch)
        return [(stored, known.get(stored.n)) for stored in batch]

    return await desk.store.write(claim) if room >= ROOMY else []


async def _read(desk: Desk, stored: Stored, known: KnownPage | None) -> _Outcome:
    try:
        return await _outcome(desk, stored, known)
    except Exception as exc:  # the worker loop's wall: a fault of ours in one page leaves the entry its summary
        log.exception("read_failed", entry=stored.entry.id)
        problem = f"unforeseen {type(exc).__name__} while reading"
        return _Outcome(article=_from_summary(desk, stored.entry, problem), kind="failed")


async def _store(desk: Desk, done: Sequence[_Done]) -> int:
    """Store what came of some entries, in one transaction. Returns how many articles there are of them.

    What the store refuses of one of them keeps no other from being stored, and is raised then.
    """
    if not done:
        return 0
    try:
        kept = await desk.store.write(lambda tx: [_write(tx, desk, *each) for each in done])
    except Exception:  # whatever it was: storing each by itself finds the one
        if len(done) == 1:
            raise
        alone = await asyncio.gather(*(_store(desk, [each]) for each in done), return_exceptions=True)
        stored = [each for each in alone if isinstance(each, int)]
        refused = next((each for each in alone if isinstance(each, BaseException)), None)
        if refused is not None:
            raise refused from None
        return sum(stored)
    for (entry, outcome, _), article in zip(done, kept, strict=True):
        _tell(entry, outcome, article)
    return sum(article is not None for article in kept)


def _tell(stored: Stored, outcome: _Outcome, kept: Article | None) -> None:
    """Count what came of an entry, and log it."""
    if kept is None:
        metrics.count("monitor_pages_total", "later")
        log.info("page_put_off", entry=stored.entry.id, error=str(outcome.failure), attempts=stored.attempts)
        return
    if kind := "repeated" if kept is not outcome.article else outcome.kind:
        metrics.count("monitor_pages_total", kind)
    log.debug("entry_read", entry=stored.entry.id, reader=str(kept.reader), problem=kept.problem)


def _write(tx: Tx, desk: Desk, stored: Stored, outcome: _Outcome, pause: timedelta | None) -> Article | None:
    """Store what came of an entry; returns its article, or None where it is left for later."""
    failure, now = outcome.failure, desk.now()
    if isinstance(failure, FetchError) and (pause_s := failure.asked_pause_s()):
        feeds.hold(tx, failure.host, now + timedelta(seconds=pause_s))
    if pause is not None:
        entries.put_off(tx, stored.n, until=now + pause)
        return None
    article = outcome.article
    hashed = text_hash(article.text or article.title)
    at = _speaks_at(desk, article, outcome.validators) or stored.entry.host
    if article.reader is Reader.PAGE and article.text and _is_repeated(tx, stored, article, hashed, at):
        problem = f"its host gives the same text under {WALLS} addresses: no article, but what stands before them"
        article = _from_summary(desk, stored.entry, problem)
        hashed = text_hash(article.text or article.title)
    entries.put_article(tx, stored, article, text_hash=hashed, validators=outcome.validators)
    entries.speaks_at(tx, stored, _speaks_at(desk, article, outcome.validators))
    return article


def _speaks_at(desk: Desk, article: Article, validators: Validators | None) -> str:
    """Return the host that an article's text was had from: a feed may list any address, and redirect from any to any.

    A summary speaks at its feed's host, whatever address it stands under; "" where that is not known.
    """
    feed = desk.feeds.get(article.entry.feed)
    match article.reader:
        case Reader.PAGE:
            return host(validators.url) if validators and validators.url else ""
        case Reader.SUMMARY:
            return host(feed.url) if feed and feed.url else ""
        case Reader.SOURCE:
            return ""
        case _:
            assert_never(article.reader)


def _is_repeated(tx: Tx, stored: Stored, article: Article, hashed: str, at: str) -> bool:
    """Return whether enough other entries of the host have this text behind other addresses, under other titles.

    One article that stands at several addresses keeps its title, or gives one of them as its own.
    """
    entry, own = stored.entry, {stored.entry.url_key, article.canonical_key}
    if not at or not entry.url_key:
        return False
    found = entries.pages_with_text(tx, hashed, host=at, but=stored.n, limit=MOST_ALIKE)
    others = [(keys, title) for keys, title in found if not keys & own and title != entry.title]
    return min(len({keys for keys, _ in others}), len({title for _, title in others})) >= WALLS - 1


def _pause(stored: Stored, outcome: _Outcome, *, is_patient: bool) -> timedelta | None:
    """Return for how long a page is left before it is asked for again; None where it is not."""
    failure = outcome.failure
    may_help = isinstance(failure, NoWorkerError) or (
        is_patient and isinstance(failure, FetchError) and failure.transient
    )
    if not may_help or stored.attempts > len(PAUSES):
        return None
    asked_s = (failure.retry_after_s or 0.0) if isinstance(failure, FetchError) else 0.0
    pause = max(PAUSES[stored.attempts - 1], timedelta(seconds=asked_s))
    return pause if pause <= MOST_PAUSE else None


async def _outcome(desk: Desk, stored: Stored, known: KnownPage | None) -> _Outcome:
    """Return what comes of an entry: its source's text, what was read at its address before, its page, its summary."""
    entry = stored.entry
    if entry.text is not None:
        return _Outcome(article=_made(desk, entry, entry.title, entry.text, Reader.SOURCE))
    if entry.html is not None:
        return await _from_page(desk, entry, desk.source.page_of(entry.html, entry.url))
    if entry.url is None:
        return _Outcome(article=_from_summary(desk, entry))
    if known and not is_edition(entry) and _lists_the_same(entry, known.article.entry):
        return _Outcome(article=_again(known.article, entry), validators=known.validators)
    feed = desk.feeds.get(entry.feed)  # its feed may have been removed meanwhile
    asked = desk.source.page(
        entry.url,
        allow_private=feed is not None and feed.allow_private,
        conditions=known.validators if known else None,
    )
    return await _from_page(desk, entry, asked, known)


def _lists_the_same(entry: Entry, other: Entry) -> bool:
    """Whether two listings of one address, some hours apart, speak of one text: there are pages rewritten in place."""
    is_alike = entry.title == other.title or (entry.summary == other.summary != "")
    return is_alike and abs(entry.first_seen - other.first_seen) <= SAME_FOR


async def _from_page(
    desk: Desk, entry: Entry, asked: Awaitable[ReadPage | NotModified], known: KnownPage | None = None
) -> _Outcome:
    """Return the article of an entry's page; where that fails or is none, of its summary, saying why.

    known: what was read behind the address before; it stands for a page that is what it was.
    """
    try:
        found = await asked
    except SourceError as exc:
        kind = "refused" if isinstance(exc, RobotsError) else "failed"
        return _Outcome(article=_from_summary(desk, entry, str(exc)), kind=kind, failure=exc)
    if isinstance(found, NotModified):
        if known is None:
            raise AssertionError("not modified since nothing")
        return _Outcome(article=_again(known.article, entry), kind="unchanged", validators=known.validators)
    page = found.page
    kind, problem = _useless(page, entry)
    if kind:
        return _Outcome(article=_from_summary(desk, entry, problem, title=page.title), kind=kind)
    article = replace(
        _made(desk, entry, entry.title or page.title, page.text, Reader.PAGE, says=page.language),
        is_degraded=page.is_degraded,
        problem=found.problem,
        author=page.author,
        site=page.site,
        dated=page.date,
        canonical_key=found.canonical_key,
    )
    return _Outcome(article=article, kind="degraded" if page.is_degraded else "read", validators=found.validators)


def _useless(page: Page, entry: Entry) -> tuple[str, str]:
    """Return what a page is that does not hold its article, as it is counted and as it is told; empty if it does."""
    if page.barrier:
        return "walled", f"the page is behind a {page.barrier}" if page.is_walled else f"the page is an {page.barrier}"
    if not page.text:
        return "empty", "no article was found on the page"
    if len(page.text) < LONGER * len(entry.summary) and _letters(page.text) < _letters(entry.summary):
        return "teaser", "the page holds less than the feed's own summary"
    return "", ""


def _letters(text: str) -> int:
    return sum(map(len, words(text)))


def _again(known: Article, entry: Entry) -> Article:
    """Return an article that was read before for another listing of its address."""
    title, language = entry.title or known.title, entry.language or known.language
    return replace(known, entry=entry, title=title, language=language, aside=())


def _from_summary(desk: Desk, entry: Entry, problem: str | None = None, *, title: str = "") -> Article:
    """Return what an entry says itself; title: the page's, for one that is listed without."""
    return replace(_made(desk, entry, entry.title or title, entry.summary, Reader.SUMMARY), problem=problem)


def _made(desk: Desk, entry: Entry, title: str, text: str, reader: Reader, *, says: str | None = None) -> Article:
    """Return an article; says: the language that its page gives as its own.

    Templates often get that wrong. It stands until somebody asks for the article: then it is found out (assess.py).
    """
    feed = desk.feeds.get(entry.feed)
    written = feed.languages if feed else ()
    language = entry.language or says or (written[0] if written else UNKNOWN)
    return Article(entry=entry, title=title, text=text[:MAX_TEXT_CHARS], language=language, reader=reader)
