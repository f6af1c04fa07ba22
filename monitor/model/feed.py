"""Feeds: where entries come from, and what one poll of a feed gave."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class FirstPoll(StrEnum):
    """What the entries of a feed's first poll mean to the reader."""

    LEARN = "learn"  # they become known, nobody is alerted
    JUDGE = "judge"  # they are judged like any other


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One configured source. Exactly one of `url` and `folder` is set."""

    name: str
    url: str | None = None
    folder: str | None = None  # absolute path
    outlet: str | None = None  # the operator's word; None: the fetched host
    every: timedelta = timedelta(minutes=15)
    languages: tuple[str, ...] = ()  # ISO 639-1; empty: any
    first_poll: FirstPoll = FirstPoll.LEARN
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next request conditional, byte for byte as received (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None  # blake2b-16 of the decoded body, hex


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One thing a feed lists, as listed: nothing fetched, nothing judged."""

    guid: str  # unique within its feed; never empty
    title: str
    url: str | None = None
    summary: str = ""  # plain text
    published: datetime | None = None  # aware, UTC; shown, never trusted
    outlet: str | None = None  # named by the entry's own file
    language: str | None = None
    text: str | None = None  # the whole article, where the source brings it
    html: bytes | None = None  # a page that the source brings instead


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The feed said, or its bytes show, that nothing changed."""

    validators: Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a poll brought: entries oldest first, and what could not be read."""

    entries: tuple[FeedEntry, ...]
    validators: Validators = field(default_factory=Validators)
    problems: tuple[str, ...] = ()


Polled = NotModified | ParsedFeed


class SourceState(StrEnum):
    """How a source does, as its notices say it."""

    DOWN = "down"
    BACK = "back"
    SILENT = "silent"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The health of a source changed; not an alert."""

    feed: str
    state: SourceState
    reason: str
