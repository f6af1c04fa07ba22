"""Freshness: for how long a host asks not to be asked again.

In:  the headers of an answer.
Out: seconds, as `Cache-Control` and `Expires` have it (RFC 9111) or `Retry-After` (RFC 9110, 10.2.3).
Not here: what a feed says of itself (`ttl`), when to ask again (cadence.py), refusing to ask (gate.py).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_FRESH_S: Final = 86_400.0  # a year of `max-age` means "for ever", and a feed's news would be missed that long
MAX_RETRY_AFTER_S: Final = 86_400.0  # a source that says "in 30 years" is asked once a day
_MOST_DIGITS: Final = 12  # of seconds; more are capped anyway
_MOST_CHARS: Final = 4_096  # of one header that are read
_DIRECTIVE: Final = re.compile(r'([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?')


def fresh_for_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return for how many seconds an answer stays fresh: the shortest time after which its host may be asked again.

    headers: of a 200 or 304; names compare as the mapping compares them.
    Returns 0.0 .. MAX_FRESH_S; 0.0 where the host says "do not keep it" or cannot be understood; None where neither
    header is there: a 304 leaves out what has not changed.
    `s-maxage` is for caches that many share, which this is not.
    """
    if "Cache-Control" not in headers and "Expires" not in headers:
        return None
    lifetime_s = _lifetime_s(headers, now)
    if lifetime_s <= 0:
        return 0.0
    return max(0.0, min(lifetime_s - (_seconds(headers.get("Age", "")) or 0.0), MAX_FRESH_S))


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return for how many seconds the host wants to be left alone; None if it does not say or says nonsense.

    A date counts from the answer's own `Date`, so that a clock that is wrong on either side makes no difference.
    Returns 0.0 .. MAX_RETRY_AFTER_S; a time that is past already is nonsense.
    """
    value = headers.get("Retry-After", "").strip()
    seconds = _seconds(value)
    if seconds is None and (until := _http_date(value)) is not None:
        seconds = (until - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    return min(seconds, MAX_RETRY_AFTER_S) if seconds is not None and seconds >= 0 else None


def _lifetime_s(headers: Mapping[str, str], now: datetime) -> float:
    told = _directives(headers)
    if "no-store" in told or told.get("no-cache") == "":  # `no-cache="field"` speaks of that field only
        return 0.0
    if "max-age" in told:
        return _seconds(told["max-age"]) or 0.0
    until = _http_date(headers.get("Expires", ""))
    if until is None:
        return 0.0
    return (until - (_http_date(headers.get("Date", "")) or now)).total_seconds()


def _directives(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what `Cache-Control` says, by name; of a directive that is given twice the first counts."""
    if "Cache-Control" not in headers:
        return {}
    told: dict[str, str] = {}
    for name, value in headers.items():  # each line of a header that comes in several
        if name.lower() == "cache-control":
            for found in _DIRECTIVE.finditer(value[:_MOST_CHARS]):
                told.setdefault(found[1].lower(), found[2] or found[3] or "")
    return told


def _seconds(value: str) -> float | None:
    value = value.strip()
    return float(value[:_MOST_DIGITS]) if value.isascii() and value.isdigit() else None


def _http_date(value: str) -> datetime | None:
    if not value:
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
