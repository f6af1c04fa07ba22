"""What is found out about one article: its sentences, its copies, its story, and the decision."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from monitor.model.feed import SourceState


class Label(StrEnum):
    """What one sentence is to the reader."""

    NEW = "new"
    UPDATE = "update"  # a known fact with another number, date or status
    KNOWN = "known"
    NOISE = "noise"  # not part of the article: forms, share bars, credits


class Copy(StrEnum):
    """How one article repeats another."""

    SAME_URL = "same_url"
    SAME_TEXT = "same_text"
    NEAR_COPY = "near_copy"
    PART_OF = "part_of"


class Outcome(StrEnum):
    """What became of an entry, for one watch (CONTRACT.md)."""

    ALERTED = "alerted"
    DIGEST = "digest"
    HELD = "held"
    LEARNT = "learnt"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"
    UNREADABLE = "unreadable"
    SILENCED = "silenced"


JUDGED: Final = (
    Outcome.ALERTED,
    Outcome.LEARNT,
    Outcome.KNOWN,
    Outcome.DUPLICATE,
    Outcome.HELD,
    Outcome.DIGEST,
    Outcome.SILENCED,
)  # the reader has or had what it says


class Severity(StrEnum):
    """How much an alert matters, by its watch's rules."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Reason(StrEnum):
    """Why; the closed list that docs/reference/reasons.md explains."""

    NEW_DEVELOPMENT = "new_development"
    CHANGED_VALUE = "changed_value"
    CORRECTION = "correction"
    ONE_SOURCE = "one_source"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    DROPPED = "dropped"
    FIRST_POLL = "first_poll"
    NOTHING_NEW = "nothing_new"
    BELOW_THRESHOLD = "below_threshold"
    SAME_URL = "same_url"
    SAME_TEXT = "same_text"
    NEAR_COPY = "near_copy"
    PART_OF = "part_of"
    NO_MATCH = "no_match"
    NO_TEXT = "no_text"
    NOT_JUDGED = "not_judged"
    QUIET_HOURS = "quiet_hours"
    OVER_CAP = "over_cap"
    FOR_DIGEST = "for_digest"
    CONTEXT_ONLY = "context_only"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A known sentence, held up as evidence."""

    text: str
    source: str  # entry id, or path as given
    outlet: str
    date: datetime | None


class Relation(StrEnum):
    """What a new sentence is to another article's."""

    SAME = "same"
    UPDATES = "updates"  # a newer value of what that one told
    CONTRADICTS = "contradicts"  # another value, from another source, at about the same time


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A known fact whose value is another one now, or is another one elsewhere."""

    what: str  # the words both sentences share about the value
    was: str  # bare value, as written
    now: str
    before: Known
    sentence: str  # the sentence that says so now
    relation: Relation = Relation.UPDATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """How new one sentence is to this reader."""

    sentence: str
    label: Label
    score: float  # 0.0 already known .. 1.0 nothing like it is known
    nearest: Known | None  # what it was held against; None if nothing is known
    changes: tuple[Change, ...] = ()
    salience: float = 0.0  # how much it matters as a development, 0.0 .. 1.0
    facts: int = 0  # names and numbers in it that nobody told before
    is_unsure: bool = False  # called new, though most of what is known is in languages it could not be held against


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An earlier entry that says the same."""

    of: str  # entry id
    kind: Copy
    containment: float  # share of this text that stands in the earlier one, 0.0 .. 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A new sentence with where it stands."""

    text: str
    entry: str
    outlet: str
    date: datetime
    url: str | None
    is_unsure: bool = False  # as in Novelty


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQuote:
    """A sentence of the article that was known, with its evidence."""

    text: str
    evidence: Known


class Confirmation(StrEnum):
    """How an alert stands with a watch that asks for independent sources."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"  # the wait is over, and it was sent as what it is
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of another article that bears on what an alert tells."""

    entry: str
    outlet: str
    relation: Relation  # of the alert's sentence to it
    text: str  # its sentence
    of: str  # the alert's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One line of a machine, and the sentences it rests on, word for word."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a machine wrote of an alert's sentences; it stands beside them, never for them."""

    model: str
    bullets: tuple[Bullet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is told to the reader: frozen when the decision is made."""

    id: str  # 16 hex digits
    watch: str
    story: str
    revision: int  # 1 for the first alert of a story
    headline: str
    url: str | None
    new: tuple[Quote, ...]  # most telling first
    known: tuple[KnownQuote, ...]
    changed: tuple[Change, ...]
    outlets: tuple[str, ...]  # that say what is new, first one first
    independent: int  # of each other: copies and those who credit one agency count once
    matched: tuple[str, ...]
    novelty: float
    threshold: float
    new_count: int  # new or changed sentences in the article, quoted or not
    sentence_count: int  # sentences that are no noise
    created: datetime
    corrects: str | None = None  # the entry whose article the same page told otherwise before
    confirmation: Confirmation | None = None  # None where the watch asks for none
    confirms: tuple[str, ...] = ()  # alerts, told as unconfirmed, that another source has confirmed: all it tells
    claims: tuple[Claim, ...] = ()  # of other articles, first one first
    disguised: tuple[str, ...] = ()  # those of `matched` that look-alike, hidden or splitting characters hide
    is_unsure: bool = False  # some of its new sentences are
    severity: Severity = Severity.NORMAL
    written: Written | None = None  # None: no writer, or none whose answer could be vouched for


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAlert:
    """A source went blind, or sees again: told once each, like any other alert."""

    id: str  # 16 hex digits
    feed: str
    state: SourceState  # DOWN, SILENT or GAP; BACK
    reason: str
    since: datetime  # when it began
    url: str | None  # of the feed, as it may be shown
    created: datetime
    several: int = 0  # feeds that fail together, or answer again; then `feed` is `*`, or `*.` and their host; 0 for one
    of: int = 0  # feeds of that host, or all
    named: tuple[str, ...] = ()  # the first of those that fail, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one entry is to one watch, and why."""

    entry: str
    watch: str | None  # None where no watch matched
    outcome: Outcome
    reason: Reason
    story: str | None = None
    duplicate: Duplicate | None = None
    novelty: float | None = None
    threshold: float | None = None
    matched: tuple[str, ...] = ()
    sentences: tuple[Novelty, ...] = ()
    alert: Alert | None = None
    note: str = ""  # one sentence for people: what tipped the scales
    at: datetime = field(kw_only=True)
