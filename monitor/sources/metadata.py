"""Metadata: what a page says about itself.

In:  the tree of a page (page_tree.py), the URL it was had from.
Out: its title as it gives it to others, its language, the address it calls its own.
Not here: author, site and date, which trafilatura finds (extract.py); whether any of it is believed (pipeline/).
"""

import re
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

import courlan

from monitor.sources.links import is_absolute, web_link
from monitor.sources.markup import clean
from monitor.text.language import code_of

MAX_LINE_CHARS: Final = 500
EARLIEST_YEAR: Final = 1990  # no page is older than the web

_MOST_TOLD: Final = 10  # times that one thing is said; what follows is not looked at
_WORD_BREAK: Final = re.compile(r"[-_+%]+")
_YEAR_OR_DAY: Final = re.compile(r"\d{1,4}")


def line(text: str | None) -> str | None:
    """Return a text on one line of at most 500 characters; None if nothing is left."""
    return " ".join(clean((text or "")[: 4 * MAX_LINE_CHARS]).split())[:MAX_LINE_CHARS].rstrip() or None


def content_of(tree: Any, name: str) -> str | None:
    """Return what the page's meta element of that name says, the first that says anything."""
    return next((content for told in _contents(tree, name) if (content := line(told))), None)


def _contents(tree: Any, name: str) -> list[str]:
    told = [meta.get("content") for meta in tree.iter("meta") if name in (meta.get("property"), meta.get("name"))]
    return [content for content in told if content is not None][:_MOST_TOLD]


def title_of(tree: Any) -> str:
    """Return the title that a page gives to others, else its only heading; "" without either."""
    if title := content_of(tree, "og:title"):
        return title
    headings = [text for heading in islice(tree.iter("h1"), _MOST_TOLD) if (text := line(" ".join(heading.itertext())))]
    # A lone short heading is often the site's own name.
    return headings[0] if len(headings) == 1 and len(headings[0].split()) >= 3 else ""


def language_of(tree: Any) -> str | None:
    """Return the code of the language that a page says it is in."""
    return code_of(tree.get("lang") or tree.get("xml:lang") or "")


def day_of(told: str | None) -> str | None:
    """Return a day as it was told in ISO 8601, None where it is none or older than the web.

    A day still to come stays: without a clock nobody can tell.
    """
    with suppress(ValueError):
        day = date.fromisoformat((told or "")[:10])
        return day.isoformat() if day.year >= EARLIEST_YEAR else None
    return None


def address_of(tree: Any, url: str | None) -> str | None:
    """Return the address that a page calls its own (its canonical link, else og:url), where it may be believed.

    Believed is an absolute address within the registrable domain that the page was had from, unless it is a home page
    or a section in the place of an article: many sites give one and the same for all their pages. Two canonical links
    cancel each other.
    """
    if url is None:
        return None
    canonical = (link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").split())
    links = {link.strip() for link in islice(canonical, _MOST_TOLD) if link is not None}
    for written in (*(links if len(links) == 1 else ()), *_contents(tree, "og:url")[:1]):
        if address := _believed(written, url):
            return address
    return None


def _believed(written: str, url: str) -> str | None:
    found = web_link(url, written) if is_absolute(written) else None
    if found is None:
        return None
    with suppress(ValueError):
        theirs, ours = urlsplit(found), urlsplit(url)
        if "@" not in theirs.netloc and _are_one_site(found, url) and not _is_general(theirs, ours):
            return urlunsplit(theirs._replace(fragment=""))
    return None


def _are_one_site(one: str, other: str) -> bool:
    """Return whether two addresses lie in one registrable domain; where there is none, on one host."""
    domains = {courlan.extract_domain(one), courlan.extract_domain(other)}
    if domains == {None}:
        domains = {urlsplit(one).hostname, urlsplit(other).hostname}
    return len(domains) == 1


def _is_general(theirs: SplitResult, ours: SplitResult) -> bool:
    """Return whether an address is more general than the one asked for: a home page or section for an article."""
    if not theirs.path.strip("/") and not theirs.query:
        return bool(ours.path.strip("/") or ours.query)
    return _names_article(ours.path) and not (theirs.query or _names_article(theirs.path))


def _names_article(path: str) -> bool:
    """Return whether a path looks like that of one article: a number or three words say so."""
    return any(map(_is_name, path.split("/")))


def _is_name(segment: str) -> bool:
    is_numbered = any(map(str.isdigit, segment)) and not _YEAR_OR_DAY.fullmatch(segment)
    return is_numbered or len([word for word in _WORD_BREAK.split(segment) if word]) >= 3
