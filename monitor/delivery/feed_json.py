"""Feed JSON: a feed file in the form of JSON Feed 1.1.

In:  items; the bytes of a file.
Out: bytes; the items of a file that we wrote.
Not here: the file (feed_file.py), reading other people's JSON feeds (sources/).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from monitor.delivery.feed_item import GENERATOR, FeedItem, ForeignFileError

VERSION: Final = "https://jsonfeed.org/version/1.1"
_OURS: Final = f"_{GENERATOR.replace('-', '_')}"  # an extension, whose presence says whose file it is


def write(title: str, items: Sequence[FeedItem]) -> bytes:
    """Return the feed; equal items give equal bytes."""
    feed = {"version": VERSION, "title": title, _OURS: {"about": "written by news-monitor"}}
    body = json.dumps(feed | {"items": [_written(item) for item in items]}, ensure_ascii=False, indent=1)
    return body.encode("utf-8", "replace") + b"\n"


def read(held: bytes) -> tuple[FeedItem, ...]:
    """Return the items of a feed. Raises ForeignFileError."""
    try:
        feed = json.loads(held)
        if _OURS not in feed:
            raise ForeignFileError
        return tuple(_read(item) for item in feed["items"])
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ForeignFileError from exc


def _written(item: FeedItem) -> dict[str, Any]:
    told: dict[str, Any] = {"id": item.id, "title": item.title, "content_text": item.text}
    told |= {"url": item.url} if item.url else {}
    told |= {"tags": list(item.tags)} if item.tags else {}
    return told | {"date_published": item.published.isoformat(), "date_modified": item.updated.isoformat()}


def _read(item: dict[str, Any]) -> FeedItem:
    return FeedItem(
        id=str(item["id"]),
        title=str(item["title"]),
        url=item.get("url"),
        text=str(item["content_text"]),
        tags=tuple(map(str, item.get("tags", ()))),
        published=datetime.fromisoformat(item["date_published"]),
        updated=datetime.fromisoformat(item["date_modified"]),
    )
