"""Stories, and who carries them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles of one watch on one event."""

    id: str  # 16 hex digits
    watch: str
    title: str  # the first article's
    terms: Mapping[str, float]  # stem -> weight, summed over the articles
    articles: int
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One article of a story, as evidence of who reports it."""

    entry: str
    outlet: str
    host: str
    copy_of: str | None  # the entry it repeats: a copy is no independent report
    credits: tuple[str, ...] = ()  # agencies that the article gives as its source
    claimed: str = ""  # the host that it was listed under, where its text came from another one
