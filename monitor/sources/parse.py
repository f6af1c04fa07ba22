"""Parse: what a feed lists. Runs inside a worker process, because hostile bytes can cost any amount of time.

In:  the decoded body of an answer, its URL and content type, what earlier polls left.
Out: a ParsedFeed, entries oldest first; ParseError where there is no feed.
Not here: fetching (feeds.py), killing what takes too long (workers.py), remembering (store/).

The ladder's upper rungs. Where it is certain which entries a feed's text holds (spans.py), feedparser is given the
entries alone, trimmed to what is read of them (trim.py), between the start and end tags that they stand in (frame.py):
all of them (FULL) or those that the last poll did not know (DELTA). Where it is not certain it is given the whole text.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from monitor.errors import ParseError
from monitor.model.feed import FeedMemory, ParsedFeed, Rung
from monitor.sources.json_feed import is_json, read_json_feed
from monitor.sources.listed import counted, unique
from monitor.sources.markup import decode
from monitor.sources.prolog import read_prolog
from monitor.sources.reading import read_entries, read_whole
from monitor.sources.sitemap import read_sitemap
from monitor.sources.spans import (
    MAX_ENTRIES,
    NO_GUID,
    Layout,
    first_entries,
    guid_digest,
    known_in,
    lay_out,
    window_of,
)

MAX_ENTRY_CHARS: Final = 1024 * 1024
SHADOW_EACH: Final = 200  # one delta parse in so many is compared with a full one
_NO_MEMORY: Final = FeedMemory()


def parse_feed(
    body: bytes,
    url: str,
    content_type: str | None,
    memory: FeedMemory = _NO_MEMORY,
    only: frozenset[bytes] | None = None,
    *,
    shadow: bool | None = None,
) -> ParsedFeed:
    """Return what the feed lists, oldest first, with a sentence for everything that had to be mended or left out.

    body: without content coding. url: where it came from, which relative links are resolved against.
    memory: its window says which entries are known; entries in its quarantine no parser is given.
    only: the spans of the entries to parse, all others are left out; None: all.
    shadow: whether a delta parse is compared with a full one; None: one in SHADOW_EACH is, chosen by what it lists.
    A feed's order is taken for newest first, so entries come in the reverse of the document's order.
    Raises ParseError: empty, a web page, no feed of a kind that is read, entities declared in the DOCTYPE.
    """
    if not body.strip():
        raise ParseError("is empty")
    if is_json(body, content_type):
        return read_json_feed(body, url)
    decoded = decode(body, content_type)
    prolog = read_prolog(decoded.text)
    said = [decoded.odd] if decoded.odd else []
    if prolog.root in ("urlset", "sitemapindex"):
        return _with_problems(read_sitemap(decoded.text, prolog.root_at, url), said)
    layout = lay_out(decoded.text, prolog.root_at, url)
    left_out = _left_out(layout, memory.quarantined, only) if layout else frozenset()
    if layout is None or not layout.is_regular:
        return _with_problems(_whole(layout, decoded.text[prolog.root_at :], left_out, url), said)
    has_window = only is None and not decoded.is_wide and not prolog.has_subset and layout.count <= MAX_ENTRIES
    known = known_in(memory.window) if has_window else {}
    parsed = _delta(layout, known, left_out) if known else None
    if parsed is None:
        parsed = _full(layout, left_out, has_window=has_window)
    elif parsed.rung is Rung.DELTA and (_is_sampled(parsed.window) if shadow is None else shadow):
        parsed = _compared(parsed, layout, known, left_out)
    return _with_problems(parsed, [*said, *_too_much(layout, left_out, known)])


def _delta(layout: Layout, known: dict[bytes, bytes], left_out: frozenset[int]) -> ParsedFeed | None:
    """Return what is new since the entries that are known; None where only a full parse gives it for certain."""
    new = [place for place, span in enumerate(layout.hashes) if span not in known and place not in left_out]
    guids = [known.get(span, NO_GUID) for span in layout.hashes]
    unchanged = sum(span in known for span in layout.hashes)
    if not new:
        if not _are_distinct(guids):
            return None
        return ParsedFeed(
            entries=(),
            rung=Rung.SAME_ENTRIES,
            listed=layout.count,
            known=unchanged,
            window=window_of(layout.hashes, guids),
            hints=layout.frame.hints,
        )
    reading = read_entries(map(layout.raw, new), layout.frame)
    if not reading.is_certain:
        return None
    for place, entry in zip(new, reading.entries, strict=True):
        guids[place] = guid_digest(entry.guid) if entry else NO_GUID
    if not _are_distinct(guids):
        return None
    entries, odd = unique(reversed(reading.entries))
    return ParsedFeed(
        entries=entries,
        problems=tuple(odd),
        rung=Rung.DELTA,
        listed=layout.count,
        known=unchanged,
        window=window_of(layout.hashes, guids),
        hints=layout.frame.hints,
    )


def _full(layout: Layout, left_out: frozenset[int], *, has_window: bool) -> ParsedFeed:
    read = [place for place in range(len(layout.places)) if place not in left_out]
    reading = read_entries(map(layout.raw, read), layout.frame)
    entries, odd = unique(reversed(reading.entries))
    window = b""
    if has_window and reading.is_certain:
        guids = [NO_GUID] * len(layout.places)
        for place, entry in zip(read, reading.entries, strict=True):
            guids[place] = guid_digest(entry.guid) if entry else NO_GUID
        window = window_of(layout.hashes, guids) if _are_distinct(guids) else b""
    return ParsedFeed(
        entries=entries,
        problems=(*reading.problems, *odd),
        listed=layout.count,
        window=window,
        hints=layout.frame.hints,
        is_malformed=reading.is_malformed,
    )


def _compared(delta: ParsedFeed, layout: Layout, known: dict[bytes, bytes], left_out: frozenset[int]) -> ParsedFeed:
    """Return the delta parse if the full one says the same of what is new, else the full one, and that they differ."""
    try:
        full = _full(layout, left_out, has_window=True)
    except ParseError:  # a limit of what is parsed at once; nothing was found to be wrong
        return delta
    unchanged = {known[span] for span in layout.hashes if span in known}
    new = tuple(entry for entry in full.entries if guid_digest(entry.guid) not in unchanged)
    if (new, full.window, full.hints) == (delta.entries, delta.window, delta.hints):
        return replace(delta, is_compared=True)
    return replace(full, window=b"", is_compared=True, is_delta_wrong=True)


def _is_sampled(window: bytes) -> bool:
    # By what the body lists, so that a replay makes the same choice.
    return int.from_bytes(hashlib.blake2b(window, digest_size=4).digest()) % SHADOW_EACH == 0


def _are_distinct(guids: Sequence[bytes]) -> bool:
    said = [guid for guid in guids if guid != NO_GUID]
    return len(set(said)) == len(said)


def _left_out(layout: Layout, quarantined: frozenset[bytes], only: frozenset[bytes] | None) -> frozenset[int]:
    """Return the places of the entries that no parser is given."""
    return frozenset(
        place
        for place, (span, (start, end)) in enumerate(zip(layout.hashes, layout.places, strict=True))
        if span in quarantined or (only is not None and span not in only) or end - start > MAX_ENTRY_CHARS
    )


def _too_much(layout: Layout, left_out: Collection[int], known: Collection[bytes]) -> list[str]:
    """Return a sentence for each limit that the feed goes beyond with what is new in it."""
    too_long = sum(
        layout.places[place][1] - layout.places[place][0] > MAX_ENTRY_CHARS and layout.hashes[place] not in known
        for place in left_out
    )
    said = [counted(too_long, "is", "are", f"longer than {MAX_ENTRY_CHARS // 1024:,} KiB and {{was}} left out")]
    if layout.count > MAX_ENTRIES:
        said.append(f"lists {layout.count:,} entries, of which the first {MAX_ENTRIES:,} were read")
    return [sentence for sentence in said if sentence]


def _whole(layout: Layout | None, text: str, left_out: Collection[int], url: str) -> ParsedFeed:
    """Parse a feed whose entries cannot be told from the rest for certain, or whose frame is broken."""
    if layout is not None:
        text = layout.without(left_out)
        said = _too_much(layout, left_out, ())
    else:
        text, cut = first_entries(text)
        said = [cut] if cut else []
    reading, hints = read_whole(text, url, is_feed=layout is not None)
    entries, odd = unique(reversed(reading.entries[:MAX_ENTRIES]))
    return ParsedFeed(
        entries=entries,
        problems=(*said, *reading.problems, *odd),
        listed=layout.count if layout else len(reading.entries),
        hints=hints,
        is_malformed=reading.is_malformed,
    )


def _with_problems(parsed: ParsedFeed, said: Sequence[str]) -> ParsedFeed:
    return replace(parsed, problems=(*said, *parsed.problems)) if said else parsed
