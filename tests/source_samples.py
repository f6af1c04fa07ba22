"""Alerts of sources that several test files render, store or send."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model.feed import SourceState
from monitor.model.judgement import SourceAlert

FEED_URL = "https://example.org/feed"
SINCE = datetime(2023, 6, 19, 8, 15, tzinfo=UTC)
CREATED = datetime(2023, 6, 19, 11, 25, tzinfo=UTC)
_REASONS = {
    SourceState.DOWN: f"{FEED_URL}: answered 503",
    SourceState.SILENT: "usually something new every 2 h",
    SourceState.GAP: "none of the entries known before are listed any more",
    SourceState.BACK: "answers again",
}


def source_alert(state: SourceState = SourceState.DOWN) -> SourceAlert:
    """A feed called wire, 3 h 10 min after it began."""
    return SourceAlert(
        id=f"5c0e{list(SourceState).index(state):012x}",
        feed="wire",
        state=state,
        reason=_REASONS[state],
        since=SINCE,
        url=FEED_URL,
        created=CREATED,
    )


def several(alert: SourceAlert, host: str = "hub.example") -> SourceAlert:
    """The same of three feeds of a host that has four, or of all; their names are hostile."""
    feed = f"*.{host}" if host else "*"
    return replace(alert, feed=feed, url=None, several=3, of=4, named=("<b>a", "b"))
