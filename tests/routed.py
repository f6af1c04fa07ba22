"""Plain plans, for tests of what comes after routing."""

from datetime import datetime

from monitor.model.routing import Planned


def plans(*channels: str, now: datetime) -> tuple[Planned, ...]:
    """Return deliveries to channels that nothing holds back."""
    return tuple(Planned(channel=channel, route="route", next_at=now) for channel in channels)
