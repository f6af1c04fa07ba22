"""Laws of the delta parse: for any feed and any edit it gives what a full parse gives, or it is one."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from operator import attrgetter
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model.feed import FeedMemory, ParsedFeed, Rung
from monitor.sources.parse import parse_feed
from monitor.sources.spans import known_in, spans_of

pytestmark = pytest.mark.no_cover  # of no pure room, and it would take twice as long

LONGER = int(os.environ.get("LONGER", "1"))  # `make test-long` tries ten times as many

URL = "https://example.org/news/feed.xml"


class Kind(NamedTuple):
    """One way to write a feed."""

    opening: str  # with room for further attributes of the root
    closing: str
    entry: str
    guid: str
    text: str


RSS = Kind('<rss version="2.0"{}><channel>', "</channel></rss>", "item", "guid", "description")
ATOM = Kind('<feed xmlns="http://www.w3.org/2005/Atom"{}>', "</feed>", "entry", "id", "content")
RDF = Kind(
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"{}>'
    "<channel><title>c</title><items><rdf:Seq/></items></channel>",
    "</rdf:RDF>",
    "item",
    "guid",
    "description",
)
PREFIXED = Kind('<a:feed xmlns:a="http://www.w3.org/2005/Atom"{}>', "</a:feed>", "a:entry", "a:id", "a:summary")
OLD = Kind(
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rss="http://purl.org/rss/1.0/"{}>',
    "</r:RDF>",
    "rss:item",
    "rss:guid",
    "rss:description",
)

WORDS = st.text(alphabet="ab <>&\"'é\n", max_size=12).map(lambda text: f"w{text}")
# Everything an entry may hold that looks like the end or the beginning of one.
TRAPS = st.sampled_from(
    [
        "",
        "<!-- </item> <item> </entry><entry> -->",
        "<![CDATA[</item><item>]]>",
        "<?php echo '</item>' ?>",
        '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="a>b</"/>'.replace("</", ""),
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">N</dc:creator>',
        "<category>c</category><author>a@b.c (N)</author>",
        '<link xml:base="sub/" href="x"/>',
        "<items><itemref/></items>",
        '<z title="one > two" other=\'"\'/>',
        "<source><title>another feed</title><id>source</id></source>",
        "<image><title>picture</title><link>http://e.test/p</link></image>",
    ]
)


UNCERTAIN_TRAPS = st.sampled_from(
    ['<x:title xmlns:x="urn:x">other</x:title>', "<item/>", "</item>", "<!--", "<![CDATA["]
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one entry says, and how it is written."""

    guid: str | None
    title: str | None
    link: str | None
    text: str
    style: str
    trap: str
    attributes: str = ""

    def markup(self, kind: Kind) -> str:
        prefix = kind.entry.partition(":")[0] + ":" if ":" in kind.entry else ""
        parts = [self.trap]
        if self.guid is not None:
            parts.append(f"<{kind.guid}>{escape(self.guid)}</{kind.guid}>")
        if self.title is not None:
            parts.append(f"<{prefix}title>{escape(self.title)}</{prefix}title>")
        if self.link is not None:
            parts.append(
                f'<{prefix}link href="{escape(self.link)}"/>'
                if kind in (ATOM, PREFIXED)
                else f"<{prefix}link>{escape(self.link)}</{prefix}link>"
            )
        parts.append(self._text(kind))
        if self.style == "empty":
            return f"<{kind.entry}{self.attributes}/>"
        return f"<{kind.entry}{self.attributes}>{''.join(parts)}</{kind.entry}>"

    def _text(self, kind: Kind) -> str:
        match self.style:
            case "cdata":
                return f"<{kind.text}><![CDATA[<p>{self.text}</p></item><entry>]]></{kind.text}>"
            case "xhtml":
                inside = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(self.text)}</p></div>'
                return f'<{kind.text} type="xhtml">{inside}</{kind.text}>'
            case "bare":
                return f"<{kind.text} type='html'><p>{escape(self.text)}</p></{kind.text}>"
            case "broken":
                return f"<{kind.text}><b>{escape(self.text)}</{kind.text}>"
            case "ampersand":
                return f"<{kind.text}>a & b {escape(self.text)}</{kind.text}>"
            case _:
                return f"<{kind.text}>{escape(escape(self.text))}</{kind.text}>"


def seldom(often: st.SearchStrategy[str | None], other: st.SearchStrategy[str | None]) -> st.SearchStrategy[str | None]:
    """Give what makes a delta parse uncertain one time in thirty: else there would be hardly any."""
    return st.integers(0, 29).flatmap(lambda number: other if number == 17 else often)


GUIDS = st.sampled_from([None, "g1", "g2", "http://e.test/g3", "../g4"])
LINKS = st.sampled_from(["rel/a", "http://e.test/b?x=1&y=2", "//e.test/c"])
ENTRIES = st.builds(
    Entry,
    guid=seldom(st.integers(0, 10**6).map("n{}".format), GUIDS),
    title=st.none() | WORDS,
    link=st.none() | LINKS | st.integers(0, 99).map(str),
    text=WORDS,
    style=seldom(
        st.sampled_from(["escaped", "cdata", "xhtml"]), st.sampled_from(["bare", "empty", "broken", "ampersand"])
    ),
    trap=seldom(TRAPS, UNCERTAIN_TRAPS),
    attributes=seldom(st.sampled_from(["", ' a="x > y"', ' xml:base="in/"', "\n"]), st.just(' xmlns:q="urn:q"')),
)


@dataclass(frozen=True, kw_only=True)
class Body:
    """A feed as it is served."""

    kind: Kind
    entries: tuple[Entry, ...]
    head: str = ""
    tail: str = ""
    root: str = ""  # further attributes of the root
    prolog: str = ""
    gap: str = "\n"
    charset: str = "utf-8"

    def encoded(self) -> bytes:
        listed = self.gap.join(entry.markup(self.kind) for entry in self.entries)
        text = f"{self.prolog}{self.kind.opening.format(self.root)}{self.head}{listed}{self.tail}{self.kind.closing}"
        return text.encode(self.charset)


HEADS = seldom(
    st.sampled_from(
        [
            "",
            "<title>News</title>",
            "<title>News</title><ttl>30</ttl><lastBuildDate>now</lastBuildDate>",
            "<ttl>60</ttl><skipHours><hour>3</hour></skipHours><title><![CDATA[N <item>]]></title>",
            '<link rel="next" href="?page=2"/><!-- <item> -->',
        ]
    ),
    st.sampled_from(["<title>a & b</title>", "<title>broken"]),
)
ROOTS = st.sampled_from(
    ["", ' xml:base="http://base.test/x/"', ' xmlns:dc="http://purl.org/dc/elements/1.1/"', ' xmlns:dc="urn:not-dc"',
     ' xmlns:media="http://search.yahoo.com/mrss/"', ' xmlns:q="urn:other"']
)  # fmt: skip
PROLOGS = seldom(
    st.sampled_from(['<?xml version="1.0"?>', "", "<!-- first -->", "<!DOCTYPE rss>"]),
    st.just("<!DOCTYPE rss [<!ELEMENT a ANY>]>"),
)
TAILS = st.sampled_from(["", "", "\n", "<!-- end -->", "<textinput><title>t</title></textinput>", "<ttl>9</ttl>"])
BODIES = st.builds(
    Body,
    kind=st.sampled_from([RSS, RSS, ATOM, RDF, PREFIXED, OLD]),
    entries=st.lists(ENTRIES, min_size=1, max_size=7, unique_by=attrgetter("guid")).map(tuple),
    head=HEADS,
    root=ROOTS,
    prolog=PROLOGS,
    tail=TAILS,
    gap=seldom(st.sampled_from(["", "\n", "<!-- gap -->", "\n<!-- <item> -->\n"]), st.just("text")),
    charset=seldom(st.sampled_from(["utf-8", "utf-8-sig"]), st.just("utf-16")),
)


@st.composite
def edits(draw: st.DrawFn, body: Body) -> Body:
    """Give the feed as its next poll may find it."""
    entries = list(body.entries)
    for _ in range(draw(st.integers(0, 2))):
        if entries:
            del entries[draw(st.integers(0, len(entries) - 1))]
    if draw(st.integers(0, 3)) == 0:
        entries = draw(st.permutations(entries))
    if entries and draw(st.booleans()):
        at = draw(st.integers(0, len(entries) - 1))
        change = draw(st.sampled_from(["text", "repeat"]))
        entries[at:at] = [replace(entries[at], text="edited") if change == "text" else entries[at]]
        if change == "text":
            del entries[at + 1]
    for entry in draw(st.lists(ENTRIES, max_size=3)):
        entries.insert(draw(st.integers(0, len(entries))), entry)
    edited = replace(body, entries=tuple(entries))
    if draw(st.booleans()):
        edited = replace(edited, head=draw(HEADS))
    if draw(st.integers(0, 3)) == 0:
        edited = replace(edited, root=draw(ROOTS), tail=draw(TAILS))
    return edited


POLLS = BODIES.flatmap(lambda body: st.tuples(st.just(body), edits(body), edits(body)))


def parsed(body: Body, window: bytes = b"", *, shadow: bool = False) -> ParsedFeed | None:
    try:
        return parse_feed(body.encoded(), URL, None, FeedMemory(window=window), shadow=shadow)
    except ParseError:
        return None


def new_entries(full: ParsedFeed, body: Body, window: bytes) -> Sequence[object]:
    known = known_in(window)
    spans = spans_of(body.encoded(), None)
    guids = known_in(full.window)
    new = {guids[span.hash] for span in spans if span.hash not in known}
    return [entry for entry in full.entries if digest(entry.guid) in new]


def digest(guid: str) -> bytes:
    from monitor.sources.spans import guid_digest

    return guid_digest(guid)


@settings(max_examples=500 * LONGER)
@given(POLLS)
def test_a_delta_parse_is_the_full_one_less_what_is_known(polls: tuple[Body, Body, Body]) -> None:
    before, after, _ = polls
    first, full = parsed(before), parsed(after)
    window = first.window if first else b""
    delta = parsed(after, window)
    if full is None or delta is None:
        assert full is delta
        return
    assert delta.listed == full.listed
    assert delta.hints == full.hints
    assert delta.window == full.window
    if delta.rung is Rung.FULL:
        assert delta == full
    else:
        assert list(delta.entries) == new_entries(full, after, window)
        assert (delta.rung is Rung.SAME_ENTRIES) == (not set(known_in(full.window)) - set(known_in(window)))
        assert not delta.is_malformed


@settings(max_examples=150 * LONGER)
@given(POLLS)
def test_a_sampled_full_parse_never_differs(polls: tuple[Body, Body, Body]) -> None:
    first = parsed(polls[0])
    delta = parsed(polls[1], first.window if first else b"", shadow=True)
    assert delta is None or not delta.is_delta_wrong


@settings(max_examples=150 * LONGER)
@given(POLLS)
def test_a_feed_that_did_not_change_lists_the_same_entries(polls: tuple[Body, Body, Body]) -> None:
    once = parsed(polls[0])
    if once is not None and once.window:
        again = parsed(polls[0], once.window)
        assert again is not None
        assert (again.rung, again.entries, again.window) == (Rung.SAME_ENTRIES, (), once.window)


@settings(max_examples=150 * LONGER)
@given(POLLS)
def test_no_entry_is_lost_over_many_polls(polls: tuple[Body, Body, Body]) -> None:
    """Whoever keeps what each poll brings has in the end what full parses would have brought."""
    kept: dict[str, object] = {}
    whole: dict[str, object] = {}
    window = b""
    for body in polls:
        found, full = parsed(body, window), parsed(body)
        if found is not None and full is not None:
            kept |= {entry.guid: entry for entry in found.entries}
            whole |= {entry.guid: entry for entry in full.entries}
            window = found.window
    assert kept.keys() == whole.keys()


@settings(max_examples=150 * LONGER)
@given(BODIES, st.data())
def test_an_entry_in_quarantine_is_the_only_one_that_does_not_come(body: Body, data: st.DataObject) -> None:
    full = parsed(body)
    spans = spans_of(body.encoded(), None)
    if full is None or not full.window:
        return
    left_out = data.draw(st.sampled_from(spans))
    memory = FeedMemory(quarantined=frozenset({left_out.hash}))
    without = parse_feed(body.encoded(), URL, None, memory)
    gone = known_in(full.window)[left_out.hash]
    assert without.entries == tuple(entry for entry in full.entries if digest(entry.guid) != gone)
    assert known_in(without.window).keys() == known_in(full.window).keys()


@example(Body(kind=RSS, entries=(Entry(guid="1", title="a", link=None, text="t", style="cdata", trap=""),)))
@given(BODIES)
def test_spans_are_what_the_parser_takes_for_entries(body: Body) -> None:
    full = parsed(body)
    if full is not None and full.window:
        assert len(full.window) == 20 * len(spans_of(body.encoded(), None)) == 20 * full.listed
