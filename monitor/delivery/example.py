"""Example: an alert that says of itself that it is none.

In:  the name of a channel, the time.
Out: a Delivery that looks like any other.
Not here: sending it (channels.py), showing what came of it (cli/channel.py).
"""

from datetime import datetime

from monitor.model.delivery import Delivery
from monitor.model.ids import make_id
from monitor.model.judgement import Alert, Quote

HEADLINE = "Test: this is an example and no news"
_SENTENCES = (
    "Somebody asked for this message with “monitor channel test”; nothing has happened.",
    "If you can read it, alerts arrive here. Quotes, links and signs such as <, & and * should look like themselves.",
)


def example(channel: str, *, now: datetime) -> Delivery:
    """Return an example for a channel. It has one id a channel, and a key of its own for each time it is sent."""
    about = make_id("channel test", channel)
    quotes = tuple(Quote(text=text, entry=about, outlet="news-monitor", date=now, url=None) for text in _SENTENCES)
    alert = Alert(
        id=about,
        watch="test",
        story=about,
        revision=1,
        headline=HEADLINE,
        url="https://example.org/this-is-no-news",
        new=quotes,
        known=(),
        changed=(),
        outlets=("news-monitor",),
        independent=1,
        matched=("test",),
        novelty=1.0,
        threshold=0.0,
        new_count=len(quotes),
        sentence_count=len(quotes),
        created=now,
    )
    key = f"test-{make_id(channel, now.isoformat())}.{channel}"
    return Delivery(key=key, alert=alert, channel=channel, attempts=0, token="", root=about)
