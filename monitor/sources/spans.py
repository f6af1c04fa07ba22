"""Spans: where in a feed's text its entries stand, and which of them are known.

In:  a feed's text from the root element on.
Out: a Layout: the place of every entry, what stands around them, a hash for each; windows for FeedMemory.
Not here: what an entry says (trim.py, listed.py), which of them are parsed (parse.py).

One pass, linear, no parser: a token is a CDATA section, a comment, a processing instruction, or a tag of the entries'
own name. An entry inside another one, or one that does not end, means that nothing is certain: then there is no Layout.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from monitor.errors import ParseError
from monitor.sources.frame import Frame, read_frame
from monitor.sources.markup import decode
from monitor.sources.prolog import read_prolog

MAX_ENTRIES: Final = 2_000
MAX_TAGS: Final = 100_000  # outside CDATA; feedparser takes 1 s for 35,000
HASH_BYTES: Final = 12
GUID_BYTES: Final = 8
NO_GUID: Final = bytes(GUID_BYTES)  # of an entry that said nothing, or that no parser is given
_RECORD_BYTES: Final = HASH_BYTES + GUID_BYTES
_NAME: Final = r"""(?:[^\s<>/:!?&"'=]{1,200}:)?(?:item|entry)"""
_FIRST: Final = re.compile(rf"<!\[CDATA\[|<!--|<\?|<({_NAME})(?=[ \t\r\n/>])", re.IGNORECASE)
_ANY_TAG: Final = re.compile(rf"<!\[CDATA\[|<(/?){_NAME}(?=[ \t\r\n/>])", re.IGNORECASE)
_TAG_END: Final = re.compile(r"""[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>""")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
CLOSERS: Final = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}  # of what no tag is looked for in


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One entry as it stands in the feed's text."""

    hash: bytes  # 12 bytes
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the entries of a feed stand in its text."""

    text: str
    root_at: int
    places: tuple[tuple[int, int], ...]  # of the first MAX_ENTRIES entries, in the feed's order; at least one
    count: int  # of all entries
    frame: Frame
    hashes: tuple[bytes, ...]  # one for each place
    is_regular: bool  # nothing stands between entries, and what stands around them is well-formed and holds none

    def raw(self, place: int) -> str:
        """Return the markup of one entry."""
        start, end = self.places[place]
        return self.text[start:end]

    def without(self, left_out: Collection[int]) -> str:
        """Return the text from the root element on, without the entries in these places and those that have none."""
        kept, at = [], self.root_at
        for place in sorted(left_out):
            start, end = self.places[place]
            kept.append(self.text[at:start])
            at = end
        tail = (
            self.text[at:]
            if self.count == len(self.places)
            else self.text[at : self.places[-1][1]] + self.frame.closing
        )
        return "".join(kept) + tail


def spans_of(body: bytes, content_type: str | None) -> tuple[Span, ...]:
    """Return the entries of a feed as they stand in it, in its order; none where no entry can be told from the rest.

    For finding the entry that kills its parser: nothing here takes more than linear time.
    """
    text = decode(body, content_type).text
    try:
        layout = lay_out(text, read_prolog(text).root_at, "")
    except ParseError:
        return ()
    if layout is None:
        return ()
    return tuple(Span(hash=digest, raw=layout.raw(place)) for place, digest in enumerate(layout.hashes))


def lay_out(text: str, root_at: int, url: str) -> Layout | None:
    """Return where the entries stand; None where there are none or they cannot be told from the rest for certain.

    url: where the feed came from. Raises ParseError: more than MAX_TAGS tags.
    """
    places = _places(text, root_at)
    if not places:
        return None
    is_cut = len(places) > MAX_ENTRIES
    listed = tuple(places[:MAX_ENTRIES])
    end = listed[-1][1]
    check_tags(text[root_at:end] if is_cut else text)
    behind = None if is_cut else text[end:]
    frame = read_frame(text[root_at : listed[0][0]], behind, url)
    return Layout(
        text=text,
        root_at=root_at,
        places=listed,
        count=_count(text, places) if is_cut else len(places),
        frame=frame,
        hashes=_hashes(text, listed, frame.opening),
        is_regular=frame.is_sound and _is_regular(text, listed, behind),
    )


def check_tags(text: str) -> None:
    """Raise ParseError where there are more tags than a parser can be asked to read."""
    if len(text) <= 3 * MAX_TAGS:  # a tag has three characters at least
        return
    if sum(section.rpartition("]]>")[2].count("<") for section in text.split("<![CDATA[")) > MAX_TAGS:
        raise ParseError(f"holds more than {MAX_TAGS:,} tags")


def first_entries(text: str) -> tuple[str, str | None]:
    """Return the text with at most MAX_ENTRIES entries, the first ones, and a sentence if there were more.

    For a text whose entries have no certain places: their start and end tags are taken as they come.
    """
    count = at = 0
    cut_from = last_end = -1
    while tag := _ANY_TAG.search(text, at):
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


def window_of(hashes: Sequence[bytes], guids: Sequence[bytes]) -> bytes:
    """Return the window that remembers these entries, in the feed's order."""
    return b"".join(map(bytes.__add__, hashes, guids))


def known_in(window: bytes) -> dict[bytes, bytes]:
    """Return the guid's digest for the hash of each entry that a window remembers."""
    starts = range(0, len(window) - _RECORD_BYTES + 1, _RECORD_BYTES)
    return {window[at : at + HASH_BYTES]: window[at + HASH_BYTES : at + _RECORD_BYTES] for at in starts}


def guid_digest(guid: str) -> bytes:
    """Return what stands for a guid in a window."""
    return hashlib.blake2b(guid.encode("utf-8", "replace"), digest_size=GUID_BYTES).digest()


def _places(text: str, at: int) -> list[tuple[int, int]] | None:
    """Return where entries begin and end, at most one more than MAX_ENTRIES of them; None where that is uncertain."""
    name = _entry_name(text, at)
    if name is None:
        return None
    search = _tokens(name[0]).search
    find = text.find
    at = name[1]
    places: list[tuple[int, int]] = []
    start = -1
    while token := search(text, at):
        match token.lastindex:
            case 1:  # a start tag
                tag_end = _TAG_END.match(text, token.end())
                if start >= 0 or tag_end is None:
                    return None
                start, at = token.start(), tag_end.end()
                if text[at - 2] == "/":
                    places.append((start, at))
                    start = -1
            case 2:  # an end tag
                at = find(">", token.end()) + 1
                if start < 0 or at <= 0:
                    return None
                places.append((start, at))
                start = -1
            case _:
                closer = CLOSERS[token[0]]
                at = find(closer, token.end()) + len(closer)
                if at < len(closer):
                    return None
        if len(places) > MAX_ENTRIES:
            return places
    return None if start >= 0 else places


def _entry_name(text: str, at: int) -> tuple[str, int] | None:
    """Return the name of the first entry's tag, as written, and where that tag begins."""
    while token := _FIRST.search(text, at):
        if token[1] is not None:
            return token[1], token.start()
        closer = CLOSERS[token[0].upper()]
        at = text.find(closer, token.end()) + len(closer)
        if at < len(closer):
            return None
    return None


@lru_cache(maxsize=64)
def _tokens(name: str) -> re.Pattern[str]:
    escaped = re.escape(name)
    return re.compile(rf"<(?:({escaped})(?=[ \t\r\n/>])|(/{escaped})(?=[ \t\r\n>])|!\[CDATA\[|!--|\?)")


def _hashes(text: str, places: Sequence[tuple[int, int]], opening: str) -> tuple[bytes, ...]:
    # The elements around an entry have a part in what it says: namespaces, xml:base. Where they change, all is new.
    around = hashlib.blake2b(opening.encode("utf-8", "replace"), digest_size=HASH_BYTES)
    found = []
    for start, end in places:
        one = around.copy()
        one.update(text[start:end].encode("utf-8", "replace"))
        found.append(one.digest())
    return tuple(found)


def _is_regular(text: str, places: Sequence[tuple[int, int]], behind: str | None) -> bool:
    before = places[0][0]
    for start, end in places:
        gap = text[before:start]
        if gap and not gap.isspace() and not _is_blank(gap):
            return False
        before = end
    return behind is None or _entry_name(behind, 0) is None


def _is_blank(gap: str) -> bool:
    return not _COMMENT.sub("", gap).strip()


def _count(text: str, places: Sequence[tuple[int, int]]) -> int:
    name = _FIRST.match(text, places[0][0])
    return len(places) + (text.count(f"</{name[1]}", places[-1][1]) if name else 0)
