"""Entries as stored, and the articles read from behind them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reader(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"  # its web page, through the page reader
    SOURCE = "source"  # the source brought the whole text
    SUMMARY = "summary"  # the feed's own summary, the last resort


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One listed thing with an identity: the same feed and guid give the same id."""

    id: str  # 16 hex digits
    feed: str
    guid: str
    url: str | None  # as given
    url_key: str | None  # canonical (text.urls); None without a url
    title: str
    summary: str
    outlet: str  # the operator's word, else the host
    host: str  # the host that independence counts; "" for files without a url
    language: str | None  # as the source says
    published: datetime | None
    first_seen: datetime
    text: str | None = None
    html: bytes | None = None
    is_first_poll: bool = False  # came with the first poll of a feed that learns


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page reader sees of one page."""

    title: str
    text: str  # "" where there is no article
    author: str | None = None
    date: str | None = None  # ISO 8601 day
    language: str | None = None
    site: str | None = None
    wall: bool = False  # a consent or pay wall stands before the article
    degraded: bool = False  # a lesser reader had to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry's text, ready to judge."""

    entry: Entry
    title: str
    text: str  # paragraphs separated by newlines, without the title; "" if unreadable
    language: str  # ISO 639-1, "und" if unknown
    reader: Reader
    is_degraded: bool = False
    problem: str | None = None  # why the page itself could not be used

    @property
    def date(self) -> datetime:
        """The day the article speaks from: what its source says, else when it was first seen."""
        return self.entry.published or self.entry.first_seen
