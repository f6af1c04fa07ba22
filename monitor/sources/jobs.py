"""Jobs: what workers are asked to do, under names that cost the program nothing to know.

In:  bytes from outside.
Out: what parse.py, spans.py and extract.py make of them.
Not here: parsing and extracting. Their libraries are loaded where the work is done: 27 MiB that the program itself,
which never parses anything, does without.
"""

from typing import TYPE_CHECKING

from monitor.model.article import Page
from monitor.model.feed import FeedMemory, ParsedFeed

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


def extract_page(html: bytes, url: str | None) -> Page:
    """Return the article of a page; see extract.extract_page."""
    from monitor.sources import extract

    return extract.extract_page(html, url)
