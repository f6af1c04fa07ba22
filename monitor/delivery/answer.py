"""Answer: what a web server said to a request, and how long it asks to be left alone.

In:  a status, the header Retry-After, the first bytes of what came with a refusal.
Out: whether asking again can help, and not before when.
Not here: noticing answers (wire.py), what they mean for a delivery (apprise_door.py, webhook.py).
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

SAID_MAX: Final = 4_096  # bytes of a refusal that are kept: all that services write fits
LONGEST_PAUSE: Final = timedelta(days=1)  # a server that asks for more is asked once a day
_REFUSES_THE_MESSAGE = frozenset({400, 411, 413, 414, 415, 422, 431})  # RFC 9110 and 6585
_MARKUP = frozenset({400, 413, 422})  # how services refuse what they cannot read
# Telegram and Discord name seconds in their JSON, Matrix milliseconds.
_PAUSE = re.compile(rb'"retry_after(?P<ms>_ms)?"\s*:\s*(?P<number>\d{1,9}(?:\.\d{1,9})?)')


@dataclass(kw_only=True)
class Answer:
    """What one request was answered."""

    status: int
    pause: str | None  # the header Retry-After
    date: str | None  # the server's own clock
    said: bytearray = field(default_factory=bytearray)  # of a refusal, SAID_MAX bytes at most

    @property
    def is_refusal(self) -> bool:
        """Whether it is anything but a success."""
        return not 200 <= self.status < 300

    @property
    def is_permanent(self) -> bool:
        """Whether the message is refused for what it is, which no waiting mends.

        A token that is not taken, a page that moved: whoever runs the channel can mend those.
        """
        return self.status in _REFUSES_THE_MESSAGE

    @property
    def may_be_markup(self) -> bool:
        """Whether the service may have stumbled over the form of the message."""
        return self.status in _MARKUP

    def retry_after(self) -> timedelta | None:
        """Return how long the server asks to be left alone, at most LONGEST_PAUSE; None where it names no time."""
        asked = _from_header(self.pause, self.date) if self.pause else _from_words(bytes(self.said))
        return None if asked is None else min(max(asked, timedelta(0)), LONGEST_PAUSE)


def _from_header(pause: str, date: str | None) -> timedelta | None:
    """Read seconds or a date (RFC 9110, 10.2.3); a date is held against the server's clock, for ours may differ."""
    text = pause.strip()
    if re.fullmatch(r"\d{1,99}(?:\.\d{1,9})?", text, re.ASCII):
        return timedelta(seconds=min(float(text), LONGEST_PAUSE.total_seconds()))
    until = _moment(text)
    return None if until is None else until - (_moment(date or "") or datetime.now(UTC))


def _from_words(said: bytes) -> timedelta | None:
    found = _PAUSE.search(said)
    if found is None:
        return None
    number = float(found["number"])
    return timedelta(milliseconds=number) if found["ms"] else timedelta(seconds=number)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
