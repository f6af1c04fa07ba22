"""The desk: everything the steps work with, built once by wiring.

In:  nothing by itself.
Out: Desk.
Not here: building it (wiring.py), the steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.analysis.closeness import Middle
from monitor.analysis.known import Part
from monitor.analysis.match import Matcher
from monitor.delivery.sender import Sender
from monitor.model.delivery import OnUnknown
from monitor.model.embedding import Embedder, Scale, Vector
from monitor.model.feed import Feed
from monitor.model.routing import Policy
from monitor.model.watch import KnownText, Watch
from monitor.model.writing import Writer
from monitor.sources.source import Source
from monitor.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a watch's reader knows before anything arrives."""

    texts: tuple[KnownText, ...] = ()
    parts: tuple[Part, ...] = ()  # of those texts, with vectors where the watch has an embedder
    middle: Middle = field(default_factory=dict)  # of those texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a channel is to be treated."""

    gap: timedelta = timedelta(0)  # between two messages
    on_unknown: OnUnknown = OnUnknown.RESEND


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the steps work with."""

    feeds: Mapping[str, Feed]
    watches: Mapping[str, Watch]
    matcher: Matcher
    baselines: dict[str, Baseline]  # by watch; one that could not be embedded is, once its embedder answers
    store: Store
    source: Source
    sender: Sender
    policy: Policy  # who hears what, and when
    embedder: Embedder | None
    now: Callable[[], datetime]
    lease: str  # of this process
    asks_language: bool = False  # whether a query turns on the language of texts
    embedders: Mapping[str, Embedder] = field(default_factory=dict)  # by the name that watches call them
    vectors: dict[str, dict[str, Vector]] = field(default_factory=dict)  # at hand, by model and sentence
    texts: dict[int, KnownText] = field(default_factory=dict)  # at hand, of what was decided
    writer: Writer | None = None
    host_gap: timedelta = timedelta(seconds=1)  # between two requests to a host
    severities: Mapping[str, Matcher] = field(default_factory=dict)  # by watch; rules by severity, gravest first
    paces: Mapping[str, Pace] = field(default_factory=dict)  # by channel
    sent_at: dict[str, float] = field(default_factory=dict)  # by channel, on the loop's clock
    spare: tuple[str, ...] = ()  # channels that nothing is routed to: they tell of others that lose messages

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels that anything may be sent to, those first that something is routed to."""
        return self.policy.channels + self.spare

    def embedder_of(self, watch: Watch) -> Embedder | None:
        """Return what turns a watch's sentences into vectors; None where it compares words alone."""
        return chosen(watch, self.embedder, self.embedders)

    def scale_of(self, watch: Watch) -> Scale:
        """Return how the likenesses of a watch's embedder are read."""
        embedder = self.embedder_of(watch)
        return embedder.scale if embedder else Scale()


def chosen(watch: Watch, packaged: Embedder | None, named: Mapping[str, Embedder]) -> Embedder | None:
    """Return the embedder that a watch asks for; the packaged one for a name that is not at hand."""
    return None if watch.embedder == "none" else named.get(watch.embedder, packaged)
