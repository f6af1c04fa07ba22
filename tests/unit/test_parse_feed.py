"""What a feed lists comes out as plain text, oldest first, and nothing else does."""

from datetime import UTC, datetime

import pytest

from monitor.analysis.identity import Listed, other_guid
from monitor.errors import ParseError
from monitor.model.feed import Hints, ParsedFeed
from monitor.sources.parse import parse_feed
from monitor.sources.spans import MAX_ENTRIES

URL = "https://example.org/news/feed.xml"


def rss(items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


def parse(body: bytes, content_type: str | None = None) -> ParsedFeed:
    return parse_feed(body, URL, content_type)


def atom(entries: str, root: str = "") -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{root}>{entries}</feed>'.encode()


def item(number: int, *, text: str = "") -> str:
    return f"<item><guid>{number}</guid><title>Title {number}</title><description>{text}</description></item>"


def guids(parsed: ParsedFeed) -> list[str]:
    return [entry.guid for entry in parsed.entries]


def test_an_rss_entry_is_read() -> None:
    (entry,) = parse(
        rss(
            "<item><title>Mali &amp;amp; &lt;b&gt;MINUSMA&lt;/b&gt;</title><link>../a?x=1&amp;y=2</link><guid>7</guid>"
            "<author>" + "a" * 50_000 + "</author><category>x</category>"
            "<description><![CDATA[<p>One.</p><p>Two &eacute;.<script>no()</script></p>]]></description>"
            "<pubDate>Fri, 16 Jun 2023 10:00:00 +0200</pubDate></item>"
        )
    ).entries
    assert (entry.guid, entry.title, entry.url) == ("7", "Mali & MINUSMA", "https://example.org/a?x=1&y=2")
    assert entry.summary == "One. Two é."
    assert entry.published == datetime(2023, 6, 16, 8, tzinfo=UTC)


def test_an_atom_entry_is_read_and_its_longer_text_taken() -> None:
    (entry,) = parse(
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>tag:x,2023:1</id><title type="html">'
        b"A &amp;lt; B</title><link href='/1'/><author><name>N</name></author><summary>short</summary>"
        b'<content type="html">&lt;div&gt;the longer text&lt;/div&gt;</content><updated>2023-06-16T10:00:00Z</updated>'
        b"</entry></feed>"
    ).entries
    assert (entry.guid, entry.title, entry.url) == ("tag:x,2023:1", "A < B", "https://example.org/1")
    assert (entry.summary, entry.published) == ("the longer text", datetime(2023, 6, 16, 10, tzinfo=UTC))


def test_entries_come_oldest_first() -> None:
    parsed = parse(rss("".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in (3, 2, 1))))
    assert [entry.title for entry in parsed.entries] == ["1", "2", "3"]
    assert parsed.problems == ()


def test_an_entry_keeps_its_guid_when_its_feed_moves() -> None:
    body = rss("<item><title>a</title><guid>a/1</guid></item>")
    moved = parse_feed(body, "http://other.test/feed", None)
    assert [entry.guid for entry in parse(body).entries] == [entry.guid for entry in moved.entries] == ["a/1"]


def test_an_entry_without_a_guid_keeps_its_link_as_one_when_its_feed_moves() -> None:
    body = rss("<item><title>a</title><link>a/1</link></item>")
    (old,), (new,) = parse(body).entries, parse_feed(body, "https://other.test/feed", None).entries
    assert (old.guid, old.url) == ("a/1", "https://example.org/news/a/1")
    assert (new.guid, new.url) == ("a/1", "https://other.test/a/1")


def test_links_are_relative_to_the_innermost_base() -> None:
    entries = '<entry xml:base="c/"><id>1</id><link href="d"/></entry><entry><id>2</id><link href="d"/></entry>'
    parsed = parse(atom(entries, ' xml:base="/a/b/"'))
    assert [entry.url for entry in parsed.entries] == ["https://example.org/a/b/d", "https://example.org/a/b/c/d"]


def test_the_guid_is_the_link_or_made_of_the_text_where_none_is_given() -> None:
    linked, bare = reversed(
        parse(rss("<item><title>a</title><link>http://e.test/1</link></item><item><title>b</title></item>")).entries
    )
    assert linked.guid == "http://e.test/1"
    assert len(bare.guid) == 32


def test_a_repeated_guid_is_left_out_and_told() -> None:
    parsed = parse(rss("<item><guid>1</guid><title>a</title></item>" * 3))
    assert len(parsed.entries) == 1
    assert parsed.problems == ("2 entries repeat another one and were left out",)
    parsed = parse(rss("<item><guid>1</guid><title>a</title></item>" * 2 + "<item></item>"))
    assert parsed.problems == ("1 entry repeats another one and was left out", "1 entry says nothing and was left out")


def test_different_entries_under_one_guid_are_all_kept_and_the_oldest_keeps_the_guid() -> None:
    old, new = (f"<item><guid>1</guid><title>a</title><link>http://e.test/{n}</link></item>" for n in (1, 2))
    parsed = parse(rss(new + old))
    assert [entry.url for entry in parsed.entries] == ["http://e.test/1", "http://e.test/2"]
    first, second = (entry.guid for entry in parsed.entries)
    assert (first, len(second)) == ("1", 32)
    assert parsed.problems == ("1 entry shares the guid of another one and was told apart by link and title",)
    assert parse(rss(new + old)) == parsed


@pytest.mark.parametrize(("guid", "link"), [("g5", None), ("/g5", None), ("http://e.test/5", "http://e.test/5")])
def test_a_guid_is_a_link_only_if_it_is_an_address(guid: str, link: str | None) -> None:
    (entry,) = parse(rss(f"<item><guid>{guid}</guid><title>a</title></item>")).entries
    assert (entry.guid, entry.url) == (guid, link)
    (linked,) = parse(rss("<item><guid>b/1</guid><link>b/1</link></item>")).entries
    assert linked.url == "https://example.org/news/b/1"


def test_only_so_many_entries_are_read() -> None:
    parsed = parse(rss("".join(f"<item><title>{n}</title></item>" for n in range(MAX_ENTRIES + 5))))
    assert len(parsed.entries) == MAX_ENTRIES
    assert parsed.entries[-1].title == "0"
    assert parsed.problems == ("lists 2,005 entries, of which the first 2,000 were read",)
    assert (parsed.listed, parsed.window) == (MAX_ENTRIES + 5, b"")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "\\\\host\\share", "file:///etc/passwd", "http://e.test/" + "a" * 3_000, "http://["]
)
def test_what_is_no_web_link_is_no_link(link: str) -> None:
    (entry,) = parse(rss(f"<item><title>a</title><link>{link}</link></item>")).entries
    assert entry.url is None


def test_a_link_cannot_break_out_of_an_attribute() -> None:
    (entry,) = parse(rss('<item><title>a</title><link>http://e.test/" onclick="x</link></item>')).entries
    assert entry.url == "http://e.test/%22%20onclick=%22x"


@pytest.mark.parametrize(
    "date",
    [
        "0000-00-00T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "-2023-06-16",
        "-2026-06-16T10:00:00Z",
        "16 Jun 85 10:00:00 GMT",
        "99999-01-01T00:00:00Z",
        "1686902400",
        "9" * 5_000,
        "ven., 16 juin 2023 10:00:00 +0200",
        "١٦ يونيو ٢٠٢٣",
        "soon",
        "",
    ],
)
def test_an_absurd_date_is_none(date: str) -> None:
    (entry,) = parse(rss(f"<item><title>a</title><pubDate>{date}</pubDate></item>")).entries
    assert entry.published is None


@pytest.mark.parametrize(
    ("encoded", "content_type"),
    [
        ("Мали".encode("koi8-r"), "text/xml; charset=koi8-r"),
        ("Мали".encode("cp1251"), "application/xml; charset=Windows-1251"),
        ("Мали".encode(), "text/xml; charset=iso-8859-1; declared=falsely"),
        ("Мали".encode(), "text/xml; charset=punycode"),
        ("Мали".encode(), None),
    ],
)
def test_characters_are_read_under_the_charset_that_fits(encoded: bytes, content_type: str | None) -> None:
    declared = b'<?xml version="1.0" encoding="utf-8"?>' if content_type and "falsely" in content_type else b""
    body = declared + b"<rss version='2.0'><channel><item><title>" + encoded + b"</title></item></channel></rss>"
    assert [entry.title for entry in parse(body, content_type).entries] == ["Мали"]


def test_utf16_with_its_mark_is_read() -> None:
    body = rss("<item><title>مالي</title></item>").decode().replace("?>", ' encoding="utf-8"?>')
    assert [entry.title for entry in parse(body.encode("utf-16")).entries] == ["مالي"]


def test_control_characters_and_surrogates_do_not_come_through() -> None:
    parsed = parse(rss("<item><title>M\x00a&#xD800;l\x07i&#0;</title><guid>g\x00</guid></item>"))
    assert [(entry.title, entry.guid) for entry in parsed.entries] == [("Mali", "g")]


def test_a_malformed_feed_gives_what_can_be_read_and_says_so() -> None:
    parsed = parse(rss("<item><title>AT&T & more</title><guid>1</guid></item>") + b"<oops")
    assert [entry.title for entry in parsed.entries] == ["AT&T & more"]
    assert any("ampersands" in problem for problem in parsed.problems)
    assert any("not well-formed" in problem for problem in parsed.problems)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "is a web page, not a feed"),
        (b"<html><body><rss version='2.0'></rss></body></html>", "is a web page, not a feed"),
        (b"/etc/passwd", "is neither RSS nor Atom"),
        (b"\x1f\x8b\x08\x00", "is neither RSS nor Atom"),
        (b'{"version":"https://jsonfeed.org/version/1.1"}', "no JSON Feed"),
        (b"<svg/>", "first element is <svg>"),
        (b'<!DOCTYPE z [<!ENTITY a "b">]><rss version="2.0"></rss>', "declares entities"),
        (b'<?xml version="1.0"', "no end"),
        (b"<rss>" + b"<a>" * 100_001, "more than 100,000 tags"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(body)


def test_an_ampersand_in_cdata_is_left_alone() -> None:
    (entry,) = parse(rss("<item><title>A & B</title><link><![CDATA[http://e.test/?a=1&b=2]]></link></item>")).entries
    assert (entry.title, entry.url) == ("A & B", "http://e.test/?a=1&b=2")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert parse(rss("")).entries == ()


def test_a_doctype_without_entities_is_no_obstacle() -> None:
    body = (
        b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://x.test/d.dtd">'
        + rss("<item><title>&eacute;</title></item>")[21:]
    )
    assert [entry.title for entry in parse(body).entries] == ["é"]


def test_long_fields_are_cut() -> None:
    (entry,) = parse(
        rss(
            f"<item><title>{'t' * 9_000}</title><description>{'d ' * 9_000}</description>"
            f"<guid>{'g' * 9_000}</guid></item>"
        )
    ).entries
    assert (len(entry.title), len(entry.guid)) == (500, 32)
    assert len(entry.summary) <= 5_000


def test_a_year_of_two_digits_is_the_nearest_one() -> None:
    (entry,) = parse(rss("<item><title>a</title><pubDate>Fri, 16 Jun 23 10:00:00 GMT</pubDate></item>")).entries
    assert entry.published == datetime(2023, 6, 16, 10, tzinfo=UTC)


def test_a_reference_to_no_character_costs_nothing_and_nobody() -> None:
    parsed = parse(rss(item(1, text=f"<![CDATA[a&#{'1' * 5_000};b]]>") + item(2)))
    assert guids(parsed) == ["2", "1"]
    assert parsed.entries[1].summary == "ab"


# What a feed says of itself.


def test_a_feed_says_when_it_changes_and_where_its_past_is() -> None:
    head = (
        '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">Hourly</sy:updatePeriod>'
        '<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"> 2 </sy:updateFrequency>'
        "<ttl>30</ttl><skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>99</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>sunday</day><day>Caturday</day></skipDays>"
        '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="next" href="?page=2"/>'
        '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="prev-archive" href="/2022/"/>'
        "<image><title>picture</title><link>http://e.test/</link></image>"
    )
    parsed = parse(
        rss(head + item(1)).replace(b"<title>t</title>", b"<title>Mali &amp;amp; <![CDATA[<b>more]]></title>")
    )
    assert parsed.hints == Hints(
        ttl_s=1_800,
        period_s=1_800,
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({5, 6}),
        older_url="https://example.org/2022/",
        title="Mali & more",
    )


@pytest.mark.parametrize("entries", [item(1), "", item(1) + "text" + item(2), item(1) + "<item><b></item>"])
def test_hints_come_however_the_entries_stand(entries: str) -> None:
    parsed = parse(rss(f"<ttl>5</ttl><skipDays><day>Monday</day></skipDays>{entries}"))
    assert (parsed.hints.ttl_s, parsed.hints.skip_days, parsed.hints.title) == (300, frozenset({0}), "t")


@pytest.mark.parametrize("ttl", ["0", "-5", "soon", "1e9", "9" * 5_000, "", "٣"])
def test_a_hint_that_is_no_number_is_none(ttl: str) -> None:
    assert parse(rss(f"<ttl>{ttl}</ttl>{item(1)}")).hints.ttl_s is None


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "file:///etc/passwd", "http://[", "", "http://e.test/" + "a" * 3_000]
)
def test_the_past_is_on_the_web_or_nowhere(href: str) -> None:
    assert parse(atom(f'<link rel="next" href="{href}"/>')).hints.older_url is None


def test_what_an_entry_or_a_picture_says_is_no_hint() -> None:
    inside = "<ttl>7</ttl><link rel='next' href='http://e.test/'/><skipHours><hour>1</hour></skipHours>"
    body = rss(f"<image><title>picture</title><ttl>9</ttl></image><item><title>entry</title>{inside}</item>")
    assert parse(body.replace(b"<title>t</title>", b"")).hints == Hints()


def test_entries_bring_the_key_and_the_host_of_their_address() -> None:
    """A stranger's address may take milliseconds; where it is parsed, nobody else waits for that."""
    link = "http://www.xn--exmple-cua.org/a/?utm_source=rss"
    with_link, without = reversed(parse(rss(f"<item><link>{link}</link></item><item><title>b</title></item>")).entries)
    assert (with_link.url, with_link.url_key) == (link, "https://exämple.org/a")
    assert with_link.host == "exämple.org"
    assert (without.url_key, without.host) == (None, "")


def test_an_entry_under_a_shared_guid_goes_by_the_one_that_the_store_would_give_it() -> None:
    old, new = (
        f"<item><guid>1</guid><title>a</title><link>http://www.e.test/{n}?utm_source=rss</link></item>" for n in (1, 2)
    )
    _, second = parse(rss(new + old)).entries
    alone = Listed(guid="1", url_key=second.url_key, title="a", summary="")
    assert second.guid == other_guid(alone)


def test_one_article_at_an_address_with_another_tracker_is_a_repetition() -> None:
    items = "".join(
        f"<item><guid>1</guid><title>a</title><link>http://e.test/1?utm_id={n}</link></item>" for n in "123"
    )
    parsed = parse(rss(items))
    assert guids(parsed) == ["1"]
    assert parsed.problems == ("2 entries repeat another one and were left out",)
