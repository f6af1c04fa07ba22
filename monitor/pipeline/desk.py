"""The desk: everything the steps work with, built once by wiring.

In:  nothing by itself.
Out: Desk.
Not here: building it (wiring.py), the steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.analysis.closeness import Middle
from monitor.analysis.known import KnownSentence
from monitor.analysis.match import Matcher
from monitor.delivery.sender import Sender
from monitor.model.embedding import Embedder
from monitor.model.feed import Feed
from monitor.model.watch import KnownText, Watch
from monitor.sources.source import Source
from monitor.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a watch's reader knows before anything arrives."""

    texts: tuple[KnownText, ...] = ()
    sentences: tuple[KnownSentence, ...] = ()  # of those texts, with vectors where the watch has an embedder
    middle: Middle = field(default_factory=dict)  # of those texts


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
