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


class Rung(StrEnum):
    """How far up the ladder one poll had to go; each rung costs more than the one before it."""

    NOT_MODIFIED = "not_modified"  # the host said so
    SAME_BODY = "same_body"  # the bytes are those of the last poll
    SAME_ENTRIES = "same_entries"  # other bytes, but every entry's own are known
    DELTA = "delta"  # only the entries whose bytes are new were parsed
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next request conditional, byte for byte as received (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None  # blake2b-16 of the decoded body, hex
    url: str | None = None  # the one that gave them, after redirects; they are sent to no other


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """What earlier polls of a feed left for the next one."""

    validators: Validators = field(default_factory=Validators)
    url: str | None = None  # where permanent redirects proved to have moved the feed; None: where the operator says
    window: bytes = b""  # 20 bytes an entry of the last poll, in the feed's order (sources.spans); b"": parse it all
    fresh_for_s: float = 0.0  # how long the last answer with a body was to stay fresh
    quarantined: frozenset[bytes] = frozenset()  # spans (12 bytes each) that no parser is given again


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a feed says of itself beside its entries. Wishes, not facts."""

    ttl_s: int | None = None  # RSS `ttl`: how long it may be cached
    period_s: int | None = None  # syndication module: how often it changes
    skip_hours: frozenset[int] = frozenset()  # 0..23, GMT, in which it does not change
    skip_days: frozenset[int] = frozenset()  # 0 Monday .. 6 Sunday
    older_url: str | None = None  # the page of earlier entries (RFC 5005 `prev-archive` or `next`, JSON `next_url`)
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How the host answered a poll."""

    moved_to: str | None = None  # where permanent redirects alone led; None: there were none
    fresh_for_s: float | None = None  # for how long not to be asked again, a day at most; None: it does not say
    is_partial: bool = False  # 226: what is not listed has not gone (RFC 3229)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """An entry that killed the process which parsed it: kept as it came, and given to no parser again."""

    span: bytes  # 12 bytes, as in FeedMemory.quarantined
    raw: str  # its markup, capped
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One thing a feed lists, as listed: nothing fetched, nothing judged."""

    guid: str  # unique within its feed; never empty
    title: str
    url: str | None = None
    url_key: str | None = None  # what the address is told by (text.urls.key_of), where the source has worked it out
    host: str = ""  # of the address (text.urls.host), likewise
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
    visit: Visit = field(default_factory=Visit)
    rung: Rung = Rung.NOT_MODIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a poll brought: entries oldest first, and what could not be read.

    After a delta parse `entries` holds only those whose bytes are new; `listed` counts them all.
    """

    entries: tuple[FeedEntry, ...]
    validators: Validators = field(default_factory=Validators)
    problems: tuple[str, ...] = ()
    visit: Visit = field(default_factory=Visit)
    rung: Rung = Rung.FULL
    listed: int = 0
    known: int = 0  # of those, left out of `entries` because the last poll listed them, too
    window: bytes = b""  # for FeedMemory.window; b"" where a delta parse of the next body would not be safe
    hints: Hints = field(default_factory=Hints)
    poisons: tuple[Poison, ...] = ()  # found in this poll
    is_incomplete: bool = False  # some entries were not read yet: the body must come again
    is_malformed: bool = False  # no well-formed XML; read all the same
    is_compared: bool = False  # a delta parse that a full one was held against
    is_delta_wrong: bool = False  # a sampled full parse differed: this feed gets full parses only


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
