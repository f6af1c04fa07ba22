"""Watches: what a reader follows, and what that reader already knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.judgement import Severity

Span = tuple[int, int]  # start, end; half open, in characters of the original text


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What must stand near an ambiguous word."""

    any: tuple[str, ...]  # spellings, as those of a term
    within: int | None = None  # words; None: anywhere in title and text


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A named thing with its spellings; `*` at the end of a spelling is a prefix.

    With both `company` and `closeness` a mention counts where either holds.
    """

    name: str
    any: tuple[str, ...]
    never: tuple[str, ...] = ()  # a mention that one of these overlaps does not count
    case: bool = False  # a mention counts only with the capitals of its spelling
    company: Company | None = None
    closeness: float | None = None  # how near the article must be to the watch's baseline, 0.0 .. 1.0


class IfSingle(StrEnum):
    """What becomes of an alert that nobody confirmed in time."""

    SEND_MARKED = "send-marked"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """What a watch asks of its alerts before they are sent."""

    outlets: int = 2  # independent ones that must say it
    wait: timedelta = timedelta(minutes=30)
    if_single: IfSingle = IfSingle.SEND_MARKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a reader follows."""

    name: str
    query: str  # Lucene syntax
    baseline: tuple[str, ...] = ()  # absolute paths of files and folders
    novelty_min: float | None = None  # None: the program's own threshold
    embedder: str = "auto"  # auto | none
    confirm: Confirm | None = None  # None: one source is enough
    severity: tuple[tuple[Severity, str], ...] = ()  # queries on what is new, gravest first; the first that is met


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place in a text where a watch's query was met."""

    span: Span
    text: str
    is_disguised: bool = False  # written with look-alike, hidden or splitting characters
    because: str = ""  # why an ambiguous word counts: `beside “Mali”`, `closeness 0.12`


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One place that a query's words fit and that does not count."""

    span: Span
    text: str
    why: str  # the rest of a sentence about it: `has no company within 50 words (Mali, Russia*)`


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What a text is to the queries that it was held against."""

    met: Mapping[str, tuple[Mention, ...]]  # by query, in the queries' order; mentions in text order
    aside: Mapping[str, tuple[Aside, ...]]  # by query, met or not


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownText:
    """A text the reader already knows: a baseline file, or an article that was alerted or learnt."""

    source: str  # entry id, or path as given
    title: str
    text: str
    language: str
    date: datetime | None
    outlet: str

    def __hash__(self) -> int:
        """Hash by what tells texts apart nearly always: to hash a long one takes as long as to read it."""
        return hash(self.source)


class Told(StrEnum):
    """How a reader said that something is known."""

    STATEMENT = "statement"  # in words of the reader's own
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptText:
    """A text that the reader said is known."""

    id: str  # 16 hex digits
    kind: Told
    watch: str | None  # None: every watch
    known: KnownText
    sentences: int  # that are no noise
    added: datetime
