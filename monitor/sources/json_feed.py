"""JSON Feed: what a feed of version 1 or 1.1 lists.

In:  the body of an answer and its URL.
Out: a ParsedFeed, entries oldest first; ParseError where there is no JSON Feed.
Not here: RSS and Atom (reading.py), remembering what is known: a JSON feed is always parsed whole.

Source: https://www.jsonfeed.org/version/1.1/
"""

import codecs
import json
from typing import Any, Final

from monitor.errors import ParseError
from monitor.model.feed import FeedEntry, Hints, ParsedFeed
from monitor.sources.links import web_link
from monitor.sources.listed import MAX_SUMMARY_CHARS, MAX_TITLE_CHARS, make_entry, moment, unique
from monitor.sources.markup import one_line, plain
from monitor.sources.spans import MAX_ENTRIES
from monitor.text.language import code_of

MAX_CONTAINERS: Final = 200_000  # objects and lists; each takes up to 0.3 kB of memory
MAX_FEED_TITLE_CHARS: Final = 200


def is_json(body: bytes, content_type: str | None) -> bool:
    """Return whether a body is to be read as JSON: it begins like an object, or is called JSON and is no markup."""
    first = body.removeprefix(codecs.BOM_UTF8)[:1_000].lstrip()[:1]
    return first == b"{" or (first != b"<" and "json" in (content_type or "")[:200].partition(";")[0].lower())


def read_json_feed(body: bytes, url: str) -> ParsedFeed:
    """Return what the feed lists, oldest first.

    body: UTF-8, with a byte order mark or without. url: where it came from, which links are relative to.
    Raises ParseError: no JSON, no JSON Feed, too deep or too large.
    """
    feed, odd = _object(body)
    listed = feed.get("items")
    if not isinstance(listed, list) or "jsonfeed.org/version/1" not in _text(feed, "version"):
        raise ParseError("is JSON, but no JSON Feed")
    entries, said = unique(_entry(one, feed, url) for one in reversed(listed[:MAX_ENTRIES]))
    if len(listed) > MAX_ENTRIES:
        said.insert(0, f"lists {len(listed):,} entries, of which the first {MAX_ENTRIES:,} were read")
    next_url = _text(feed, "next_url")
    return ParsedFeed(
        entries=entries,
        problems=(*odd, *said),
        listed=len(listed),
        hints=Hints(
            older_url=web_link(url, next_url) if next_url else None,
            title=one_line(_text(feed, "title"), MAX_FEED_TITLE_CHARS),
        ),
    )


def _object(body: bytes) -> tuple[dict[str, Any], list[str]]:
    if body.count(b"{") + body.count(b"[") > MAX_CONTAINERS:
        raise ParseError(f"holds more than {MAX_CONTAINERS:,} objects and lists")
    text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    odd = ["it holds bytes that are no characters"] if "\ufffd" in text and b"\xef\xbf\xbd" not in body else []
    try:
        # No number is counted with: as text it costs linear time, however long, and an id stays as it was written.
        read = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as exc:
        raise ParseError("is JSON nested too deeply") from exc
    except ValueError as exc:
        raise ParseError(f"is not readable JSON: {str(exc)[:200]}") from exc
    if not isinstance(read, dict):
        raise ParseError("is JSON, but no JSON Feed")
    return read, odd


def _entry(listed: Any, feed: dict[str, Any], url: str) -> FeedEntry | None:
    if not isinstance(listed, dict):
        return None
    texts = [one_line(_text(listed, key), MAX_SUMMARY_CHARS) for key in ("summary", "content_text")]
    texts.append(plain(_text(listed, "content_html"), MAX_SUMMARY_CHARS))
    return make_entry(
        guid=_scalar(listed.get("id")),
        title=one_line(_text(listed, "title"), MAX_TITLE_CHARS),
        summary=max(texts, key=len),
        link=_text(listed, "url") or _text(listed, "external_url"),
        base=url,
        published=moment(_text(listed, "date_published")) or moment(_text(listed, "date_modified")),
        language=code_of(_text(listed, "language") or _text(feed, "language")),
    )


def _text(listed: dict[str, Any], key: str) -> str:
    value = listed.get(key)
    return value if isinstance(value, str) else ""


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""  # a number is text already
