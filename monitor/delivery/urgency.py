"""Urgency: how much a message matters, whatever it tells of.

In:  an alert of any kind.
Out: its severity.
Not here: how an alert gets one (analysis/), what a service calls it (apprise_door.py).
"""

from typing import Final, assert_never

from monitor.model.delivery import AnyAlert, ChannelAlert, Digest
from monitor.model.judgement import Alert, Severity, SourceAlert

_ORDER: Final = tuple(Severity)  # from low to critical


def severity_of(alert: AnyAlert) -> Severity:
    """Return the alert's severity, of a digest the highest of its items'; what tells of the program is normal."""
    match alert:
        case Alert():
            return alert.severity
        case Digest():
            return max((item.severity for item in alert.items), key=_ORDER.index, default=Severity.NORMAL)
        case SourceAlert() | ChannelAlert():
            return Severity.NORMAL
        case _:
            assert_never(alert)
