"""Listed: an entry as a feed's format has it, made a FeedEntry.

In:  feedparser's dictionary of one entry; the few fields of a JSON feed's item or a sitemap's address.
Out: FeedEntry, or None for one that says nothing; all of a feed's together, no guid twice.
Not here: finding and parsing them (parse.py, json_feed.py, sitemap.py).

An entry's guid is made of its own markup and of nothing around it: the first of guid, link, and a digest of title and
summary. So a feed that moves to another address, or from http to https, brings no entry anew.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from monitor.model.feed import FeedEntry
from monitor.model.ids import told_apart
from monitor.sources.links import is_absolute, web_link
from monitor.sources.markup import clean, plain
from monitor.text.urls import host, key_of

MAX_GUID_CHARS: Final = 2_048
MAX_TITLE_CHARS: Final = 500
MAX_SUMMARY_CHARS: Final = 5_000
YEARS: Final = range(1990, 2201)  # a date outside is a mistake, not a date
_YEAR: Final = re.compile(r"[0-9]{4}")
_SURE_CENTURY: Final = 2050  # a year of two digits that feedparser takes for a later one is of the century before


def entry_of(listed: Any, base: str) -> FeedEntry | None:
    """Return the entry that feedparser found; None where it says nothing.

    base: what its links are relative to; feedparser was given none.
    """
    title = plain(_text(listed, "title"), MAX_TITLE_CHARS)
    bodies = [_text(listed, "summary"), *(_text(content, "value") for content in listed.get("content", ()))]
    summary = max((plain(body, MAX_SUMMARY_CHARS) for body in bodies), key=len)
    written = _text(listed, "link")
    # Without a link of its own feedparser takes the guid for one: often a mere word.
    link = written if _has_own_link(listed) or is_absolute(written) else ""
    return make_entry(
        guid=_text(listed, "id"), title=title, summary=summary, link=link, base=base, published=_date(listed)
    )


def make_entry(
    *,
    guid: str,
    title: str,
    summary: str,
    link: str,
    base: str,
    published: datetime | None,
    language: str | None = None,
) -> FeedEntry | None:
    """Return the entry that says this; None where it says nothing.

    guid, link: as written; title, summary: plain text.
    """
    url = web_link(base, link) if link else None
    own = " ".join(clean(guid).split()) or _as_guid(link, url)
    if not own and not title and not summary:
        return None
    if not own or len(own) > MAX_GUID_CHARS:
        own = _digest(own or f"{title}\n{summary}")
    return FeedEntry(
        guid=own,
        title=title,
        url=url,
        url_key=key_of(url) if url else None,
        host=host(url) if url else "",
        summary=summary,
        published=published,
        language=language,
    )


def unique(entries: Iterable[FeedEntry | None]) -> tuple[tuple[FeedEntry, ...], list[str]]:
    """Return the entries, no guid twice, and a sentence for each kind of mending.

    Of different entries under one guid the first keeps it, so that what is known from earlier polls stays known.
    """
    kept: dict[str, FeedEntry] = {}
    seen: set[tuple[str, str | None, str]] = set()
    repeated = shared = blank = 0
    for one in entries:
        if one is None:
            blank += 1
        elif (one.guid, one.url_key, one.title) in seen:
            repeated += 1
        else:
            seen.add((one.guid, one.url_key, one.title))
            guid = one.guid
            if guid in kept:
                shared += 1
                guid = told_apart(guid, one.url_key, one.title)
            kept[guid] = one if guid == one.guid else replace(one, guid=guid)
    said = [
        counted(repeated, "repeats", "repeat", "another one and {was} left out"),
        counted(shared, "shares", "share", "the guid of another one and {was} told apart by link and title"),
        counted(blank, "says", "say", "nothing and {was} left out"),
    ]
    return tuple(kept.values()), [sentence for sentence in said if sentence]


def counted(count: int, one: str, many: str, what: str) -> str:
    """Return a sentence about so many entries, "" about none."""
    if not count:
        return ""
    start = f"1 entry {one}" if count == 1 else f"{count:,} entries {many}"
    return f"{start} {what.format(was='was' if count == 1 else 'were')}"


def moment(written: str) -> datetime | None:
    """Return the time of an RFC 3339 date; None for what is none."""
    try:
        found = datetime.fromisoformat(written.strip()[:40])
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found.replace(microsecond=0) if found.year in YEARS else None


def _text(listed: Any, key: str) -> str:
    value = listed.get(key)
    return value if isinstance(value, str) else ""


def _has_own_link(listed: Any) -> bool:
    return any(link.get("href") == listed.get("link") for link in listed.get("links") or ())


def _as_guid(link: str, url: str | None) -> str:
    if url is None or is_absolute(link):
        return url or ""
    return " ".join(clean(link).split())  # as written: an entry stays what it is when its feed moves


def _date(listed: Any) -> datetime | None:
    # dict.get: feedparser's own look-up falls back from one date to another, with a warning.
    for key in ("published", "updated", "created"):
        parts, written = dict.get(listed, key + "_parsed"), dict.get(listed, key)
        if parts is not None:
            found = _moment_of(tuple(parts))
            if found is not None and _is_year_of(found, str(written)):
                return found
    return None


def _moment_of(parts: tuple[int, ...]) -> datetime | None:
    try:
        year, month, day, hour, minute, second = parts[:6]
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.year in YEARS else None


def _is_year_of(found: datetime, written: str) -> bool:
    # feedparser fills what it cannot read ("-2023-06-16") from today's date; a zone may shift the year by one.
    if written.lstrip().startswith("-"):
        return False
    years = _YEAR.findall(written[:200])
    return any(abs(int(year) - found.year) <= 1 for year in years) if years else found.year < _SURE_CENTURY


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
