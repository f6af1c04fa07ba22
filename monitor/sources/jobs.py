"""Jobs: what workers are asked to do, under names that cost the program nothing to know.

In:  bytes from outside.
Out: what parse.py, spans.py and extract.py make of them, and what a robots.txt says.
Not here: parsing and extracting. Their libraries are loaded where the work is done: 27 MiB that the program itself,
which never parses anything, does without.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from monitor.model.article import Page
from monitor.model.feed import FeedMemory, ParsedFeed
from monitor.text import urls

if TYPE_CHECKING:
    from monitor.sources.spans import Span


def parse_feed(
    body: bytes, url: str, content_type: str | None, memory: FeedMemory, only: frozenset[bytes] | None = None
) -> ParsedFeed:
    """Return what a feed lists; see parse.parse_feed."""
    from monitor.sources import parse

    return parse.parse_feed(body, url, content_type, memory, only)


def spans_of(body: bytes, content_type: str | None) -> "tuple[Span, ...]":
    """Return a feed's entries as they are written; see spans.spans_of."""
    from monitor.sources import spans

    return spans.spans_of(body, content_type)


def extract_page(html: bytes, url: str | None, charset: str | None = None) -> Page:
    """Return the article of a page; see extract.extract_page."""
    from monitor.sources import extract

    return extract.extract_page(html, url, charset)


def extract_degraded(html: bytes, url: str | None, charset: str | None = None) -> Page:
    """Return the article of a page as a lesser reader sees it; see extract.extract_degraded."""
    from monitor.sources import extract

    return extract.extract_degraded(html, url, charset)


def read_with(
    reader: Callable[[bytes, str | None, str | None], Page], html: bytes, url: str | None, charset: str | None
) -> tuple[Page, str | None]:
    """Return what one of the readers makes of a page, and the key of the address that the page gives as its own."""
    page = reader(html, url, charset)
    return page, urls.canonical(page.canonical) if page.canonical else None


def may_visit(robots: bytes, url: str, token: str) -> bool:
    """Return whether a robots.txt lets the program of that name ask for an address of its host."""
    from protego import Protego

    return bool(Protego.parse(robots.decode("utf-8-sig", "replace")).can_fetch(url, token))
