"""Of an entry the parser is given what is read, and nothing that costs it more than linear time."""

import time

import pytest

from monitor.sources.parse import parse_feed
from monitor.sources.trim import trim, without_crowds, without_inherited, without_unread

OPENING = '<rss version="2.0" xmlns:x="urn:x"><channel>'


def trimmed(raw: str) -> str:
    found = trim(raw, OPENING)
    assert found is not None
    return found.text


def is_alone(raw: str) -> bool:
    found = trim(raw, OPENING)
    return found is not None and found.is_alone


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("<item><title>a</title><category>b</category></item>", "<item><title>a</title></item>"),
        ("<item><!-- c --><title>a<?p?></title></item>", "<item><title>a</title></item>"),
        ("<item><dc:creator><b/>c</dc:creator><dc:date>d</dc:date></item>", "<item><dc:date>d</dc:date></item>"),
        ("<item><image><title>p</title></image>t</item>", "<item>t</item>"),
        (
            "<item><media:group><media:content u='a>b'/><media:title>t</media:title></media:group></item>",
            "<item><media:group><media:title>t</media:title></media:group></item>",
        ),
        ("<item><content><p>t</p><author/>u</content></item>", "<item><content><p>t</p>u</content></item>"),
        ("<item><![CDATA[<category>]]><title><![CDATA[</item>]]></title></item>", None),
        ("<item><content type='application/xml'><title>a</title></content></item>", "<item></item>"),
        ("<item z='y>' xml:base='b/'><link base='c' href='d'/></item>", "<item z='y>' ><link  href='d'/></item>"),
        ("<item/>", None),
        ("<item><TITLE>a</TITLE><Author>b</Author></item>", "<item><TITLE>a</TITLE></item>"),
        (
            "<item><title>" + "&lt;" * 9 + "]]&gt;&#38;amp;</title></item>",
            "<item><title><![CDATA[<<<<<<<<<]]]]><![CDATA[>&amp;]]></title></item>",
        ),
    ],
)
def test_what_is_not_read_is_cut_out(raw: str, left: str | None) -> None:
    assert trimmed(raw) == (left or raw)


def test_only_so_many_elements_of_an_entry_are_read() -> None:
    assert trimmed(f"<item>{'<title>a</title>' * 40}</item>") == f"<item>{'<title>a</title>' * 32}</item>"


@pytest.mark.parametrize(
    "raw", ["<item></b></item>", "<item><title></item>", "<item><!-- </item>", "<item><![CDATA[</item>"]
)
def test_tags_that_do_not_match_are_not_trimmed(raw: str) -> None:
    assert trim(raw, OPENING) is None


def test_an_entry_says_what_its_links_are_relative_to() -> None:
    found = trim("<item xml:base='a?b&amp;c'><link xml:base='other'/></item>", OPENING)
    assert found is not None
    assert found.base == "a?b&c"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<item><title>a</title></item>", True),
        (
            "<item><content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>a</content:encoded></item>",
            True,
        ),
        ("<item><summary><div xmlns='http://www.w3.org/1999/xhtml'><p>a</p></div></summary></item>", True),
        ("<item><x:title xmlns:x='urn:x'>a</x:title></item>", True),  # as around it
        ("<item><x:title xmlns:x='urn:y'>a</x:title></item>", False),
        ("<item><q:q xmlns:q='urn:q'/></item>", True),  # cut out
        ("<item><title xmlns:q='urn:q'>a</title></item>", False),
        ("<item><title xmlns='urn:q'>a</title></item>", False),
        ("<item><content><title>a</title></content></item>", False),
        ("<item><content><![CDATA[<title>a</title>]]></content></item>", True),
    ],
)
def test_an_entry_that_upsets_the_parser_for_others_is_not_alone(raw: str, expected: bool) -> None:
    assert is_alone(raw) is expected


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<a><author>x</author>b", "<a>b"),
        ("<a><author>x<b>", "<a>x<b>"),  # never ends: what follows it may be all there is
        ("<dc:creator>x</DC:Creator >y", "y"),
        ("<![CDATA[<author>x</author>]]>", "<![CDATA[<author>x</author>]]>"),
        ("a<!-- b -->c<?d?>e<image/>f", "acef"),
        ("a<!-- b", "a"),
        ("a<?b", "ab"),
        ("<authors>x</authors>", "<authors>x</authors>"),
    ],
)
def test_of_text_that_is_no_xml_the_same_is_cut_out(text: str, left: str) -> None:
    assert without_unread(text) == left


def test_attributes_that_cost_more_than_they_say_go() -> None:
    assert without_inherited("<a xml:base='b' c='base=d'>base='e'</a>") == "<a  c='base=d'>base='e'</a>"
    assert without_inherited(f"<a z='>' lang='x'><b base=http://e/{'a' * 3_000} c>") == "<a z='>' ><b  c>"
    many = " ".join(f"a{number}='>'" for number in range(30))
    assert without_crowds(f"<a {many}/><b {many}>") == "<a/><b>"
    assert without_crowds("<a b='>'>") == "<a b='>'>"


BETWEEN = {"alone": "", "where entries have no certain place": "stray"}
DOTS = "a." * 50_000
HOST = "http://e" + "\u0315\u0300" * 50_000
POISONS = {
    "an author's e-mail pattern (feedparser #562)": f"<author>{DOTS}</author>",
    "the same under a name taken for another": f"<dc_creator>{DOTS}</dc_creator>",
    "the same under a foreign prefix": f"<é:author xmlns:é='http://www.w3.org/2005/Atom'>{DOTS}</é:author>",
    "the same in content that is looked into": f"<content type='a&#47;xml'><author>{DOTS}</author></content>",
    "a Kelvin sign for a K": f"<\u212aeywords>{'a,' * 50_000}</\u212aeywords>",
    "categories": "".join(f"<category>{number}</category>" for number in range(20_000)),
    "attributes": "<title " + " ".join(f"a{number}=''" for number in range(60_000)) + ">a</title>",
    "name spaces": "<description"
    + "".join(f" xmlns:n{number}='u:{number}'" for number in range(20_000))
    + ">"
    + "<z:a xmlns:z='u'/>" * 20_000
    + "</description>",
    "a host that Unicode folds in quadratic time": f"<link>{HOST}/</link>",
    "a base like that": f"<title base='{HOST}'>a</title>",
    "a long base": f"<x base='http://e/{'a' * 200_000}'>{'<title/>' * 20_000}</x>",
    "charsets in the first line": "<description>" + "encoding=" * 20_000 + '"' * 2_000 + "</description>",
    "instructions": "<description>" + " <?a?>" * 90_000 + "x</description>",
    "languages": f"<description xml:lang='{'a_' * 30_000}'>a</description>" * 10,
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_what_costs_the_parser_quadratic_time_never_reaches_it(poison: str, between: str) -> None:
    other = "<item><guid>2</guid></item>"
    body = f'<rss version="2.0"><channel><item><guid>1</guid>{poison}</item>{between}{other}</channel></rss>'
    began = time.process_time()
    parsed = parse_feed(body.encode(), "http://e.test/feed", None)
    assert time.process_time() - began < 10  # traced, on a busy machine, up to 2; quadratic time is far more
    assert "2" in [entry.guid for entry in parsed.entries]
