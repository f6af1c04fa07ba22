"""Entries as stored, and the articles read from behind them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

EDITION: Final = "\n"  # in the guid of an edition of an entry, before its number; no feed can list such a guid


class Reader(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"  # its web page, through the page reader
    SOURCE = "source"  # the source brought the whole text
    SUMMARY = "summary"  # the feed's own summary, the last resort


class Barrier(StrEnum):
    """What a host showed instead of the article."""

    PAY_WALL = "pay wall"
    CONSENT_WALL = "consent wall"
    ERROR_PAGE = "error page"


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

    @property
    def listed_guid(self) -> str:
        """Its guid as its feed lists it."""
        return self.guid.partition(EDITION)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page reader sees of one page."""

    title: str
    text: str  # "" where there is no article
    author: str | None = None
    date: str | None = None  # ISO 8601 day
    language: str | None = None
    site: str | None = None
    canonical: str | None = None  # the address that the page gives as its own, within its registrable domain
    barrier: Barrier | None = None
    is_degraded: bool = False  # a lesser reader had to do

    @property
    def is_walled(self) -> bool:
        """Whether a consent or pay wall stands before the article."""
        return self.barrier in (Barrier.PAY_WALL, Barrier.CONSENT_WALL)


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
    author: str | None = None
    site: str | None = None  # as the page calls it: shown, never trusted
    dated: str | None = None  # ISO 8601 day, as the page says
    canonical_key: str | None = None  # text.urls.canonical of Page.canonical
    aside: tuple[int, ...] = ()  # numbers of the text's lines that are no part of the article, from 0, in order

    @property
    def body(self) -> str:
        """The text that is judged: without the lines that are no part of the article."""
        return without(self.text, self.aside)

    @property
    def date(self) -> datetime:
        """The day the article speaks from: what its source says, else when it was first seen."""
        return self.entry.published or self.entry.first_seen


def without(text: str, aside: tuple[int, ...]) -> str:
    """Return a text without the lines of these numbers, counted from 0."""
    if not aside:
        return text
    left_out = frozenset(aside)
    return "\n".join(line for at, line in enumerate(text.split("\n")) if at not in left_out)
