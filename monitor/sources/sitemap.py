"""Sitemap: the articles that a news sitemap lists.

In:  a document whose root is `urlset` or `sitemapindex`.
Out: a ParsedFeed, entries oldest first; ParseError where no news is listed.
Not here: following an index to its children, sitemaps of other pages: neither says when or whether something is new.

Read in pieces and no further than MAX_ENTRIES addresses: sitemaps of tens of megabytes exist.
Source: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from lxml import etree

from monitor.errors import ParseError
from monitor.model.feed import FeedEntry, ParsedFeed
from monitor.sources.links import web_link
from monitor.sources.listed import MAX_TITLE_CHARS, make_entry, moment, unique
from monitor.sources.markup import plain
from monitor.sources.spans import MAX_ENTRIES, MAX_TAGS
from monitor.text.language import code_of

MAX_CHILDREN: Final = 3  # of an index, named in the error
_PIECE_CHARS: Final = 65_536
_NEWS: Final = "google.com/schemas/sitemap-news"
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


def read_sitemap(text: str, root_at: int, url: str) -> ParsedFeed:
    """Return the articles of a news sitemap, oldest first; where no dates say otherwise, its first is its newest.

    text: the document without control characters. root_at: where its root element begins. url: where it came from.
    Raises ParseError: an index of sitemaps, none of news, no XML.
    """
    listed: list[FeedEntry | None] = []
    children: list[str] = []
    count = 0
    is_news = _NEWS in text[root_at : root_at + 2_000]
    fault = ""
    try:
        for element in _elements(text, root_at):
            name = _name(element)
            if name == "sitemap":
                children.append(_field(element, "loc"))
            else:
                count += 1
                if (news := _child(element, "news")) is not None:
                    listed.append(_entry(element, news, url))
            if count > MAX_ENTRIES or len(children) >= MAX_CHILDREN:
                break
    except etree.XMLSyntaxError as exc:
        fault = f"is not well-formed XML: {str(exc.msg)[:200]}"
    if children:
        raise ParseError(f"is an index of sitemaps; watch one of those it names, such as {_named(children, url)}")
    if not listed and (count or not is_news):
        raise ParseError(fault or "is a sitemap without news: it does not say what its pages are and when they came")
    newest_last = listed[MAX_ENTRIES - 1 :: -1]
    entries, said = unique(sorted(newest_last, key=_published))
    if count > MAX_ENTRIES:
        said.insert(0, f"lists more than {MAX_ENTRIES:,} addresses, of which the first {MAX_ENTRIES:,} were read")
    return ParsedFeed(
        entries=entries,
        problems=(*([fault] if fault else []), *said),
        listed=min(count, MAX_ENTRIES),
        is_malformed=bool(fault),
    )


def _elements(text: str, root_at: int) -> Iterator[Any]:
    """Give each `url` and `sitemap` element of the document once it is complete, and forget it afterwards."""
    parser = etree.XMLPullParser(
        events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    tags = 0
    for at in range(root_at, len(text), _PIECE_CHARS):
        piece = text[at : at + _PIECE_CHARS]
        tags += piece.count("<")
        if tags > 2 * MAX_TAGS:
            raise ParseError(f"holds more than {MAX_TAGS:,} elements")
        fault: etree.XMLSyntaxError | None = None
        try:
            parser.feed(piece.encode("utf-8", "ignore"))
        except etree.XMLSyntaxError as exc:
            fault = exc  # what was complete before it comes first
        for _, element in parser.read_events():
            if _name(element) not in ("url", "sitemap"):
                continue
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        if fault is not None:
            raise fault
    parser.close()


def _entry(element: Any, news: Any, url: str) -> FeedEntry | None:
    publication = _child(news, "publication")
    return make_entry(
        guid="",
        title=plain(_field(news, "title"), MAX_TITLE_CHARS),
        summary="",
        link=_field(element, "loc"),
        base=url,
        published=moment(_field(news, "publication_date")),
        language=code_of(_field(publication, "language")) if publication is not None else None,
    )


def _child(element: Any, name: str) -> Any | None:
    return next((child for child in element if _name(child) == name), None)


def _field(element: Any, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else (child.text or "").strip()


def _name(element: Any) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _published(entry: FeedEntry | None) -> datetime:
    return (entry and entry.published) or _NO_TIME


def _named(children: list[str], url: str) -> str:
    return ", ".join(filter(None, (web_link(url, child) for child in children))) or "none that can be followed"
