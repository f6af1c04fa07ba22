"""The network and folders as a Source.

In:  feeds with a URL or a folder, addresses of pages.
Out: what they gave.
Not here: HTTP itself (http.py), the guard (guard.py).
"""

import asyncio

from monitor.model.feed import Feed, FeedMemory, NotModified, ParsedFeed, Polled, Validators
from monitor.sources.feeds import older_page, poll_feed
from monitor.sources.folders import poll_folder
from monitor.sources.http import Client
from monitor.sources.pages import read_html, read_page
from monitor.sources.read_page import ReadPage
from monitor.sources.robots import Robots
from monitor.sources.workers import Workers

WORKERS = 2  # processes that parse and extract: one a core of the smallest machine


class PageFiles:
    """Pages that are already here, read by workers of its own."""

    def __init__(self) -> None:
        self._workers = Workers(WORKERS)

    async def page_of(self, html: bytes, url: str | None) -> ReadPage:
        """Return the article of a page. Raises SourceError."""
        return await read_html(html, url, workers=self._workers)

    async def close(self) -> None:
        """End the worker processes."""
        await self._workers.close()


class WebSource:
    """One guarded client and one set of killable workers for everything.

    heeds_robots: what a host's robots.txt says of pages holds.
    """

    def __init__(self, client: Client, workers: Workers, *, heeds_robots: bool = True) -> None:
        self._client = client
        self._workers = workers
        self._robots = Robots(client, workers) if heeds_robots else None

    @property
    def backlog(self) -> int:
        """How many bodies wait in memory for a worker."""
        return self._workers.backlog

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        """Return what a feed lists now. Raises SourceError."""
        if feed.folder is not None:
            return await asyncio.to_thread(poll_folder, feed, memory.validators)
        return await poll_feed(feed, memory, client=self._client, workers=self._workers)

    async def older(self, feed: Feed, url: str) -> ParsedFeed:
        """Return a page of a feed's earlier entries. Raises SourceError."""
        return await older_page(feed, url, client=self._client, workers=self._workers)

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long, whatever is asked of it."""
        self._client.hold(host, seconds)

    async def page(
        self, url: str, *, allow_private: bool, conditions: Validators | None = None
    ) -> ReadPage | NotModified:
        """Return the article behind an address; NotModified only where `conditions` are given. Raises SourceError."""
        return await read_page(
            url,
            client=self._client,
            workers=self._workers,
            robots=self._robots,
            allow_private=allow_private,
            conditions=conditions,
        )

    async def page_of(self, html: bytes, url: str | None) -> ReadPage:
        """Return the article of a page that is already here. Raises SourceError."""
        return await read_html(html, url, workers=self._workers)
