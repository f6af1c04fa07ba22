"""Frame: what a feed says around its entries, and the elements that these stand in.

In:  the markup before the first entry and behind the last one.
Out: a Frame: start tags and end tags to put entries between, the address that links are relative to, Hints.
Not here: where the entries are (spans.py), what they say (listed.py).

expat reads it, in linear time: no DOCTYPE comes this far (prolog.py), so there are no entities to unfold.
"""

import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from monitor.model.feed import Hints
from monitor.sources.links import web_link
from monitor.sources.markup import clean_references, plain

MAX_TITLE_CHARS: Final = 200
MAX_ATTRIBUTES: Final = 200  # of the elements around entries; see trim.py for what they cost
MAX_OPENING_CHARS: Final = 65_536
MAX_LISTED: Final = 100  # hours or days that are looked at
_DAY_S: Final = 86_400
_PERIODS_S: Final = {
    "hourly": 3_600,
    "daily": _DAY_S,
    "weekly": 7 * _DAY_S,
    "monthly": 30 * _DAY_S,
    "yearly": 365 * _DAY_S,
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ATOM: Final = "http://www.w3.org/2005/Atom"
_START_TAG: Final = re.compile(rb"""<([^\s<>/=]+)(?=[\s/>])[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>""")
_TEXTS: Final = frozenset({"title", "ttl", "updateperiod", "updatefrequency", "hour", "day"})
# A new line: feedparser looks for a charset in the whole of the first one, in cubic time.
DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the entries of a feed."""

    opening: str  # the start tags of the elements that the entries stand in, as written
    closing: str  # their end tags
    base: str  # what links in entries are relative to
    hints: Hints
    is_sound: bool  # well-formed XML, with tags of bearable length around the entries


def read_frame(before: str, behind: str | None, url: str) -> Frame:
    """Return what stands around a feed's entries.

    before: from the root element on. behind: what follows the last entry; None: not read.
    Of what is not well-formed the part up to the fault is read.
    """
    reader = _Reader(url)
    start = DECLARATION + clean_references(before).encode("utf-8", "ignore")
    try:
        reader.parser.Parse(start, False)
        open_tags = reader.open_tags(start)
        base = reader.base if open_tags else reader.feed_base
        if behind is not None:
            reader.parser.Parse(clean_references(behind).encode("utf-8", "ignore"), True)
        opening = "".join(tag for tag, _ in open_tags)
        is_sound = len(opening) <= MAX_OPENING_CHARS and opening.count("=") <= MAX_ATTRIBUTES
    except expat.ExpatError:
        is_sound = False
    if not is_sound:
        return Frame(opening="", closing="", base=reader.feed_base, hints=reader.hints(), is_sound=False)
    return Frame(
        opening=opening,
        closing="".join(f"</{name}>" for _, name in reversed(open_tags)),
        base=base,
        hints=reader.hints(),
        is_sound=True,
    )


class _Reader:
    """Follows the elements of a feed and keeps the few texts that are read."""

    def __init__(self, url: str) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.base = self.feed_base = url
        self._open: list[tuple[str, str, int, str]] = []  # namespace, local name, place, base outside
        self._wanted = 0  # the depth of the element whose text is kept; 0: none
        self._pieces: list[str] = []
        self._said: dict[str, str] = {}
        self._listed: dict[str, list[str]] = {"hour": [], "day": []}
        self._links: dict[str, str] = {}

    def open_tags(self, source: bytes) -> list[tuple[str, str]]:
        """Return tag and name, as written, of each element that is open now, the outermost first."""
        found = (_START_TAG.match(source, place) for _, _, place, _ in self._open)
        return [(tag[0].decode(), tag[1].decode()) for tag in found if tag]

    def hints(self) -> Hints:
        said = self._said
        older = self._links.get("prev-archive") or self._links.get("next")
        return Hints(
            ttl_s=_seconds(said.get("ttl", ""), 60),
            period_s=_period_s(said),
            skip_hours=_hours(self._listed["hour"]),
            skip_days=frozenset(_DAYS.index(day) for day in map(_lowered, self._listed["day"]) if day in _DAYS),
            older_url=older,
            title=plain(said.get("title", ""), MAX_TITLE_CHARS),
        )

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        namespace, _, name = qualified.rpartition(" ")
        name = name.lower()
        outside = self.base
        for key, written in attributes.items():
            if key.rpartition(" ")[2].lower() == "base":  # of whichever namespace: so does feedparser
                self.base = web_link(outside, written) or outside
        self._open.append((namespace, name, self.parser.CurrentByteIndex, outside))
        depth = len(self._open)
        if depth <= 2 and name in ("channel", "feed"):
            self.feed_base = self.base
        if self._wanted or depth > 4:
            return
        if name == "link" and self._is_of_feed(depth) and namespace in (_ATOM, self._open[-2][0]):
            self._link(attributes)
        elif name in _TEXTS and self._is_read(name, namespace, depth):
            self._wanted = depth
            self._pieces = []

    def _end(self, _: str) -> None:
        if self._wanted == len(self._open):
            self._keep(self._open[-1][1], "".join(self._pieces))
            self._wanted = 0
        self.base = self._open.pop()[3]

    def _characters(self, text: str) -> None:
        if self._wanted:
            self._pieces.append(text)

    def _is_of_feed(self, depth: int) -> bool:
        return 2 <= depth <= 3 and self._open[-2][1] in ("channel", "feed")

    def _is_read(self, name: str, namespace: str, depth: int) -> bool:
        if name in self._listed:
            return depth == 4 and self._open[-2][1] == ("skiphours" if name == "hour" else "skipdays")
        # A picture's or a podcast's title stands in another element or another namespace.
        return self._is_of_feed(depth) and (name.startswith("update") or namespace == self._open[-2][0])

    def _keep(self, name: str, text: str) -> None:
        if name not in self._listed:
            self._said.setdefault(name, text)
        elif len(self._listed[name]) < MAX_LISTED:
            self._listed[name].append(text)

    def _link(self, attributes: dict[str, str]) -> None:
        relation, target = attributes.get("rel", "").strip().lower(), attributes.get("href", "")
        if relation in ("prev-archive", "next") and relation not in self._links:
            found = web_link(self.base, target)
            if found:
                self._links[relation] = found


def _lowered(text: str) -> str:
    return text.strip().lower()


def _number(text: str) -> int | None:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 7 else None


def _seconds(text: str, unit_s: int) -> int | None:
    count = _number(text)
    return count * unit_s if count else None


def _period_s(said: dict[str, str]) -> int | None:
    if not {"updateperiod", "updatefrequency"} & said.keys():
        return None
    period_s = _PERIODS_S.get(_lowered(said.get("updateperiod", "daily")))
    times = _number(said.get("updatefrequency", "1"))
    return max(period_s // times, 1) if period_s and times else None


def _hours(written: list[str]) -> frozenset[int]:
    # RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23.
    found = (_number(hour) for hour in written)
    return frozenset(hour % 24 for hour in found if hour is not None and hour <= 24)
