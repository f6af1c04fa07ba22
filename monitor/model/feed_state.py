"""What is known of a feed between two polls: what the next one needs, its rhythm, and how it does."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.feed import FeedMemory, Hints, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a feed brings something new."""

    new_times: int = 0  # polls that did
    new_at: datetime | None = None  # the last of them
    usual_gap_s: float | None = None  # between two of them, smoothed
    posted: int = 0  # bits 0..23: hours (GMT), bits 24..30: weekdays from Monday, in which something new came
    burst_until: datetime | None = None  # alerts came from it: asked more often until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Permanent redirects that are not proved yet."""

    to: str
    since: datetime
    times: int  # polls in a row that were led there


class Told(StrEnum):
    """Which alert on a feed stands."""

    DOWN = "down"
    SILENT = "silent"
    WITH_HOST = "with_host"  # one on the feeds of its host that fail together
    WITH_ALL = "with_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a feed does."""

    failures: int = 0  # in a row
    failing_since: datetime | None = None
    gone_since: datetime | None = None  # it answers 410
    is_down: bool = False  # a notice was given
    is_silent: bool = False  # a notice was given
    told: Told | None = None  # the alert that stands
    gaps: int = 0  # times when entries may have been missed
    is_malformed: bool = False  # at its last poll
    changed_guids: int = 0  # entries known before under another guid
    error: str | None = None
    problems: tuple[str, ...] = ()  # what the last poll had to mend or leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """Everything remembered of one feed but its entries."""

    name: str
    polls: int = 0  # those that brought entries or "not modified"
    memory: FeedMemory = field(default_factory=FeedMemory)
    may_delta: bool = True  # a delta parse has never been caught in an error
    hints: Hints = field(default_factory=Hints)
    rhythm: Rhythm = field(default_factory=Rhythm)
    health: Health = field(default_factory=Health)
    move: Move | None = None
    timed: int = 0  # polls whose time was set
    late: int = 0  # of those, later than they should have been
    next_at: datetime
    next_why: str = ""  # what decided `next_at`, for people
    hold_until: datetime | None = None  # its host asked for a pause (Retry-After); not even --now cuts it short
    fresh_until: datetime | None = None  # its host asks not to be asked before (Cache-Control, Expires)
    polled_at: datetime | None = None
    rung: Rung | None = None  # of the last poll that worked


def standing(state: FeedState) -> str:
    """Return how a feed stands, in one word: new, ok, silent, failing, down or gone."""
    health = state.health
    if health.gone_since is not None:
        return "gone"
    if health.is_down:
        return "down"
    if health.failures:
        return "failing"
    if health.is_silent:
        return "silent"
    return "ok" if state.polls else "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """Something that happened to a feed, for people."""

    kind: str
    text: str
