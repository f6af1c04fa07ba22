"""Prolog: what comes before a document's root element, and which root that is. Read first: it decides who reads on.

In:  decoded text.
Out: where the root element begins and its name; ParseError where no feed begins there.
Not here: the elements inside (frame.py, spans.py).

No declaration comes past this room: what follows is read without DOCTYPE and so without entities of its own.
"""

import re
from dataclasses import dataclass
from typing import Final

from monitor.errors import ParseError

_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]{0,80})", re.ASCII)
_ROOTS: Final = frozenset({"rss", "feed", "rdf", "channel", "urlset", "sitemapindex"})
_PAGE_ROOTS: Final = frozenset({"html", "head", "body", "div", "p", "script", "meta", "title", "main", "article", "h1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolog:
    """Where a document begins."""

    root_at: int
    root: str  # its local name in lower case
    has_subset: bool  # the DOCTYPE declares something itself, though no entities


def read_prolog(text: str) -> Prolog:
    """Return where the root element begins, once it is one of a feed's or a sitemap's; linear in the prolog's length.

    Raises ParseError: a web page, another root, no root, entities declared in the DOCTYPE.
    """
    at, has_subset = 0, False
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at)
        elif text.startswith("<!", at):
            end = _after_doctype(text, at)
            has_subset = has_subset or "[" in text[at:end]
            at = end
        else:
            break
    root = _ROOT.match(text, at) if at >= 0 else None
    if root is None:
        raise ParseError("is neither RSS nor Atom")
    name = root[1].rpartition(":")[2].lower()
    if name in _PAGE_ROOTS:
        raise ParseError("is a web page, not a feed")
    if name not in _ROOTS:
        raise ParseError(f"is neither RSS nor Atom: its first element is <{root[1]}>")
    return Prolog(root_at=at, root=name, has_subset=has_subset)


def _after(text: str, closer: str, at: int) -> int:
    end = text.find(closer, at)
    if end < 0:
        raise ParseError("is neither RSS nor Atom: its prolog has no end")
    return end + len(closer)


def _after_doctype(text: str, at: int) -> int:
    end = _after(text, ">", at)
    declaration = text[at:end].lower()
    if declaration.startswith("<!doctype") and "[" in declaration:
        end = _after(text, "]", at)
        declaration = text[at:end].lower()
        end = _after(text, ">", end)
    if "<!entity" in declaration:
        raise ParseError("declares entities in its DOCTYPE, which are not read")
    if declaration.split(None, 2)[:2] in (["<!doctype", "html"], ["<!doctype", "html>"]):
        raise ParseError("is a web page, not a feed")
    return end
