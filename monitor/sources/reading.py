"""Reading: entries given to feedparser, which does the reading of RSS and Atom.

In:  the markup of some entries with the frame they stand in; or the text of a whole feed.
Out: a Reading: FeedEntries in the feed's order, and whether each comes from its own markup for certain.
Not here: which entries are read (parse.py), what of them is read (trim.py).

The one door to feedparser. It is given bytes in UTF-8, no DOCTYPE, no address to resolve links against (listed.py does
that, once for each entry), and is asked neither to clean HTML nor to resolve links in it: plain text is made of it.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

import feedparser
import feedparser.api

from monitor.errors import ParseError
from monitor.model.feed import FeedEntry, Hints
from monitor.sources.frame import DECLARATION, Frame, read_frame
from monitor.sources.links import web_link
from monitor.sources.listed import counted, entry_of
from monitor.sources.markup import clean, clean_references, mend_ampersands
from monitor.sources.spans import check_tags
from monitor.sources.trim import Trimmed, trim, without_crowds, without_inherited, without_unread

MAX_NAMESPACES: Final = 64  # of a feed; for each element feedparser goes through all of them: 200 of them took 3 s
MAX_OWN_NAMESPACES: Final = 32  # of one entry
MAX_LOOSE_TAGS: Final = 40_000  # of what is not well-formed: feedparser reads that again, in 25 us a tag
_REFERENCES_PER_TAG: Final = 6  # that cost what one tag costs
_MENDED: Final = "is not well-formed XML: it holds bare ampersands, which were mended"
_HEADERS: Final = {"content-type": "application/xml; charset=utf-8"}

# Of the drivers that feedparser would rather have, one that is not installed is looked for on disk at every parse
# (80 us of 1.3 ms), and one that is installed would read some feeds in another way.
feedparser.api.PREFERRED_XML_PARSERS.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What feedparser made of some entries."""

    entries: tuple[FeedEntry | None, ...]  # in the feed's order; None: one that says nothing
    is_certain: bool  # each comes from its own markup and from nothing else
    is_malformed: bool = False
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Budget:
    """What may still be spent on one body."""

    loose_tags: int = MAX_LOOSE_TAGS


def read_entries(raws: Iterable[str], frame: Frame) -> Reading:
    """Return what these entries say.

    raws: the markup of each, in the feed's order.
    """
    texts = [clean_references(raw) for raw in raws]
    mended = [mend_ampersands(text) for text in texts]
    trimmed = [_trimmed(text, frame) for text in mended]
    read = [one for one in trimmed if one.namespaces <= MAX_OWN_NAMESPACES]
    parsed = _parse_each([one.text for one in read], [_base_of(one, frame) for one in read], frame, _Budget())
    crowded = counted(len(trimmed) - len(read), "declares", "declare", "too many namespaces and {was} left out")
    said = (crowded, _MENDED if mended != texts else "", *dict.fromkeys(parsed.problems))
    is_untouched = mended == texts and len(trimmed) == len(read)
    return Reading(
        entries=parsed.entries,
        is_certain=parsed.is_certain and is_untouched and all(one.is_alone for one in trimmed),
        is_malformed=parsed.is_malformed or mended != texts,
        problems=tuple(sentence for sentence in said if sentence),
    )


def read_whole(text: str, url: str, *, is_feed: bool) -> tuple[Reading, Hints]:
    """Return what the entries of a whole feed say, and what it says around them.

    text: from the root element on; need not be well-formed. url: where it came from.
    is_feed: whether that is certain, though it may list nothing.
    Raises ParseError: neither RSS nor Atom, too many tags or namespaces, cannot be read at all.
    """
    written = clean_references(text)
    unread = without_crowds(without_inherited(without_unread(written)))
    check_tags(unread)
    frame = read_frame(mend_ampersands(written), None, url)
    mended = mend_ampersands(unread)
    parsed = _parse(mended, _Budget())
    if not is_feed and not parsed.entries and not parsed.get("version"):
        raise ParseError("is neither RSS nor Atom")
    fault = _fault(parsed)
    said = (_MENDED if mended != unread else "", fault)
    reading = Reading(
        entries=tuple(entry_of(listed, frame.base) for listed in parsed.entries),
        is_certain=False,
        is_malformed=bool(any(said)),
        problems=tuple(sentence for sentence in said if sentence),
    )
    return reading, frame.hints


def _trimmed(raw: str, frame: Frame) -> Trimmed:
    trimmed = trim(raw, frame.opening)
    if trimmed is not None:
        return trimmed
    return Trimmed(text=without_crowds(without_inherited(without_unread(raw))), base="", namespaces=0, is_alone=False)


def _base_of(entry: Trimmed, frame: Frame) -> str:
    return (entry.base and web_link(frame.base, entry.base)) or frame.base


def _parse_each(texts: Sequence[str], bases: Sequence[str], frame: Frame, budget: _Budget) -> Reading:
    """Parse entries all at once; where that raises, in halves, until those that cannot be read stand alone."""
    if not texts:
        return Reading(entries=(), is_certain=True)
    try:
        parsed = _parse("".join((without_inherited(frame.opening), *texts, frame.closing)), budget)
    except ParseError as exc:
        if len(texts) == 1:
            return Reading(entries=(), is_certain=False, problems=(f"holds an entry that {exc}",))
        middle = len(texts) // 2
        first = _parse_each(texts[:middle], bases[:middle], frame, budget)
        second = _parse_each(texts[middle:], bases[middle:], frame, budget)
        return Reading(
            entries=first.entries + second.entries,
            is_certain=False,
            is_malformed=first.is_malformed or second.is_malformed,
            problems=first.problems + second.problems,
        )
    fault = _fault(parsed)
    is_aligned = len(parsed.entries) == len(texts)
    owners = bases if is_aligned else [frame.base] * len(parsed.entries)
    return Reading(
        entries=tuple(map(entry_of, parsed.entries, owners)),
        is_certain=is_aligned and not fault,
        is_malformed=bool(fault),
        problems=(fault,) if fault else (),
    )


def _parse(text: str, budget: _Budget) -> Any:  # feedparser's own dictionary type, which goes no further than here
    _check_namespaces(text)
    tags = text.count("<") + text.count("&") // _REFERENCES_PER_TAG
    if tags > budget.loose_tags:
        _check_form(text)
    stream = io.BytesIO(DECLARATION + text.encode("utf-8", "ignore"))
    try:
        parsed = feedparser.parse(stream, response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, LookupError, AssertionError, TypeError, AttributeError, RuntimeError) as exc:
        # feedparser lets some broken bytes raise out of parse(); which of these depends on the bytes.
        raise ParseError(f"cannot be read as a feed: {type(exc).__name__}") from exc
    if parsed.get("bozo"):
        budget.loose_tags -= tags
    return parsed


def _check_namespaces(text: str) -> None:
    if text.count("xmlns:") <= MAX_NAMESPACES:
        return
    names = {piece[:100].partition("=")[0].strip() for piece in text.split("xmlns:")[1:]}
    if len(names) > MAX_NAMESPACES:
        raise ParseError(f"declares more than {MAX_NAMESPACES} namespaces")


def _check_form(text: str) -> None:
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(text.encode("utf-8", "ignore"), True)
    except expat.ExpatError as exc:
        raise ParseError(f"is not well-formed XML, and too large to be read all the same: {exc}") from exc


def _fault(parsed: Any) -> str:
    if not parsed.get("bozo"):
        return ""
    return f"is not well-formed XML: {clean(str(parsed.get('bozo_exception')))[:200]}"
