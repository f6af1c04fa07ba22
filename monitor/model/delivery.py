"""Deliveries: one message on its way to one channel."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.judgement import Alert, Severity, SourceAlert


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"  # the send began and its end was not seen
    DEAD = "dead"
    HELD = "held"  # waits for a second source, or for the end of quiet hours
    BATCHED = "batched"  # is told, or will be, in a digest
    CANCELLED = "cancelled"  # nobody needs to hear it any more


class Wait(StrEnum):
    """Why a delivery does not go out by itself as soon as it may."""

    CONFIRMATION = "confirmation"  # a second source
    GROUP = "group"  # what else is told of its group meanwhile
    QUIET = "quiet"  # quiet hours
    OVERFLOW = "overflow"  # its route has told as much as it may in an hour
    SCHEDULE = "schedule"  # a digest is where its route leads
    CONTEXT = "context"  # new to the reader, but background only
    SILENCED = "silenced"
    BACKLOG = "backlog"  # its channel was dead for long


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """What a digest tells of one alert; the alert itself stays in the store."""

    alert: str  # id
    watch: str  # "" for a source
    story: str | None
    headline: str
    url: str | None
    new: tuple[str, ...]  # its most telling new sentences, whole
    changed: tuple[str, ...]  # what changed, as "was -> now" in plain words
    outlets: tuple[str, ...]
    independent: int
    severity: Severity
    why: Wait | None  # None where it was told by itself before
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Many alerts in one message: frozen when it is made."""

    id: str  # 16 hex digits; equal for equal channel, name and period
    why: Wait  # what gathered them; of a scheduled one SCHEDULE, whatever its items waited for
    name: str  # of the group, the quiet hours, the route or the schedule
    root: str | None  # id of the story where all are of one: they stand in its thread
    items: tuple[DigestItem, ...]  # oldest first
    since: datetime  # of the period that it tells of
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAlert:
    """A channel lost a message for good: told on the other channels, once in a while."""

    id: str  # 16 hex digits
    channel: str
    reason: str  # the channel's last answer, without secrets
    lost: int  # messages given up so far, this one with them
    headline: str  # of the message that was lost
    of: str  # its alert's id
    created: datetime


AnyAlert = Alert | SourceAlert | ChannelAlert | Digest  # what is delivered


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    APPRISE = "apprise"  # any URL that Apprise knows
    WEBHOOK = "webhook"  # CloudEvents by POST
    FEED = "feed"  # a file that feed readers follow


class OnUnknown(StrEnum):
    """What becomes of a message that may have arrived."""

    RESEND = "resend"  # under the same key: at least once
    HOLD = "hold"  # until somebody says so: at most once


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to reach people. `url` and `hmac_key` are secrets: never logged, never stored."""

    name: str
    url: str = field(repr=False)  # of a FEED: the absolute path of its file
    kind: ChannelKind = ChannelKind.APPRISE
    hmac_key: bytes | None = field(default=None, repr=False)
    gap: timedelta = timedelta(0)  # between two messages
    on_unknown: OnUnknown = OnUnknown.RESEND
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert for one channel, claimed for sending."""

    key: str  # survives retries: the same alert and channel give the same key
    alert: AnyAlert
    channel: str
    attempts: int  # sends begun before this one
    token: str  # of the lease
    root: str  # id of the thread: of the story, or of the source
    may_have_arrived: bool = False  # an earlier send began and its end was not seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The channel took it."""

    note: str = ""  # what is worth keeping of how: "without markup", a provider's id


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The channel refused it, or could not be reached; asking again may help unless `permanent`.

    permanent: it is refused for what it is, not for how the channel is set up.
    """

    reason: str
    permanent: bool = False
    retry_after: timedelta | None = None  # how long the channel asked to be left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """The send began and no answer came: it may have arrived."""

    reason: str


Receipt = Sent | NotSent | Unsure
