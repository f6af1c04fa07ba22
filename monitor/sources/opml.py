"""OPML: the subscription lists that feed readers exchange.

In:  the bytes of an OPML file; feeds to write into one.
Out: its feeds, in the file's order, each URL once; the bytes of a file that gives the same feeds again.
Not here: reading the file (config/), fetching the feeds (feeds.py).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from monitor.errors import ParseError
from monitor.sources.markup import clean

MAX_OPML_BYTES: Final = 10 * 1024 * 1024
MAX_FEEDS: Final = 20_000
MAX_LABEL_CHARS: Final = 100  # of a name or outlet that this program wrote
_NOT_IN_NAME: Final = re.compile(r"[^\w]+")
# Other programs show `text` and `title` and may change them; what a feed is called here stands beside them.
_OWN: Final = "urn:news-monitor:opml"
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """One subscription of the list."""

    name: str  # unique in the list: as this program wrote it, else made of its title, lower-case words joined by "-"
    url: str  # as written; not checked
    title: str  # as written; the URL where there is none
    outlet: str | None = None  # as this program wrote it


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
        own = _label(outline, "name")
        name = _name(title, url, names) if own is None or own in names else own
        names.add(name)
        feeds[url] = OpmlFeed(name=name, url=url, title=title, outlet=_label(outline, "outlet"))
        if len(feeds) > MAX_FEEDS:
            raise ParseError(f"lists more than {MAX_FEEDS:,} feeds")
    if not feeds:
        raise ParseError("lists no feed: no outline has an xmlUrl")
    return tuple(feeds.values())


def write_opml(feeds: Iterable[OpmlFeed]) -> bytes:
    """Return an OPML 2.0 file of the feeds, which `read_opml` reads as the same ones."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"monitor": _OWN})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "news-monitor"
    body = etree.SubElement(root, "body")
    for feed in feeds:
        words = {
            "type": "rss",
            "text": feed.title,
            "title": feed.title,
            "xmlUrl": feed.url,
            f"{{{_OWN}}}name": feed.name,
        }
        if feed.outlet is not None:
            words[f"{{{_OWN}}}outlet"] = feed.outlet
        etree.SubElement(body, "outline", {key: _NOT_IN_XML.sub("", value) for key, value in words.items()})
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def hyphenated(title: str) -> str:
    """Return a title in lower case, with a hyphen between its words."""
    return _NOT_IN_NAME.sub("-", title.lower())


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
    words = (hyphenated(text).strip("-")[:60] for text in (title, url, "feed"))
    base = next(word for word in words if word)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _label(outline: Any, key: str) -> str | None:
    value = clean(outline.get(f"{{{_OWN}}}{key}") or "")
    is_fit = value == value.strip() and value.isprintable() and len(value) <= MAX_LABEL_CHARS
    return value if value and is_fit else None
