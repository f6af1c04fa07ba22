"""Discovery: the feed behind an address that a person typed.

In:  a URL, of a feed or of a page; the client, the workers.
Out: the feed that was found, how, and what was tried; for a feed's own URL what one request for it came to.
Not here: writing it down (config/edit.py), polling by schedule (feeds.py).

A candidate counts only once it was fetched and read as a feed: half of what pages declare answers with a page.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from lxml import etree

from monitor.errors import FetchError, SourceError
from monitor.model.feed import Feed, FeedMemory, ParsedFeed
from monitor.sources.feeds import poll_feed
from monitor.sources.gate import GAP_S
from monitor.sources.guard import public_form
from monitor.sources.http import Client, Response
from monitor.sources.links import web_link
from monitor.sources.markup import clean, declared_charset
from monitor.sources.workers import Workers
from monitor.text.urls import host

DEADLINE_S: Final = 60.0  # for a whole search: 12 requests with the pause between them, and one slow answer
MAX_REQUESTS: Final = 12
FOR_ROBOTS: Final = 3  # of them kept for robots.txt, an index of sitemaps, a sitemap
MAX_DECLARED: Final = 5  # candidates of a kind that are tried; pages declare two or three
MAX_LINKED: Final = 3
MAX_LISTED: Final = 50  # links of a kind that are taken from one page, or sitemaps
MAX_SITEMAPS: Final = 1_000  # of one robots.txt or index, among which those of news are looked for
MAX_SEARCHED_BYTES: Final = 2 * 1024 * 1024  # of a page; its links stand at its beginning
MAX_ROBOTS_BYTES: Final = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB are read
MAX_TITLE_CHARS: Final = 200
ROBOTS_DEADLINE_S: Final = 10.0
LINKS_TIMEOUT_S: Final = 4.0
USUAL_PLACES: Final = (
    "/feed", "/feed/", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json",
)  # fmt: skip

_FEED_TYPE: Final = re.compile(
    r"(?:application|text)/(?:(?:rss|atom|rdf)(?:\+xml)?|feed\+json|json|xml)", re.IGNORECASE
)
_LESS_LIKELY: Final = re.compile(r"/comments?\b|wp-json|oembed", re.IGNORECASE)
_FEED_LIKE: Final = re.compile(
    r"(?:^|[/._=-])(?:rss2?|atom|feeds?|rdf)(?:$|[/._?&=-])|\.(?:rss|atom|rdf|xml)$|/feed\.json$", re.IGNORECASE
)
_FEED_WORDS: Final = re.compile(r"\b(?:rss|atom|feeds?)\b", re.IGNORECASE)
_PAGE: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_TAME: Final = {"recover": True, "remove_comments": True, "huge_tree": False, "no_network": True}
_SITEMAP: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


class Origin(StrEnum):
    """How a candidate was come by."""

    ITSELF = "itself"  # it is the address that was given
    DECLARED = "declared"  # the page says that it is its feed
    LINKED = "linked"  # the page links to it, and it looks like one
    USUAL = "usual"  # many sites have theirs there
    SITEMAP = "sitemap"  # the site's robots.txt names it


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed's."""

    url: str
    origin: Origin
    title: str = ""  # as the page has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one request for a feed came to: either `feed` or `error` is set."""

    url: str  # that was asked for
    took_ms: int
    answer: Response | None  # None where none came, or none that could be used
    status: int | None
    feed: ParsedFeed | None = None
    error: SourceError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a search came to."""

    found: Candidate | None
    trial: Trial  # of `found`; of the address itself where nothing was found
    others: tuple[Candidate, ...]  # what the page names beside it, not asked for
    failed: tuple[tuple[Candidate, str], ...]  # what was asked for and is no feed, and why
    is_page: bool  # the address itself is a page
    stopped: str | None = None  # why the search ended before everything was tried


@asynccontextmanager
async def open_prober(*, contact: str, gap_s: float = GAP_S) -> AsyncIterator["Prober"]:
    """Open a client and a worker for a person who waits."""
    workers = Workers(1)
    try:
        async with _NotingClient(contact=contact, gap_s=gap_s) as client:
            yield Prober(client, workers)
    finally:
        await workers.close()


class _NotingClient(Client):
    """The client, remembering its last answer: what polls a feed keeps only what the feed says."""

    _last: Response | None = None

    async def get(self, url: str, **settings: Any) -> Response:
        self._last = None
        self._last = await super().get(url, **settings)
        return self._last

    def forget(self) -> None:
        """Forget the last answer."""
        self._last = None

    def last(self) -> Response | None:
        """Return the answer to the last request; None where it had none that could be used."""
        return self._last


class Prober:
    """Asks for feeds outside any schedule; nothing of it is stored."""

    def __init__(self, client: _NotingClient, workers: Workers) -> None:
        self.client = client
        self.workers = workers

    async def test(self, feed: Feed) -> Trial:
        """Return what one poll of a feed gives that never was polled before."""
        url, began = feed.url or "", time.monotonic()
        self.client.forget()
        parsed: ParsedFeed | None = None
        error: SourceError | None = None
        try:
            polled = await poll_feed(feed, FeedMemory(), client=self.client, workers=self.workers)
        except SourceError as exc:
            error = exc
        else:
            parsed = polled if isinstance(polled, ParsedFeed) else ParsedFeed(entries=())
        answer = self.client.last()
        status = answer.status if answer else error.status if isinstance(error, FetchError) else None
        took_ms = round((time.monotonic() - began) * 1000)
        return Trial(url=url, took_ms=took_ms, answer=answer, status=status, feed=parsed, error=error)

    async def discover(self, url: str, *, allow_private: bool) -> Discovery:
        """Return the feed at an address, or the first one that is truly behind it.

        In order: the address itself; what the page declares; links of its own host that look like feeds; the usual
        places; Google News sitemaps that robots.txt names. At most MAX_REQUESTS requests and DEADLINE_S seconds.
        """
        hunt = _Hunt(self, url, allow_private)
        stopped = None
        try:
            async with asyncio.timeout(DEADLINE_S):
                await hunt.run()
        except TimeoutError:
            stopped = f"not everything was tried within {DEADLINE_S:g} s"
        return hunt.result(stopped)


class _Hunt:
    """One search."""

    def __init__(self, prober: Prober, url: str, allow_private: bool) -> None:
        self._prober = prober
        self._url = url
        self._allow_private = allow_private
        self._left = MAX_REQUESTS
        self._asked: set[str] = set()
        self._named: tuple[Candidate, ...] = ()
        self._failed: list[tuple[Candidate, str]] = []
        self._first: Trial | None = None
        self._found: tuple[Candidate, Trial] | None = None
        self._is_page = False

    def result(self, stopped: str | None) -> Discovery:
        first = self._first or _unanswered(self._url, stopped or "")
        found, trial = self._found or (None, first)
        if stopped is None and found is None and not self._left:
            stopped = f"not everything was tried with {MAX_REQUESTS} requests"
        return Discovery(
            found=found,
            trial=trial,
            others=tuple(each for each in self._named if each.url not in self._asked),
            failed=tuple(self._failed),
            is_page=self._is_page,
            stopped=stopped if found is None else None,
        )

    async def run(self) -> None:
        """Search until something is found or everything is tried."""
        self._first = first = await self._try(Candidate(self._url, Origin.ITSELF))
        if first is None or first.feed is not None or first.answer is None or not _is_page(first.answer):
            return
        self._is_page = True
        page = first.answer
        declared, linked = await self._links(page)
        self._named = (*declared, *linked)
        usual = [Candidate(urljoin(page.url, place), Origin.USUAL) for place in USUAL_PLACES]
        if await self._any([*declared[:MAX_DECLARED], *linked[:MAX_LINKED], *usual], keep=FOR_ROBOTS):
            return
        for sitemap in await self._sitemaps(page.url):
            trial = await self._try(sitemap)
            if trial is None or trial.feed is not None:
                return
            inner = await self._indexed(trial)
            if inner and await self._any(inner):
                return

    async def _links(self, page: Response) -> tuple[list[Candidate], list[Candidate]]:
        body, kind = page.body[:MAX_SEARCHED_BYTES], page.headers.get("Content-Type")
        try:
            return await self._prober.workers.run(find_links, body, page.url, kind, timeout_s=LINKS_TIMEOUT_S)
        except SourceError:  # a page that kills its parser says nothing, and the usual places are left
            return [], []

    async def _any(self, candidates: Iterable[Candidate], *, keep: int = 0) -> bool:
        for candidate in candidates:
            if candidate.url in self._asked:
                continue
            if self._left <= keep:
                return False
            trial = await self._try(candidate)
            if trial is not None and trial.feed is not None:
                return True
        return False

    async def _try(self, candidate: Candidate) -> Trial | None:
        """Ask for a candidate; None where no request is left for it."""
        if self._left <= 0:
            return None
        self._asked.add(candidate.url)
        self._left -= 1
        trial = await self._prober.test(Feed(name="", url=candidate.url, allow_private=self._allow_private))
        if trial.answer is not None and trial.answer.url not in self._asked:
            self._asked.add(trial.answer.url)
            self._left -= candidate.origin is not Origin.ITSELF  # a redirect is a request of its own
        if trial.feed is not None:
            self._found = (candidate, trial)
        elif candidate.origin is not Origin.ITSELF:
            self._failed.append((candidate, str(trial.error)))
        return trial

    async def _sitemaps(self, page: str) -> list[Candidate]:
        if self._left <= 0:
            return []
        self._left -= 1
        try:
            answer = await self._prober.client.get(
                urljoin(page, "/robots.txt"),
                headers={"Accept": "text/plain"},
                max_bytes=MAX_ROBOTS_BYTES,
                deadline_s=ROBOTS_DEADLINE_S,
                allow_private=self._allow_private,
                is_urgent=True,
            )
        except SourceError:
            return []
        return sitemaps_of(answer.body, answer.url)

    async def _indexed(self, trial: Trial) -> list[Candidate]:
        answer = trial.answer
        if answer is None or b"sitemapindex" not in answer.body[:4096]:
            return []
        try:
            return await self._prober.workers.run(find_sitemaps, answer.body, answer.url, timeout_s=LINKS_TIMEOUT_S)
        except SourceError:
            return []


def sitemaps_of(robots: bytes, url: str) -> list[Candidate]:
    """Return the sitemaps that a robots.txt names, those of news first."""
    text = robots.decode("utf-8", "replace")
    return _news_first(_absolute(url, found[1]) for found in islice(_SITEMAP.finditer(text), MAX_SITEMAPS))


def _is_page(answer: Response) -> bool:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml") or bool(_PAGE.search(answer.body[:2_048]))


def _unanswered(url: str, reason: str) -> Trial:
    error = FetchError(reason, url=public_form(url))
    return Trial(url=url, took_ms=round(DEADLINE_S * 1000), answer=None, status=None, error=error)


def _news_first(urls: Iterable[str | None]) -> list[Candidate]:
    unique = dict.fromkeys(url for url in urls if url)
    likely = sorted(unique, key=lambda url: "news" not in urlsplit(url).path.lower())
    return [Candidate(url, Origin.SITEMAP) for url in likely[:MAX_LISTED]]


def _absolute(base: str, href: str | None) -> str | None:
    """Return where a link leads, without its fragment; None where that is no address that feeds come from."""
    found = web_link(base, href) if href else None
    plain = found.partition("#")[0] if found else None
    return plain if plain and "@" not in urlsplit(plain).netloc else None


# What follows runs inside a worker.


def find_links(html: bytes, url: str, content_type: str | None) -> tuple[list[Candidate], list[Candidate]]:
    """Return the feeds that a page declares, and links to its own host that look like feeds; each likely ones first."""
    root = _parsed(html, etree.HTMLParser(**_TAME, encoding=declared_charset(content_type)))
    if root is None:
        return [], []
    base = next((found for each in root.iter("base") if (found := _absolute(url, each.get("href")))), url)
    declared, linked = _unique(_declared(root, base)), _unique(_linked(root, base, host(url)))
    return _likely_first(declared.values()), _likely_first(linked[url] for url in linked if url not in declared)


def find_sitemaps(xml: bytes, url: str) -> list[Candidate]:
    """Return the sitemaps that an index of sitemaps lists, those of news first; none where it is no such index."""
    root = _parsed(xml, etree.XMLParser(**_TAME, resolve_entities=False, load_dtd=False))
    if root is None or not isinstance(root.tag, str) or etree.QName(root).localname != "sitemapindex":
        return []
    return _news_first(_absolute(url, place.text) for place in islice(root.iterfind("{*}sitemap/{*}loc"), MAX_SITEMAPS))


def _parsed(markup: bytes, parser: Any) -> Any:
    try:
        return etree.fromstring(markup, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _declared(root: Any, base: str) -> Iterator[Candidate]:
    for link in root.iter("link"):
        words = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip()
        if "alternate" in words and not _FEED_TYPE.fullmatch(kind):
            continue
        if ("alternate" in words or "feed" in words) and (found := _absolute(base, link.get("href"))):
            yield Candidate(found, Origin.DECLARED, _line(link.get("title")))


def _linked(root: Any, base: str, own_host: str) -> Iterator[Candidate]:
    for link in root.iter("a"):
        found = _absolute(base, link.get("href"))
        if found is None or host(found) != own_host:
            continue
        parts = urlsplit(found)
        words = _line(" ".join(islice(link.itertext(), 20))[:1_000])
        if (
            _FEED_LIKE.search(parts.path)
            or _FEED_LIKE.search(parts.query)
            or (len(words) < 40 and _FEED_WORDS.search(words))
        ):
            yield Candidate(found, Origin.LINKED, words)


def _unique(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for each in candidates:
        found.setdefault(each.url, each)
    return found


def _likely_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(islice(candidates, MAX_LISTED), key=lambda each: _LESS_LIKELY.search(each.url) is not None)


def _line(text: str | None) -> str:
    return " ".join(clean(text or "").split())[:MAX_TITLE_CHARS]
