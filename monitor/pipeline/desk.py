"""The desk: everything the steps work with, built once by wiring.

In:  nothing by itself.
Out: Desk.
Not here: building it (wiring.py), the steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from monitor.analysis.closeness import Middle
from monitor.analysis.known import KnownSentence, Part, part_of
from monitor.analysis.match import Matcher
from monitor.delivery.sender import Sender
from monitor.model.embedding import Embedder
from monitor.model.feed import Feed
from monitor.model.watch import KnownText, Watch
from monitor.sources.source import Source
from monitor.store.engine import Store

MOST_KNOWN: Final = 2_000  # sentences an article is held against, whatever the archive holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a watch's reader knows before anything arrives."""

    texts: tuple[KnownText, ...] = ()
    sentences: tuple[KnownSentence, ...] = ()  # of those texts, with vectors where the watch has an embedder
    middle: Middle = field(default_factory=dict)  # of those texts
    part: Part = field(init=False, repr=False, compare=False)  # of what is known: as many of them as may be

    def __post_init__(self) -> None:
        """Index the sentences, once for all articles."""
        object.__setattr__(self, "part", part_of(self.sentences[:MOST_KNOWN]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the steps work with."""

    feeds: Mapping[str, Feed]
    watches: Mapping[str, Watch]
    matcher: Matcher
    baselines: Mapping[str, Baseline]  # by watch
    store: Store
    source: Source
    sender: Sender
    channels: tuple[str, ...]  # where every alert goes
    embedder: Embedder | None
    now: Callable[[], datetime]
    lease: str  # of this process
    asks_language: bool = False  # whether a query turns on the language of texts
    host_gap: timedelta = timedelta(seconds=1)  # between two requests to a host
