"""OPML: the subscription lists that feed readers exchange.

In:  the bytes of an OPML file.
Out: its feeds, in the file's order, each URL once.
Not here: reading the file (config/), fetching the feeds (feeds.py).
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from monitor.errors import ParseError
from monitor.sources.markup import clean

MAX_OPML_BYTES: Final = 10 * 1024 * 1024
MAX_FEEDS: Final = 20_000
_NOT_IN_NAME: Final = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """One subscription of the list."""

    name: str  # short, unique in the list, made of its title: lower-case words joined by "-"
    url: str  # as written; not checked
    title: str  # as written; the URL where there is none


def read_opml(data: bytes) -> tuple[OpmlFeed, ...]:
    """Return the feeds of a subscription list, folders flattened; an outline without xmlUrl is passed over.

    Raises ParseError: not OPML, declares entities, larger than 10 MiB, lists no feed.
    """
    root = _root(data)
    feeds: dict[str, OpmlFeed] = {}
    names: set[str] = set()
    for outline in root.iter("{*}outline"):
        attributes = {str(key).lower(): clean(str(value)).strip() for key, value in outline.attrib.items()}
        url = attributes.get("xmlurl", "")
        if not url or url in feeds:
            continue
        title = " ".join((attributes.get("title") or attributes.get("text") or url).split())[:500]
        feeds[url] = OpmlFeed(name=_name(title, url, names), url=url, title=title)
        if len(feeds) > MAX_FEEDS:
            raise ParseError(f"lists more than {MAX_FEEDS:,} feeds")
    if not feeds:
        raise ParseError("lists no feed: no outline has an xmlUrl")
    return tuple(feeds.values())


def _root(data: bytes) -> Any:
    if len(data) > MAX_OPML_BYTES:
        raise ParseError(f"is larger than {MAX_OPML_BYTES // (1024 * 1024)} MiB")
    if b"<!entity" in data.lower().replace(b"\0", b""):
        raise ParseError("declares entities, which are not read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise ParseError("is not OPML: it cannot be read as XML") from exc
    if root is None or not isinstance(root.tag, str) or etree.QName(root).localname.lower() != "opml":
        raise ParseError("is not OPML: its first element is not <opml>")
    return root


def _name(title: str, url: str, taken: set[str]) -> str:
    base = _NOT_IN_NAME.sub("-", title.lower()).strip("-")[:60] or _NOT_IN_NAME.sub("-", url.lower()).strip("-")[:60]
    name, number = base or "feed", 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
