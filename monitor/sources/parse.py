"""Parse: what a feed lists. Runs inside a worker process, because hostile bytes can cost any amount of time.

In:  the decoded body of an answer, its URL and content type.
Out: a ParsedFeed, entries oldest first; ParseError where there is no feed.
Not here: fetching (feeds.py), killing what takes too long (workers.py), remembering (store/).

feedparser does the reading. Everything it is known to take quadratic time or odd turns over is settled before it sees
the bytes: charset, prolog, DOCTYPE, entities, and the elements that nobody here reads (authors, categories).
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

import feedparser

from monitor.errors import ParseError
from monitor.model.feed import FeedEntry, ParsedFeed
from monitor.sources.markup import clean, clean_references, decode, mend_ampersands, plain

MAX_ENTRIES: Final = 2_000
MAX_TAGS: Final = 100_000  # outside CDATA; feedparser takes 1 s for 35,000
MAX_GUID_CHARS: Final = 2_048
MAX_URL_CHARS: Final = 2_048
MAX_TITLE_CHARS: Final = 500
MAX_SUMMARY_CHARS: Final = 5_000
YEARS: Final = range(1990, 2201)  # a date outside is a mistake, not a date

# Elements that no field of a FeedEntry is read from, and that feedparser spends quadratic time on: an author's e-mail
# pattern ran past 25 s on 100 kB (kurtmckee/feedparser#562), 20,000 categories took 5 s.
_UNREAD: Final = (
    "author|contributor|creator|publisher|managingeditor|webmaster|owner|category|subject|keywords|tags|enclosure|"
    "credit|rating|generator|cloud|textinput|skiphours|skipdays"
)
_NAME: Final = r"(?:[A-Za-z_][\w.-]{0,60}:)?"
_SPAN: Final = re.compile(rf"<!\[CDATA\[|<!--|<({_NAME}(?:{_UNREAD}))(?=[\s/>])", re.IGNORECASE | re.ASCII)
_ENTRY: Final = re.compile(rf"<!\[CDATA\[|<(/?){_NAME}(?:item|entry)(?=[\s/>])", re.IGNORECASE | re.ASCII)
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]{0,80})", re.ASCII)
_YEAR: Final = re.compile(r"[0-9]{4}")
# feedparser resolves guids like links. Against a place that is known they can be had back as they were written: an
# entry keeps its guid when its feed moves from http to https.
_NOWHERE_HOST: Final = "http://feed.invalid/"
_NOWHERE: Final = _NOWHERE_HOST + "~/~/"
_BASE: Final = re.compile(r"""\sxml:base\s{0,9}=\s{0,9}(?:"[^"<>]{2049,}"|'[^'<>]{2049,}')""")
_FEED_ROOTS: Final = frozenset({"rss", "feed", "rdf", "channel"})
_PAGE_ROOTS: Final = frozenset({"html", "head", "body", "div", "p", "script", "meta", "title", "main", "article", "h1"})
_UNSAFE_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\"<>^`{|}]")


def parse_feed(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """Return what the feed lists, oldest first, with a sentence for everything that had to be mended or left out.

    body: without content coding. url: where it came from, which relative links are resolved against.
    A feed's order is taken for newest first, so entries come in the reverse of the document's order.
    Raises ParseError: empty, a web page, neither RSS nor Atom, entities declared in the DOCTYPE.
    """
    if not body.strip():
        raise ParseError("is empty")
    text, odd = decode(body, content_type)
    problems = [odd] if odd else []
    text, cut = _cut_entries(_without_unread(_BASE.sub("", _without_prolog(clean(text)))))
    if cut:
        problems.append(cut)
    if sum(section.rpartition("]]>")[2].count("<") for section in text.split("<![CDATA[")) > MAX_TAGS:
        raise ParseError(f"holds more than {MAX_TAGS:,} tags")
    text = clean_references(text)
    mended = mend_ampersands(text)
    if mended != text:
        problems.append("is not well-formed XML: it holds bare ampersands, which were mended")
    parsed = _read(mended)
    if not parsed.entries and not parsed.get("version"):
        raise ParseError("is neither RSS nor Atom")
    if parsed.get("bozo"):
        problems.append(f"is not well-formed XML: {clean(str(parsed.get('bozo_exception')))[:200]}")
    entries, odd_ones = _unique(_entry(listed, url) for listed in reversed(parsed.entries[:MAX_ENTRIES]))
    return ParsedFeed(entries=tuple(entries), problems=(*problems, *odd_ones))


def _read(text: str) -> Any:  # feedparser's own dictionary type, which goes no further than this module
    stream = io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8", "ignore"))
    headers = {"content-location": _NOWHERE, "content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, LookupError, AssertionError, TypeError, AttributeError, RecursionError) as exc:
        # feedparser lets some broken bytes raise out of parse(); which of these depends on the bytes.
        raise ParseError(f"cannot be read as a feed: {type(exc).__name__}") from exc


def _without_prolog(text: str) -> str:
    """Return the text from its root element on, once the root is one of a feed's."""
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at)
        elif text.startswith("<!", at):
            at = _after_doctype(text, at)
        else:
            break
    root = _ROOT.match(text, at) if at >= 0 else None
    if root is None:
        raise ParseError("is neither RSS nor Atom")
    name = root[1].rpartition(":")[2].lower()
    if name in _PAGE_ROOTS:
        raise ParseError("is a web page, not a feed")
    if name not in _FEED_ROOTS:
        raise ParseError(f"is neither RSS nor Atom: its first element is <{root[1]}>")
    return text[at:]


def _after(text: str, closer: str, at: int) -> int:
    end = text.find(closer, at)
    if end < 0:
        raise ParseError("is neither RSS nor Atom: its prolog has no end")
    return end + len(closer)


def _after_doctype(text: str, at: int) -> int:
    end = _after(text, ">", at)
    declaration = text[at:end].lower()
    if declaration.startswith("<!doctype") and "[" in declaration:
        end = _after(text, "]", at)
        declaration = text[at:end].lower()
        end = _after(text, ">", end)
    if "<!entity" in declaration:
        raise ParseError("declares entities in its DOCTYPE, which are not read")
    if declaration.split(None, 2)[:2] in (["<!doctype", "html"], ["<!doctype", "html>"]):
        raise ParseError("is a web page, not a feed")
    return end


def _without_unread(text: str) -> str:
    """Return the text without comments and without the elements that are not read; linear in its length."""
    kept: list[str] = []
    start = at = 0
    while span := _SPAN.search(text, at):
        if span[0] == "<![CDATA[":
            at = text.find("]]>", span.end())
        else:
            kept.append(text[start : span.start()])
            start = at = _end_of_span(text, span)
        if at < 0:
            break
    return "".join(kept) + (text[start:] if start >= 0 else "")


def _end_of_span(text: str, span: re.Match[str]) -> int:
    if span[1] is None:
        end = text.find("-->", span.end())
        return end + 3 if end >= 0 else -1
    opened = text.find(">", span.end())
    if opened < 0 or text[opened - 1] == "/":
        return opened + 1 if opened >= 0 else -1
    closed = text.find(f"</{span[1]}", opened)
    end = text.find(">", closed) if closed >= 0 else -1
    return end + 1 if end >= 0 else -1


def _cut_entries(text: str) -> tuple[str, str | None]:
    """Return the text with at most MAX_ENTRIES entries, the first ones, and a sentence if there were more."""
    count = at = 0
    cut_from = last_end = -1
    while tag := _ENTRY.search(text, at):
        at = tag.end()
        if tag[0] == "<![CDATA[":
            at = text.find("]]>", at)
            if at < 0:
                break
        elif tag[1]:
            last_end = text.find(">", at) + 1
        else:
            count += 1
            cut_from = tag.start() if count == MAX_ENTRIES + 1 else cut_from
    if cut_from < 0:
        return text, None
    tail = text[last_end:] if last_end > cut_from else ""
    return text[:cut_from] + tail, f"lists {count:,} entries, of which the first {MAX_ENTRIES:,} were read"


def _entry(listed: Any, url: str) -> FeedEntry | None:
    title = plain(_text(listed, "title"), MAX_TITLE_CHARS)
    bodies = [_text(listed, "summary"), *(_text(content, "value") for content in listed.get("content", ()))]
    summary = max((plain(body, MAX_SUMMARY_CHARS) for body in bodies), key=len)
    written = _as_written(_text(listed, "link"))
    link = _link(_resolved(url, written) if _has_own_link(listed) else written)
    guid = " ".join(_as_written(clean(_text(listed, "id"))).split()) or link or ""
    if not guid and not title and not summary:
        return None
    if not guid or len(guid) > MAX_GUID_CHARS:
        guid = _digest(guid or f"{title}\n{summary}")
    return FeedEntry(guid=guid, title=title, url=link, summary=summary, published=_date(listed))


def _has_own_link(listed: Any) -> bool:
    # Where there is none, feedparser takes the guid for it: often a mere word, which leads nowhere unless absolute.
    return any(link.get("href") == listed.get("link") for link in listed.get("links") or ())


def _text(listed: Any, key: str) -> str:
    value = listed.get(key)
    return value if isinstance(value, str) else ""


def _as_written(resolved: str) -> str:
    if resolved.startswith(_NOWHERE):
        return resolved.removeprefix(_NOWHERE)
    if resolved.startswith(_NOWHERE_HOST + "~/"):
        return "../" + resolved.removeprefix(_NOWHERE_HOST + "~/")
    return "/" + resolved.removeprefix(_NOWHERE_HOST) if resolved.startswith(_NOWHERE_HOST) else resolved


def _resolved(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def _link(link: str) -> str | None:
    """Return the link if it is an absolute one of the web; what could break out of an attribute is percent-encoded."""
    trimmed = clean(link).strip()
    if not 0 < len(trimmed) <= MAX_URL_CHARS or "\\" in trimmed:
        return None
    try:
        parts = urlsplit(trimmed)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not has_host:
        return None
    safe = _UNSAFE_IN_URL.sub(lambda unsafe: quote(unsafe[0], safe=""), trimmed)
    return safe if len(safe) <= MAX_URL_CHARS else None


def _date(listed: Any) -> datetime | None:
    # dict.get: feedparser's own look-up falls back from one date to another, with a warning.
    for key in ("published", "updated", "created"):
        parts, written = dict.get(listed, key + "_parsed"), dict.get(listed, key)
        if parts is not None:
            found = _moment(tuple(parts))
            if found is not None and _is_year_of(found, str(written)):
                return found
    return None


def _moment(parts: tuple[int, ...]) -> datetime | None:
    try:
        year, month, day, hour, minute, second = parts[:6]
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.year in YEARS else None


def _is_year_of(found: datetime, written: str) -> bool:
    # feedparser fills what it cannot read ("-2023-06-16") from today's date; a zone may shift the year by one.
    years = _YEAR.findall(written[:200])
    return not years or any(abs(int(year) - found.year) <= 1 for year in years)


def _unique(entries: Iterator[FeedEntry | None]) -> tuple[list[FeedEntry], list[str]]:
    """Return the entries, no guid twice, and a sentence for each kind of mending.

    Of different entries under one guid the first keeps it, so that what is known from earlier polls stays known.
    """
    kept: dict[str, FeedEntry] = {}
    seen: set[tuple[str, str | None, str]] = set()
    repeated = shared = blank = 0
    for entry in entries:
        if entry is None:
            blank += 1
        elif (entry.guid, entry.url, entry.title) in seen:
            repeated += 1
        else:
            seen.add((entry.guid, entry.url, entry.title))
            guid = entry.guid
            if guid in kept:
                shared += 1
                guid = _digest(f"{guid}\n{entry.url or ''}\n{entry.title}")
            kept[guid] = replace(entry, guid=guid)
    said = [
        _counted(repeated, "repeats", "repeat", "another one and {was} left out"),
        _counted(shared, "shares", "share", "the guid of another one and {was} told apart by link and title"),
        _counted(blank, "says", "say", "nothing and {was} left out"),
    ]
    return list(kept.values()), [sentence for sentence in said if sentence]


def _counted(count: int, one: str, many: str, what: str) -> str:
    """Return a sentence about so many entries, "" about none."""
    if not count:
        return ""
    start = f"1 entry {one}" if count == 1 else f"{count:,} entries {many}"
    return f"{start} {what.format(was='was' if count == 1 else 'were')}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
