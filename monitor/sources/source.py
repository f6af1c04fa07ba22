"""Source: the door through which everything from outside comes in.

In:  feeds to poll, pages to read.
Out: what they gave, or an error by name.
Not here: HTTP (http.py), parsing (parse.py, extract.py), what to do with a failure (pipeline/).
"""

from typing import Protocol

from monitor.errors import FetchError
from monitor.model.article import Page
from monitor.model.feed import Feed, Polled, Validators
from monitor.sources.workers import Workers


class Source(Protocol):
    """Where feeds and pages come from. Two implementations: the network with folders, and files that stand for it."""

    async def poll(self, feed: Feed, validators: Validators) -> Polled:
        """Return what a feed lists now. Raises SourceError."""
        ...

    async def page(self, url: str, *, allow_private: bool) -> Page:
        """Return the article behind an address. Raises SourceError."""
        ...

    async def page_of(self, html: bytes, url: str | None) -> Page:
        """Return the article of a page that is already here. Raises SourceError."""
        ...


class FileSource:
    """Files stand for the network: pages they bring are read, nothing is fetched."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def poll(self, feed: Feed, validators: Validators) -> Polled:
        """Refuse: files are listed by whoever replays them."""
        raise FetchError("is not polled in a replay", url=feed.name, transient=False)

    async def page(self, url: str, *, allow_private: bool) -> Page:
        """Refuse: a replay fetches nothing."""
        raise FetchError("is not fetched in a replay", url=url, transient=False)

    async def page_of(self, html: bytes, url: str | None) -> Page:
        """Return the article of a page file."""
        from monitor.sources.pages import extract_file

        return await extract_file(html, url, workers=self._workers)
