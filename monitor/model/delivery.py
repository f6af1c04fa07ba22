"""Deliveries: one alert on its way to one channel."""

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.model.judgement import Alert, SourceAlert

AnyAlert = Alert | SourceAlert  # what is delivered


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"  # the send began and its end was not seen
    DEAD = "dead"
    HELD = "held"  # its alert waits for a second source
    CANCELLED = "cancelled"  # and waited in vain


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to reach people. `url` is a secret: never logged, never stored."""

    name: str
    url: str = field(repr=False)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The channel took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The channel refused it, or could not be reached; asking again may help unless `permanent`."""

    reason: str
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """The send began and no answer came: it may have arrived."""

    reason: str


Receipt = Sent | NotSent | Unsure
