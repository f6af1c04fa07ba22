"""Listing: what a feed lists becomes an entry with an identity.

In:  a feed, one of its listed entries, the time.
Out: an Entry.
Not here: whether it is new to the store (analysis/identity.py), reading its page (read.py).
"""

from datetime import datetime

from monitor.model.article import Entry
from monitor.model.feed import Feed, FeedEntry
from monitor.model.ids import make_id
from monitor.text.urls import host, key_of


def entry_of(feed: Feed, listed: FeedEntry, *, now: datetime, is_first_poll: bool = False) -> Entry:
    """Return a listed entry with its identity. What a page says of its outlet is no part of it: the host is.

    A date that lies ahead is taken for now: nothing is published before it can be read. Keys of addresses come with
    what is listed, for they are worked out where strangers' addresses may take long: in a worker, in a thread.
    """
    where = listed.host or host(listed.url or feed.url or "")
    return Entry(
        id=make_id("entry", feed.name, listed.guid),
        feed=feed.name,
        guid=listed.guid,
        url=listed.url,
        url_key=listed.url_key or (key_of(listed.url) if listed.url else None),
        title=listed.title,
        summary=listed.summary,
        outlet=feed.outlet or listed.outlet or where or (feed.name if feed.folder else ""),
        host=where,
        language=listed.language,
        published=min(listed.published, now) if listed.published else None,
        first_seen=now,
        text=listed.text,
        html=listed.html,
        is_first_poll=is_first_poll,
    )
