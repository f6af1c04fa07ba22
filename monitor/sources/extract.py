"""Extract: what a reader sees of a page. Runs inside a worker process: hostile pages can cost any amount of time.

In:  the body of a page, its URL.
Out: a Page; its text is empty where there is no article.
Not here: fetching (pages.py), killing what takes too long (workers.py), judging the text (analysis/); what is hidden
from eyes (page_tree.py), what stands before the article (barriers.py), what the page says of itself (metadata.py).

trafilatura does the reading. resiliparse, a tenth as slow and a lesser reader, does where trafilatura was stopped, and
where it sees next to nothing on a page that holds more.
"""

import re
from typing import Any, Final

import courlan
import trafilatura
from lxml import etree
from resiliparse.extract.html2text import extract_plain_text
from trafilatura.settings import Document

from monitor.errors import ParseError
from monitor.model.article import Page
from monitor.sources import barriers, metadata, page_tree
from monitor.sources.limits import MAX_PAGE_BYTES
from monitor.sources.markup import clean

MAX_TAGS: Final = 30_000  # 26,000 headings took 4 s, 64,000 paragraphs 6 s; a long article has some 3,000 tags
MAX_TEXT_CHARS: Final = 300_000  # a book of 50,000 words; what stands behind it is not read
MAX_DEGRADED_CHARS: Final = 1_500_000  # of markup, for the lesser reader: 99 pages in 100 are smaller
MAX_DEGRADED_TAGS: Final = 100_000  # take 0.5 s
FEW_CHARS: Final = 200  # a text under this may be a miss
CLEARLY_MORE: Final = 3  # times as much as was found
LINE_CHARS: Final = 40  # a line as long may be a sentence
SURELY_PROSE_CHARS: Final = 600  # of sentences
PROSE_SHARE: Final = 0.85  # of an article's text; lists of headlines with a line under each have .4 to .8

# Only what the page states of its day: a search through all its text finds other days, too, and takes quadratic time.
# No bound of today's: equal pages are to give equal results.
_DATES: Final = {"original_date": True, "extensive_search": False, "max_date": "9999-12-31"}
_SENTENCE_END: Final = re.compile(r"[.!?…:;»”\"')\]。！？؟।]\s*$")


def extract_page(html: bytes, url: str | None, charset: str | None = None) -> Page:
    """Return the article of a page as its reader sees it; text "" where there is none.

    html: as fetched, in whatever charset; at most 5 MiB and 30,000 tags.
    charset: that its host says it is written in.
    The title is the page's own word to others (og:title), else its only heading, else what trafilatura finds.
    is_degraded: trafilatura saw next to nothing, and the lesser reader an article.
    Raises ParseError: over a cap.
    """
    markup = _markup(html, charset)
    if markup.count("<") > MAX_TAGS:
        raise ParseError(f"holds more than {MAX_TAGS:,} tags")
    tree = page_tree.tree_of(markup)
    if tree is None:
        return Page(title="", text="")
    has_frame = page_tree.unframe(tree)
    told = _read(tree, url)
    if has_frame and len(told.text or "") < barriers.SHORT_CHARS:
        tree = page_tree.tree_of(markup)  # what stands around so little may say why, or be the article after all
        if len(told.text or "") < barriers.SCANT_CHARS:
            told = _read(tree, url)
    text = told.text or ""
    if len(text) < FEW_CHARS:
        more = _degraded_text(tree)
        if _is_article(more) and len(more) > CLEARLY_MORE * len(text):
            return _page(tree, url, more, told, is_degraded=True)
    return _page(tree, url, text, told)


def extract_degraded(html: bytes, url: str | None, charset: str | None = None) -> Page:
    """Return the article of a page as a lesser reader sees it, in a second at most; text "" where there is none.

    There is one only where something reads as sentences. A page of too many tags is read as far as they may go.
    Raises ParseError: over 5 MiB.
    """
    markup = _markup(html, charset)[:MAX_DEGRADED_CHARS]
    while markup.count("<") > MAX_DEGRADED_TAGS:
        markup = markup[: len(markup) // 2]
    tree = page_tree.tree_of(markup)
    if tree is None:
        return Page(title="", text="", is_degraded=True)
    text = _degraded_text(tree)
    is_text = sum(map(len, _prose(text))) >= FEW_CHARS
    return _page(tree, url, text if is_text else "", _stated(tree), is_degraded=True)


def warm_up() -> None:
    """Load what the libraries load on first use, so that nothing is opened, let alone downloaded, in mid-extraction."""
    address = "https://www.example.co.uk/news/article-1.html"
    courlan.check_url(address)
    courlan.extract_domain(address)
    page = b"<html><body><article><p>Warm\xe9.</p></article></body></html>"
    extract_page(page, address)
    extract_degraded(page, address)


def _markup(html: bytes, charset: str | None) -> str:
    if len(html) > MAX_PAGE_BYTES:
        raise ParseError(f"is larger than {MAX_PAGE_BYTES // (1024 * 1024)} MiB")
    return page_tree.decoded(html, charset)


def _read(tree: Any, url: str | None) -> Document:
    """Return what trafilatura finds, which leaves the tree as it is."""
    found = trafilatura.bare_extraction(
        tree, url=url, favor_precision=True, include_comments=False, with_metadata=True, date_extraction_params=_DATES
    )
    return found if isinstance(found, Document) else Document()


def _page(tree: Any, url: str | None, found: str, told: Document, *, is_degraded: bool = False) -> Page:
    title = metadata.title_of(tree) or metadata.line(told.title) or ""
    text = _body(found, title)
    terms = barriers.terms_of(page_tree.json_ld(tree))
    is_short = len(text) < barriers.SHORT_CHARS
    return Page(
        title=title,
        text=text,
        author=metadata.line(told.author),
        date=metadata.day_of(told.date),
        language=metadata.language_of(tree),
        site=metadata.line(told.sitename),
        canonical=metadata.address_of(tree, url),
        barrier=barriers.barrier_of(
            text,
            shown=_shown(tree) if is_short else "",
            title=title,
            url=url,
            terms=terms,
            paid_chars=barriers.chars_of(tree, terms.parts) if is_short else 0,
        ),
        is_degraded=is_degraded,
    )


def _stated(tree: Any) -> Document:
    """Return the little that the page's head says outright of what trafilatura would have found."""
    told = Document()
    told.title = tree.findtext(".//title")
    told.author = metadata.content_of(tree, "author")
    told.date = metadata.content_of(tree, "article:published_time")
    told.sitename = metadata.content_of(tree, "og:site_name")
    return told


def _shown(tree: Any) -> str:
    """Return all that a page shows, as far as barriers are looked for in it; takes the last scripts out of the tree."""
    etree.strip_elements(tree, "script", with_tail=False)
    body = tree.find("body")
    return clean(" ".join(" ".join((tree if body is None else body).itertext()).split())[:20_000])


def _degraded_text(tree: Any) -> str:
    """Return what the lesser reader takes for the article, without lines of a word or two: buttons, labels, floods."""
    markup = etree.tostring(tree, encoding="unicode", method="html")
    text = extract_plain_text(
        markup, main_content=True, list_bullets=False, alt_texts=False, comments=False, post_meta=False
    )
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if len(line) >= LINE_CHARS or line.count(" ") >= 2)


def _prose(text: str) -> list[str]:
    """Return the lines of a text that read as sentences."""
    return [line for line in text.splitlines() if len(line) >= LINE_CHARS and _SENTENCE_END.search(line)]


def _is_article(text: str) -> bool:
    """Return whether a text is made of sentences, not of a site's navigation."""
    return sum(map(len, _prose(text))) >= max(SURELY_PROSE_CHARS, PROSE_SHARE * len(text))


def _body(text: str, title: str) -> str:
    lines = [line for raw in clean(text[:MAX_TEXT_CHARS]).splitlines() if (line := " ".join(raw.split()))]
    if lines and lines[0] == title:
        del lines[0]
    return "\n".join(lines)
