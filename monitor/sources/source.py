"""Source: the door through which everything from outside comes in.

In:  feeds to poll, pages to read.
Out: what they gave, or an error by name.
Not here: HTTP (http.py), parsing (parse.py, extract.py), what to do with a failure (pipeline/).
"""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Protocol

from monitor.errors import FetchError
from monitor.model.feed import Feed, FeedMemory, NotModified, ParsedFeed, Polled, Validators
from monitor.sources.read_page import ReadPage

if TYPE_CHECKING:
    from monitor.sources.web import PageFiles


class Source(Protocol):
    """Where feeds and pages come from. Two implementations: the network with folders, and files that stand for it."""

    @property
    def backlog(self) -> int:
        """How many bodies wait in memory for somebody to read them."""
        ...

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        """Return what a feed lists now. Raises SourceError."""
        ...

    async def older(self, feed: Feed, url: str) -> ParsedFeed:
        """Return a page of a feed's earlier entries (RFC 5005). Raises SourceError."""
        ...

    async def page(
        self, url: str, *, allow_private: bool, conditions: Validators | None = None
    ) -> ReadPage | NotModified:
        """Return the article behind an address; NotModified only where `conditions` are given. Raises SourceError."""
        ...

    async def page_of(self, html: bytes, url: str | None) -> ReadPage:
        """Return the article of a page that is already here. Raises SourceError."""
        ...


class FileSource:
    """Files stand for the network: pages they bring are read, nothing is fetched.

    Workers are loaded and started at the first page; `stack` ends them. Plain texts need none.
    """

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._pages: PageFiles | None = None

    @property
    def backlog(self) -> int:
        """How many bodies wait for somebody to read them: nothing is fetched."""
        return 0

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        """Refuse: files are listed by whoever replays them."""
        raise FetchError("is not polled in a replay", url=feed.name, transient=False)

    async def older(self, feed: Feed, url: str) -> ParsedFeed:
        """Refuse: a replay fetches nothing."""
        raise FetchError("is not fetched in a replay", url=url, transient=False)

    async def page(
        self, url: str, *, allow_private: bool, conditions: Validators | None = None
    ) -> ReadPage | NotModified:
        """Refuse: a replay fetches nothing."""
        raise FetchError("is not fetched in a replay", url=url, transient=False)

    async def page_of(self, html: bytes, url: str | None) -> ReadPage:
        """Return the article of a page file."""
        if self._pages is None:
            from monitor.sources.web import PageFiles

            self._pages = PageFiles()
            self._stack.push_async_callback(self._pages.close)
        return await self._pages.page_of(html, url)
