"""Feed Atom: a feed file in the form of Atom (RFC 4287).

In:  items; the bytes of a file.
Out: bytes; the items of a file that we wrote.
Not here: the file (feed_file.py), reading other people's feeds (sources/).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from monitor.delivery.feed_item import GENERATOR, FeedItem, ForeignFileError, plain

_ATOM: Final = "http://www.w3.org/2005/Atom"
_ID: Final = "urn:news-monitor:"
_EMPTY: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write(title: str, items: Sequence[FeedItem]) -> bytes:
    """Return the feed; equal items give equal bytes."""
    feed = ET.Element("feed", {"xmlns": _ATOM})
    _add(feed, "title", plain(title))
    _add(feed, "id", f"{_ID}feed:{quote(title, safe='')}")
    _add(feed, "updated", max((item.updated for item in items), default=_EMPTY).isoformat())
    _add(feed, "generator", GENERATOR)
    _add(ET.SubElement(feed, "author"), "name", GENERATOR)
    for item in items:
        _add_item(feed, item)
    ET.indent(feed, space=" ")
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def read(held: bytes) -> tuple[FeedItem, ...]:
    """Return the items of a feed. Raises ForeignFileError."""
    if b"<!" in held:  # ours declare nothing, and text has its "<" escaped
        raise ForeignFileError
    try:
        feed = ET.fromstring(held)  # without declarations there are no entities to grow
        if feed.tag != _name("feed") or feed.findtext(_name("generator")) != GENERATOR:
            raise ForeignFileError
        return tuple(_read(entry) for entry in feed.findall(_name("entry")))
    except (ET.ParseError, ValueError, LookupError) as exc:
        raise ForeignFileError from exc


def _add_item(feed: ET.Element, item: FeedItem) -> None:
    entry = ET.SubElement(feed, "entry")
    _add(entry, "title", item.title)
    _add(entry, "id", _ID + item.id)
    if item.url:
        ET.SubElement(entry, "link", {"rel": "alternate", "href": item.url})
    for tag in item.tags:
        ET.SubElement(entry, "category", {"term": tag})
    _add(entry, "published", item.published.isoformat())
    _add(entry, "updated", item.updated.isoformat())
    _add(entry, "content", item.text).set("type", "text")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text
    return child


def _read(entry: ET.Element) -> FeedItem:
    link = entry.find(_name("link"))
    return FeedItem(
        id=_text(entry, "id").removeprefix(_ID),
        title=_text(entry, "title"),
        url=None if link is None else link.get("href"),
        text=_text(entry, "content"),
        tags=tuple(each.get("term", "") for each in entry.findall(_name("category"))),
        published=datetime.fromisoformat(_text(entry, "published")),
        updated=datetime.fromisoformat(_text(entry, "updated")),
    )


def _text(entry: ET.Element, name: str) -> str:
    found = entry.find(_name(name))
    if found is None:
        raise ForeignFileError
    return found.text or ""


def _name(local: str) -> str:
    return f"{{{_ATOM}}}{local}"
