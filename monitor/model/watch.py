"""Watches: what a reader follows, and what that reader already knows."""

from dataclasses import dataclass
from datetime import datetime

Span = tuple[int, int]  # start, end; half open, in characters of the original text


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A named thing with its spellings; `*` at the end of a spelling is a prefix."""

    name: str
    any: tuple[str, ...]
    never: tuple[str, ...] = ()  # a mention that one of these overlaps does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a reader follows."""

    name: str
    query: str  # Lucene syntax
    baseline: tuple[str, ...] = ()  # absolute paths of files and folders
    novelty_min: float | None = None  # None: the program's own threshold
    embedder: str = "auto"  # auto | none


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place in a text where a watch's query was met."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownText:
    """A text the reader already knows: a baseline file, or an article that was alerted or learnt."""

    source: str  # entry id, or path as given
    title: str
    text: str
    language: str
    date: datetime | None
    outlet: str
