"""Trim: of one entry's markup the part that is read.

In:  the markup of one entry, from its start tag to its end tag.
Out: the same without comments, processing instructions, and elements that no field of a FeedEntry is read from.
Not here: where entries stand (spans.py), reading what is left (listed.py).

Three reasons. feedparser takes 20 to 60 us for each element, which is most of a poll's cost. It takes quadratic time
for some that nobody here reads: an author's e-mail pattern ran past 25 s on 100 kB (kurtmckee/feedparser#562), 20,000
categories took 5 s. And what an entry does to the parser's own state must not reach the entries after it: only then
does parsing some of them give the same as parsing all.
"""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from monitor.sources.spans import CLOSERS

MAX_READ: Final = 32  # elements of one entry; none has a use for more
# Of one tag, namespaces not counted. xml.sax looks each one up among all: 90,000 of them ran past 100 s.
MAX_ATTRIBUTES: Final = 24
MAX_TAG_CHARS: Final = 65_536
MAX_REFERENCES: Final = 8  # of one text; with more it is put as CDATA, for the parser calls back at each: 1 us
_TOKEN: Final = re.compile(
    r"""<!\[CDATA\[|<!--|<\?|<(/?)([^\s<>/!?"'=&]+)(?=[\s/>])([^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*)>"""
)
_READ_NAMES: Final = (
    "title link guid id summary description abstract content encoded body fullitem "
    "published issued pubdate updated modified lastbuilddate date created"
)
_AROUND: Final = frozenset({"group"})  # of Media RSS: its elements count as the entry's own
# Elements whose content feedparser keeps as markup. It calls the ends of such elements inside another one too, which
# upsets its count of how deep it is, for all entries that follow.
_MARKUP_NAMES: Final = (
    "title subtitle tagline rights copyright description abstract info browserfriendly summary content encoded body "
    "fullitem"
)
# Read nowhere, and cut out inside of content too.
_UNREAD_NAMES: Final = (
    "author contributor creator publisher managingeditor webmaster owner category subject keywords tags enclosure "
    "credit rating generator cloud textinput skiphours skipdays source where point line polygon box pos poslist "
    "linestring linearring exterior chapters chapter license restriction player thumbnail image width height"
)
_READ: Final = frozenset(_READ_NAMES.split())
_KEPT_AS_MARKUP: Final = frozenset(_MARKUP_NAMES.split())
_UNREAD: Final = frozenset(_UNREAD_NAMES.split())
_ATTRIBUTE: Final = re.compile(r"""(?<=[\s"'])([^\s=<>"'/]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_UNREAD_START: Final = re.compile(
    rf"""<!\[CDATA\[|<!--|<\?|<(?:[^\s<>/!?"'=&]*[:_])?({"|".join(_UNREAD)})(?=[\s/>])""", re.IGNORECASE
)
_ENDS: Final = {
    **{opener: re.compile(re.escape(closer)) for opener, closer in CLOSERS.items()},
    **{name: re.compile(rf"</(?:[^\s<>/]*[:_])?{name}(?=[\s>])[^<>]*>?", re.IGNORECASE) for name in _UNREAD},
}
_NUMBERED: Final = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
# Attributes that hold for all elements inside. feedparser resolves against `base` in every element anew and takes a
# copy of `lang` for every text: 60 kB of it around 2,000 entries took 4 GB. Links are resolved in listed.py.
_INHERITED_NAMES: Final = frozenset({"base", "lang"})
_INHERITED: Final = re.compile(r"\b(?:base|lang)\s*=", re.IGNORECASE)
_LONG: Final = re.compile(
    rf"{_INHERITED.pattern}\s*(?:\"[^\"<]{{2049,}}|'[^'<]{{2049,}}|[^\s\"'<>]{{2049,}})", re.IGNORECASE
)
# Declarations that change nothing for the entries that follow: feedparser never forgets one.
_COMMON: Final = frozenset(
    {
        ("", "http://www.w3.org/1999/xhtml"),
        ("", "http://www.w3.org/2000/svg"),
        ("", "http://www.w3.org/1998/Math/MathML"),
        ("xhtml", "http://www.w3.org/1999/xhtml"),
        ("content", "http://purl.org/rss/1.0/modules/content/"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("dcterms", "http://purl.org/dc/terms/"),
        ("media", "http://search.yahoo.com/mrss/"),
        ("media", "http://search.yahoo.com/mrss"),
        ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
        ("itunes", "http://www.itunes.com/DTDs/PodCast-1.0.dtd"),
        ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What is left of an entry."""

    text: str
    base: str  # its own xml:base as written; "" where it has none
    namespaces: int  # how many it declares
    is_alone: bool  # it leaves nothing behind in the parser that could change how later entries are read


def trim(raw: str, opening: str) -> Trimmed | None:
    """Return what is read of an entry; None where its tags do not match. Linear in its length.

    raw: its markup; every ampersand outside CDATA begins a reference that XML knows, to a character that it allows.
    opening: the start tags of the elements around it.
    """
    trimmer = _Trimmer(raw, opening)
    return trimmer.result() if trimmer.run() else None


def without_unread(text: str) -> str:
    """Return a text of any kind without comments, instructions and unread elements; linear in its length.

    For what is not well-formed: of an unread element that has no end only the start tag is cut out.
    """
    kept: list[str] = []
    start = at = 0
    endless: set[str] = set()
    while token := _UNREAD_START.search(text, at):
        end = _end_of(text, token, endless)
        if end is None:  # a comment without end: all that follows is inside
            return "".join(kept) + text[start : token.start()]
        if not token[0].startswith("<!["):
            kept.append(text[start : token.start()])
            start = end
        at = end
    return "".join(kept) + text[start:]


def without_crowds(text: str) -> str:
    """Return a text of any kind without the attributes of tags that have too many of them."""
    return _TOKEN.sub(_without_crowd, text)


def without_inherited(text: str) -> str:
    """Return a text of any kind without `xml:base`, `xml:lang` and their like; in what is no XML, without long ones."""
    return _LONG.sub("", _TOKEN.sub(_without_inherited, text)) if _INHERITED.search(text) else text


def _without_crowd(tag: re.Match[str]) -> str:
    return f"<{tag[2]}{'/' * tag[3].endswith('/')}>" if tag[3] and _is_crowded(tag[3]) else tag[0]


def _is_crowded(written: str) -> bool:
    if written.count("=") <= MAX_ATTRIBUTES and len(written) <= MAX_TAG_CHARS:
        return False
    names = (one[1] for one in _ATTRIBUTE.finditer(written))
    return len(written) > MAX_TAG_CHARS or sum(not name.startswith("xmlns") for name in names) > MAX_ATTRIBUTES


def _without_inherited(tag: re.Match[str]) -> str:
    written = tag[0]
    if not _INHERITED.search(written):
        return written
    return _ATTRIBUTE.sub(lambda one: "" if _local(one[1]) in _INHERITED_NAMES else one[0], written)


def _end_of(text: str, token: re.Match[str], endless: set[str]) -> int | None:
    name = token[1].lower() if token[1] else token[0].upper()
    closer = _ENDS[name].search(text, token.end()) if name not in endless else None
    if closer is not None and not (token[1] and _is_empty(text, token)):
        return closer.end()
    if closer is None:
        endless.add(name)
    if name == "<!--":
        return None
    tag_end = text.find(">", token.end()) if token[1] else -1
    return tag_end + 1 if tag_end >= 0 else token.end()


def _is_empty(text: str, token: re.Match[str]) -> bool:
    return text[text.find(">", token.end()) - 1] == "/"


class _Trimmer:
    """One pass over an entry's tags."""

    def __init__(self, raw: str, opening: str) -> None:
        self._raw = raw
        self._opening = opening
        self._pieces: list[str] = []
        self._from = 0  # where the text begins that is kept next
        self._depth = 0
        self._around = 1  # the depth at which elements are the entry's own: 2 inside a group
        self._skipped = 0  # the depth of the element that is cut out; 0: none
        self._text_from = -1  # where the text of an element begins in which there is nothing but text
        self._in_content = 0  # the depth of the element that is kept as markup; 0: none
        self._read = 0
        self._base = ""
        self._namespaces = 0
        self._is_alone = True

    def result(self) -> Trimmed:
        text = "".join(self._pieces)
        return Trimmed(text=text, base=self._base, namespaces=self._namespaces, is_alone=self._is_alone)

    def run(self) -> bool:
        raw, search, at = self._raw, _TOKEN.search, 0
        while token := search(raw, at):
            if token[2] is None:
                self._text_from = -1
                closer = CLOSERS[token[0]]
                at = raw.find(closer, token.end()) + len(closer)
                if at < len(closer):
                    return False
                if token[0] != "<![CDATA[":
                    self._cut(token.start(), at)
                continue
            at = token.end()
            if not token[1]:
                self._text_from = -1
                self._start(token)
            elif self._depth == 0:
                return False
            else:
                self._end(token.start(), at)
        self._pieces.append(raw[self._from :])
        return self._depth == 0

    def _cut(self, start: int, end: int) -> None:
        if not self._skipped:
            self._pieces.append(self._raw[self._from : start])
            self._from = end

    def _start(self, tag: re.Match[str]) -> None:
        is_empty = tag[3].endswith("/")
        depth = self._depth
        if not is_empty:
            self._depth += 1
        if self._skipped:
            return
        name = _local(tag[2].replace("_", ":"))  # feedparser takes <dc_creator> for <dc:creator>
        if depth == 0:
            self._keep(tag, is_entry=True)
        elif depth == self._around and not self._in_content:
            self._own(tag, name, is_empty)
        elif name in _UNREAD:
            self._skip(tag, is_empty)
        else:
            self._is_alone = self._is_alone and not (self._in_content and name in _KEPT_AS_MARKUP)
            self._keep(tag)

    def _own(self, tag: re.Match[str], name: str, is_empty: bool) -> None:
        """Take up an element of the entry's own."""
        if name in _AROUND and not is_empty and self._around == 1:
            self._around = 2
            self._keep(tag)
        elif name in _READ and self._read < MAX_READ and tag[2].lower() != "media:content" and _is_read_as_text(tag[3]):
            self._read += 1
            self._keep(tag)
            if not is_empty:
                self._in_content = self._depth
                self._text_from = tag.end()
        else:
            self._skip(tag, is_empty)

    def _keep(self, tag: re.Match[str], *, is_entry: bool = False) -> None:
        written = tag[3]
        if _is_crowded(written):
            self._cut(tag.start(3), tag.end(3) - written.endswith("/"))
            return
        if "xmlns" not in written and not _INHERITED.search(written):
            return
        for attribute in _ATTRIBUTE.finditer(written):
            name, value = attribute[1], attribute[2] or attribute[3] or ""
            if name == "xmlns" or name.startswith("xmlns:"):
                self._namespaces += 1
                self._is_alone = self._is_alone and self._is_common(name, value)
            elif (local := _local(name)) in _INHERITED_NAMES:
                if is_entry and local == "base":
                    self._base = html.unescape(value[:4_096])
                self._cut(tag.start(3) + attribute.start(), tag.start(3) + attribute.end())

    def _skip(self, tag: re.Match[str], is_empty: bool) -> None:
        self._cut(tag.start(), tag.end())
        if not is_empty:
            self._skipped = self._depth

    def _end(self, start: int, end: int) -> None:
        if self._skipped == self._depth:
            self._skipped, self._from = 0, end
        if self._in_content == self._depth:
            self._in_content = 0
            if self._text_from >= 0 and self._raw.count("&", self._text_from, start) > MAX_REFERENCES:
                self._cut(self._text_from, start)
                self._pieces.append(_as_cdata(self._raw[self._text_from : start]))
        self._text_from = -1
        self._depth -= 1
        if self._depth == 1 and not self._skipped:
            self._around = 1

    def _is_common(self, name: str, address: str) -> bool:
        """Return whether the declaration says what is said around all entries, or what everybody says."""
        prefix, around = name[6:], _declared(self._opening).get(name, [])
        if address in around:
            return len(around) == 1
        return (prefix, address) in _COMMON and not (prefix and around)


@lru_cache(maxsize=8)
def _declared(opening: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in _ATTRIBUTE.finditer(opening):
        found.setdefault(attribute[1], []).append(attribute[2] or attribute[3] or "")
    return found


def _as_cdata(text: str) -> str:
    """Return the same text as a CDATA section; every ampersand in it begins a reference that XML knows."""
    for reference, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(reference, character)
    if "&#" in text:
        text = _NUMBERED.sub(_character, text)
    return f"<![CDATA[{text.replace('&amp;', '&').replace(']]>', ']]]]><![CDATA[>')}]]>"


def _character(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return "&amp;" if code == 38 else chr(code)


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _is_read_as_text(written: str) -> bool:
    """Return whether feedparser keeps the element's content as text or markup, and does not look into it."""
    if "type" not in written.lower():
        return True
    named = (one for one in _ATTRIBUTE.finditer(written) if _local(one[1]) == "type")
    return all(map(_is_text_type, (one[2] or one[3] or "" for one in named)))


def _is_text_type(written: str) -> bool:
    kind = written.lower()
    return "&" not in kind and (not kind.endswith("xml") or kind in ("xhtml", "application/xhtml+xml"))
