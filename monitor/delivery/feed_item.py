"""Feed item: what an alert is in a feed file, whatever the file's form.

In:  an alert of any kind.
Out: its item, with text that every form can hold.
Not here: the forms (feed_atom.py, feed_json.py), the file (feed_file.py).
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.alerting.escape import safe_link
from monitor.alerting.render import as_text, subject
from monitor.errors import MonitorError
from monitor.model.delivery import AnyAlert, Digest
from monitor.model.judgement import Alert

GENERATOR: Final = "news-monitor"  # by which a file is known as one of ours
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


class ForeignFileError(MonitorError):
    """A file in the place of ours is none that we wrote, or can no longer be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One alert as feed readers see it."""

    id: str  # of the alert
    title: str
    url: str | None
    text: str
    tags: tuple[str, ...]  # its watches
    published: datetime
    updated: datetime

    def after(self, earlier: "FeedItem") -> "FeedItem":
        """Return the item as the next state of an earlier one: published when that was, never updated before it."""
        return replace(self, published=earlier.published, updated=max(self.updated, earlier.updated))


def item_of(alert: AnyAlert) -> FeedItem:
    """Return the alert as an item."""
    words = as_text(alert)
    return FeedItem(
        id=alert.id,
        title=plain(subject(alert)),
        url=safe_link(alert.url or "") if isinstance(alert, Alert) else None,
        text=plain(words.body),
        tags=tuple(plain(tag) for tag in _watches(alert)),
        published=alert.created,
        updated=alert.created,
    )


def plain(text: str) -> str:
    """Return the text without what XML cannot hold."""
    return _NOT_XML.sub("", text)


def _watches(alert: AnyAlert) -> tuple[str, ...]:
    if isinstance(alert, Alert):
        return (alert.watch,)
    return tuple(dict.fromkeys(item.watch for item in alert.items if item.watch)) if isinstance(alert, Digest) else ()
