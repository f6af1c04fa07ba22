"""A JSON feed lists what an RSS feed would, and costs no more than its length."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.model.feed import FeedEntry, FeedMemory, Hints, ParsedFeed, Rung
from monitor.sources.parse import parse_feed
from monitor.sources.spans import MAX_ENTRIES, spans_of

URL = "https://example.org/news/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def body(*items: object, **more: object) -> bytes:
    return json.dumps({"version": VERSION, "title": "t", "items": items} | more).encode()


def parse(raw: bytes, content_type: str | None = None) -> ParsedFeed:
    return parse_feed(raw, URL, content_type)


def one(**item: Any) -> FeedEntry:
    (entry,) = parse(body(item)).entries
    return entry


def test_an_entry_is_read() -> None:
    entry = one(
        id="7",
        url="../a?x=1&y=2",
        title="Mali & <MINUSMA>",
        content_html="<p>One.</p><p>Two &eacute;.<script>no()</script></p>",
        summary="One",
        date_published="2023-06-16T10:00:00+02:00",
        language="fr-FR",
    )
    assert entry == FeedEntry(
        guid="7",
        title="Mali & <MINUSMA>",
        url="https://example.org/a?x=1&y=2",
        url_key="https://example.org/a?x=1&y=2",
        host="example.org",
        summary="One. Two é.",
        published=datetime(2023, 6, 16, 8, tzinfo=UTC),
        language="fr",
    )


def test_entries_come_oldest_first_and_always_all() -> None:
    first = parse(body({"id": 2}, {"id": 1}))
    assert [entry.guid for entry in first.entries] == ["1", "2"]
    assert (first.rung, first.window, first.listed) == (Rung.FULL, b"", 2)
    assert parse_feed(body({"id": 2}), URL, None, FeedMemory(window=b"x" * 20)).rung is Rung.FULL
    assert spans_of(body({"id": 2}), None) == ()


def test_what_the_feed_says_of_itself_is_read() -> None:
    parsed = parse(body(title=" New\ns ", next_url="?page=2", language="de", expired=True))
    assert parsed.hints == Hints(title="New s", older_url="https://example.org/news/feed.json?page=2")
    assert parse(body({"id": 1}, language="de")).entries[0].language == "de"
    assert parse(body(next_url="javascript:x")).hints == Hints(title="t")


@pytest.mark.parametrize(
    ("item", "guid"),
    [
        ({"id": 12345678901234567890123}, "12345678901234567890123"),
        ({"id": 1.50}, "1.5"),
        ({"id": True}, "true"),
        ({"id": "a\n b"}, "a b"),
        ({"id": None, "url": "http://e.test/1"}, "http://e.test/1"),
        ({"id": {}, "external_url": "rel/1"}, "rel/1"),
        ({"id": "", "url": "http://e.test/1"}, "http://e.test/1"),
    ],
)
def test_the_guid_is_the_id_or_the_link(item: dict[str, object], guid: str) -> None:
    assert one(**item).guid == guid


def test_without_id_and_link_the_guid_is_made_of_the_text() -> None:
    assert len(one(title="a").guid) == 32
    assert one(title="a").guid == one(title="a", date_published="2024-01-01").guid != one(title="b").guid


def test_a_link_to_elsewhere_counts_where_there_is_no_own() -> None:
    assert one(id=1, url="http://e.test/own", external_url="http://e.test/other").url == "http://e.test/own"
    assert one(id=1, external_url="http://e.test/other").url == "http://e.test/other"
    assert one(id=1, url="javascript:alert(1)").url is None


def test_plain_text_keeps_what_looks_like_markup() -> None:
    assert one(id=1, content_text="a < b &amp; c").summary == "a < b &amp; c"


@pytest.mark.parametrize(
    ("date", "year"),
    [("2023-06-16T10:00:00Z", 2023), ("2023-06-16", 2023), ("0000-00-00", None), ("1970-01-01T00:00:00Z", None),
     ("99999-01-01", None), ("soon", None), (5, None), ("9999-12-31T23:59:59-14:00", None), ("", None)],
)  # fmt: skip
def test_an_absurd_date_is_none(date: object, year: int | None) -> None:
    published = one(id=1, date_published=date).published
    assert (published and published.year) == year


def test_a_changed_date_stands_in_for_a_missing_one() -> None:
    assert one(id=1, date_modified="2023-06-16T10:00:00Z").published == datetime(2023, 6, 16, 10, tzinfo=UTC)


def test_control_characters_and_lone_surrogates_do_not_come_through() -> None:
    entry = one(id="g\x00", title="M\ud800al\x07i", summary="\x1ba")
    assert (entry.guid, entry.title, entry.summary) == ("g", "Mali", "a")


def test_what_is_no_entry_is_left_out_and_told() -> None:
    parsed = parse(body({"id": 1, "title": "a"}, "x", None, [], {}, {"id": 1, "title": "a"}))
    assert [entry.guid for entry in parsed.entries] == ["1"]
    assert parsed.problems == (
        "1 entry repeats another one and was left out",
        "4 entries say nothing and were left out",
    )


def test_only_so_many_entries_are_read() -> None:
    parsed = parse(body(*({"id": number} for number in range(MAX_ENTRIES + 5))))
    assert (len(parsed.entries), parsed.listed, parsed.entries[-1].guid) == (MAX_ENTRIES, MAX_ENTRIES + 5, "0")
    assert parsed.problems == ("lists 2,005 entries, of which the first 2,000 were read",)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/feed+json", "application/json; charset=x"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \n\t"])
def test_it_is_known_by_its_first_character(mark: bytes, content_type: str | None) -> None:
    assert len(parse(mark + body({"id": 1}), content_type).entries) == 1


def test_a_feed_of_the_first_version_is_one() -> None:
    assert len(parse(body({"id": 1}, version="http://jsonfeed.org/version/1")).entries) == 1


def test_bytes_that_are_no_characters_are_told() -> None:
    parsed = parse(body({"id": 1, "title": "caf~"}).replace(b"~", b"\xe9"))
    assert parsed.problems == ("it holds bytes that are no characters",)
    assert parsed.entries[0].title == "caf\ufffd"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "is not readable JSON"),
        (b'{"version":"https://jsonfeed.org/version/1","items":{}}', "no JSON Feed"),
        (b'{"version":"https://example.org/","items":[]}', "no JSON Feed"),
        (b'{"items":[]}', "no JSON Feed"),
        (b'{"version":1,"items":[]}', "no JSON Feed"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"a":[' + b"{}," * 200_001 + b"{}]}", "more than 200,000 objects"),
    ],
)
def test_what_is_no_json_feed_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(raw)


@pytest.mark.parametrize("raw", [b"[]", b"7", b"/etc/passwd", b'"x"'])
def test_what_is_only_called_json_is_named(raw: bytes) -> None:
    with pytest.raises(ParseError, match="JSON"):
        parse(raw, "application/json")


def test_markup_that_is_called_json_is_read_as_markup() -> None:
    assert parse(b"<rss><channel><item><guid>1</guid></item></channel></rss>", "application/json").entries


@pytest.mark.parametrize("number", [b"9" * 2_000_000, b"1." + b"9" * 2_000_000, b"1e" + b"9" * 2_000_000, b"NaN"])
def test_a_number_costs_linear_time_however_long(number: bytes) -> None:
    began = time.process_time()
    raw = body({"id": 0, "title": "a", "extra": 4711}).replace(b": 0,", b": " + number + b",")
    parsed = parse(raw.replace(b"4711", number))
    assert time.process_time() - began < 5
    assert len(parsed.entries[0].guid) <= 32
