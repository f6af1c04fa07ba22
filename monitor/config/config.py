"""The configuration as the rest of the program sees it, and the built-in one.

In:  nothing.
Out: Config; what `replay` uses where the user has no file.
Not here: reading a file (load.py), which loads libraries that a replay without a file does not need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from monitor.model.delivery import Channel
from monitor.model.endpoint import EmbedderEndpoint, Endpoint
from monitor.model.feed import Feed
from monitor.model.routing import Policy
from monitor.model.watch import Term, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything an operator decided, checked."""

    feeds: tuple[Feed, ...]
    watches: tuple[Watch, ...]
    terms: Mapping[str, Term]
    channels: tuple[Channel, ...]
    policy: Policy  # who hears what, and when
    state: Path  # absolute
    contact: str  # said to the servers we ask; may be ""
    timezone: ZoneInfo
    allow_private: bool  # what `fetch` says; each Feed carries its own answer
    path: Path | None  # None: the built-in configuration
    host_gap: timedelta = timedelta(seconds=1)  # between two requests to a host
    heeds_robots: bool = True  # what a host's robots.txt says of pages holds
    metrics: tuple[str, int] | None = None  # host and port where Prometheus may ask; None: nowhere
    writer: Endpoint | None = None  # puts alerts into words of its own; None: nobody does
    embedders: tuple[EmbedderEndpoint, ...] = ()
    warnings: tuple[str, ...] = ()
    channel_places: tuple[str, ...] = ()  # FILE:LINE:COL: channels.0.url; where each channel's address is written

    @property
    def spare(self) -> tuple[str, ...]:
        """Names of channels that nothing is routed to."""
        routed = self.policy.channels
        return tuple(each.name for each in self.channels if each.name not in routed)

    @property
    def only_channel(self) -> str | None:
        """Name of the only channel, where alerts go there: nobody else can tell what it loses."""
        name = self.channels[0].name if len(self.channels) == 1 else None
        return name if name in self.policy.channels else None


def demo_config() -> Config:
    """Return the configuration that `replay` uses without a file: one watch for MINUSMA, Mali, Wagner."""
    return Config(
        feeds=(),
        watches=(Watch(name="mali", query='"MINUSMA" OR "Mali" OR "Wagner"'),),
        terms=MappingProxyType({}),
        channels=(),
        policy=Policy(),
        state=Path.cwd() / "state",
        contact="",
        timezone=ZoneInfo("UTC"),
        allow_private=False,
        path=None,
    )
