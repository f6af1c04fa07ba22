"""Entries are found in a feed's text without a parser, or not at all."""

import pytest

from monitor.errors import ParseError
from monitor.sources.prolog import read_prolog
from monitor.sources.spans import MAX_ENTRIES, NO_GUID, Layout, known_in, lay_out, spans_of, window_of

URL = "http://e.test/feed"


def rss(entries: str) -> str:
    return f"<rss><channel>{entries}</channel></rss>"


def raws(text: str) -> list[str]:
    return [span.raw for span in spans_of(text.encode(), None)]


def layout(text: str) -> Layout:
    found = lay_out(text, 0, URL)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "listed",
    [
        ["<item>a</item>", "<item>b</item>"],
        ["<item a='x>y'>a</item >", "<item\n>b</item>"],
        ["<item/>", "<item a='/>'/>", "<item><b/></item>"],
        ["<item><![CDATA[</item><item>]]></item>", "<item><!-- </item> --></item>", "<item><?a </item>?></item>"],
        ["<item><items/><itemid>1</itemid></item>"],
        ["<x:entry><title/></x:entry>", "<x:entry/>"],
        ["<Item><b></Item>"],
    ],
)
def test_entries_are_found_whatever_stands_in_them(listed: list[str]) -> None:
    assert raws(rss("".join(listed))) == listed
    assert raws(rss("<title><![CDATA[<item>]]></title><!-- <entry> --><items/>" + "\n<!-- -->".join(listed))) == listed


@pytest.mark.parametrize(
    "entries",
    ["", "<item>", "</item>", "<item><item></item></item>", "<item></item></item>", "<item><!-- </item>",
     "<item><![CDATA[</item>", "<item a='></item>", "<items/>", "<item/><?", "<itemitem/>"],
)  # fmt: skip
def test_where_entries_do_not_stand_for_certain_there_are_none(entries: str) -> None:
    assert raws(rss(entries)) == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<html/>", b"\xff\xfe\x00", b"<rss", b"<urlset><url/></urlset>", b"<!DOCTYPE"]
)
def test_what_is_no_feed_has_no_spans(body: bytes) -> None:
    assert spans_of(body, None) == ()


def test_spans_are_those_of_the_text_not_of_its_bytes() -> None:
    text = rss("<item>é</item>")
    assert spans_of(text.encode(), None) == spans_of(text.encode("utf-16"), None)
    assert spans_of(text.encode("latin-1"), "text/xml; charset=latin-1") == spans_of(text.encode(), None)


@pytest.mark.parametrize(
    ("text", "is_regular"),
    [
        (rss("<title>a</title><item/>\n<item/><!-- c -->\n<item/>"), True),
        (rss("<item/>") + "\n<!-- end -->", True),
        (rss("<item/>a<item/>"), False),
        (rss("<item/><ttl>1</ttl><item/>"), False),
        (rss("<item/><ttl>1</ttl>"), True),
        (rss("<item/><entry/>"), False),
        (rss("<title>a & b</title><item/>"), False),
        (rss("<title>&eacute;</title><item/>"), True),
        (rss("<b><item/>"), False),
        (rss("<item/>")[:-6], False),
    ],
)
def test_entries_stand_regularly_where_nothing_else_does(text: str, is_regular: bool) -> None:
    assert layout(text).is_regular is is_regular


def test_a_frame_is_the_elements_around_the_entries() -> None:
    found = layout('<r:rss xmlns:r="urn:r" a="x>y"><z/><channel\nb="1"><item/></channel><end/></r:rss>')
    assert found.frame.opening == '<r:rss xmlns:r="urn:r" a="x>y"><channel\nb="1">'
    assert found.frame.closing == "</channel></r:rss>"


def test_the_same_entry_in_another_frame_is_another_one() -> None:
    first, second = spans_of(b"<rss><item/></rss>", None), spans_of(b"<rss version='2.0'><item/></rss>", None)
    assert first[0].raw == second[0].raw
    assert first[0].hash != second[0].hash
    assert first == spans_of(b"<rss><title>new</title><item/> </rss>", None)


def test_only_so_many_have_a_place_and_all_are_counted() -> None:
    found = layout(rss("<item></item>" * (MAX_ENTRIES + 10)))
    assert (len(found.places), len(found.hashes), found.count) == (MAX_ENTRIES, MAX_ENTRIES, MAX_ENTRIES + 10)
    assert found.is_regular
    assert found.without({0, 5}).count("<item>") == MAX_ENTRIES - 2


def test_a_window_gives_back_what_it_remembers() -> None:
    hashes, guids = [b"a" * 12, b"b" * 12], [b"1" * 8, NO_GUID]
    window = window_of(hashes, guids)
    assert len(window) == 40
    assert known_in(window) == dict(zip(hashes, guids, strict=True))
    assert known_in(b"") == known_in(b"short") == {}


def test_too_many_tags_are_named() -> None:
    with pytest.raises(ParseError, match="more than 100,000 tags"):
        lay_out(rss("<item>" + "<a/>" * 100_001 + "</item>"), 0, URL)


def test_the_prolog_ends_where_the_root_begins() -> None:
    prolog = read_prolog("<?xml?><!-- <rss> --><!DOCTYPE rss [<!ELEMENT a ANY>]>\n<RSS>")
    assert (prolog.root, prolog.root_at, prolog.has_subset) == ("rss", 55, True)
