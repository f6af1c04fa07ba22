"""A poll goes no further up the ladder than it must: known entries cost no parser, new ones alone are parsed."""

import feedparser
import pytest

from monitor.model.feed import FeedMemory, Hints, ParsedFeed, Rung
from monitor.sources import parse as ladder
from monitor.sources.parse import MAX_ENTRY_CHARS, parse_feed
from monitor.sources.spans import guid_digest, spans_of, window_of

URL = "https://example.org/news/feed.xml"


def rss(items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


def atom(entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


def parse(body: bytes) -> ParsedFeed:
    return parse_feed(body, URL, None)


def item(number: int, *, text: str = "") -> str:
    return f"<item><guid>{number}</guid><title>Title {number}</title><description>{text}</description></item>"


def guids(parsed: ParsedFeed) -> list[str]:
    return [entry.guid for entry in parsed.entries]


def test_only_what_is_new_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = parse(rss(item(2) + item(1)))
    assert (first.rung, first.listed, len(first.window)) == (Rung.FULL, 2, 40)
    given: list[bytes] = []
    real = feedparser.parse

    def spy(stream: object, **options: object) -> object:
        given.append(stream.getvalue())  # type: ignore[attr-defined]
        return real(stream, **options)

    monkeypatch.setattr(feedparser, "parse", spy)
    body = rss(item(4) + item(3) + item(2) + item(1))
    then = parse_feed(body, URL, None, FeedMemory(window=first.window), shadow=False)
    assert (then.rung, guids(then), then.listed, then.known) == (Rung.DELTA, ["3", "4"], 4, 2)
    assert then.window == parse(body).window
    assert b"Title 2" not in given[0]
    assert b"Title 3" in given[0]


def test_known_entries_cost_no_parser_and_what_stands_around_them_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first = parse(rss(item(2) + item(1)))
    monkeypatch.setattr(feedparser, "parse", None)
    same = parse_feed(rss(f"<ttl>9</ttl>{item(1)}{item(2)}"), URL, None, FeedMemory(window=first.window))
    assert (same.rung, same.entries, same.listed) == (Rung.SAME_ENTRIES, (), 2)
    assert same.hints == Hints(ttl_s=540, title="t")
    assert same.window == first.window[20:] + first.window[:20]


def test_an_edited_entry_comes_again_under_its_guid() -> None:
    first = parse(rss(item(2) + item(1)))
    then = parse_feed(rss(item(2) + item(1, text="more")), URL, None, FeedMemory(window=first.window))
    assert [(entry.guid, entry.summary) for entry in then.entries] == [("1", "more")]
    assert then.rung is Rung.DELTA


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (rss(item(2) + item(1)).decode().encode("utf-16"), "two bytes a character"),
        (b"<!DOCTYPE rss [<!ELEMENT a ANY>]>" + rss(item(1))[21:], "a DOCTYPE that declares"),
        (rss(item(1) + item(1)), "a guid twice"),
        (rss(item(1) + "stray" + item(2)), "text between entries"),
        (rss(item(1) + "<item><title>a & b</title></item>"), "a bare ampersand"),
        (rss(item(1) + "<item><title>a<b></title></item>"), "tags that do not match"),
        (rss(item(1))[:-6], "no end"),
        (rss(item(1) + "<entry><title>b</title></entry>"), "two kinds of entries"),
        (rss("<item>" + item(1) + "</item>"), "an entry in an entry"),
        (rss(item(1) + "<item><title xmlns:media='urn:x'>a</title></item>"), "a name space of its own"),
        (atom("<entry><id>1</id><content type='xhtml'><p><summary>s</summary></p></content></entry>"), "markup inside"),
    ],
)
def test_where_it_is_not_certain_nothing_is_remembered(body: bytes, why: str) -> None:
    assert parse(body).window == b"", why
    known = FeedMemory(window=parse(rss(item(1))).window)
    assert parse_feed(body, URL, None, known) == parse(body), why


def test_a_guid_that_a_known_entry_has_too_makes_it_a_full_parse() -> None:
    first = parse(rss(item(1)))
    other = "<item><guid>1</guid><title>other</title></item>"
    then = parse_feed(rss(other + item(1)), URL, None, FeedMemory(window=first.window))
    assert then.rung is Rung.FULL
    assert then.problems == ("1 entry shares the guid of another one and was told apart by link and title",)


def test_another_frame_makes_every_entry_new() -> None:
    first = parse(rss(item(1)))
    moved = rss(item(1)).replace(b'version="2.0"', b'version="2.0" xml:base="http://other.test/"')
    assert parse_feed(moved, URL, None, FeedMemory(window=first.window)).entries == parse(moved).entries != ()


def test_an_entry_reads_the_same_beside_one_that_confuses_the_parser() -> None:
    """feedparser never forgets a name space: the first entry's would make the second one's element a title."""
    first, second = "<title xmlns:media='urn:x'>a</title>", "<z:title xmlns:z='urn:x'>b</z:title><guid>2</guid>"
    body = rss(f"<item>{first}</item><item>{second}</item>")
    forged = window_of([spans_of(body, None)[0].hash], [guid_digest("x")])
    assert parse_feed(body, URL, None, FeedMemory(window=forged), shadow=False) == parse(body)


def test_a_sampled_full_parse_that_differs_says_so() -> None:
    body = rss(item(2) + item(1))
    wrong = window_of([spans_of(body, None)[1].hash], [guid_digest("another guid")])
    unseen = parse_feed(body, URL, None, FeedMemory(window=wrong), shadow=False)
    assert (unseen.rung, unseen.is_compared, unseen.is_delta_wrong) == (Rung.DELTA, False, False)
    seen = parse_feed(body, URL, None, FeedMemory(window=wrong), shadow=True)
    assert (seen.rung, seen.is_compared, seen.is_delta_wrong, seen.window) == (Rung.FULL, True, True, b"")
    assert seen.entries == parse(body).entries


def test_one_delta_parse_in_two_hundred_is_compared_and_always_the_same_one() -> None:
    sampled = [number for number in range(20_000) if ladder._is_sampled(number.to_bytes(4))]
    assert 60 <= len(sampled) <= 140
    assert all(ladder._is_sampled(number.to_bytes(4)) for number in sampled)


# Entries that no parser is given.


def test_an_entry_of_absurd_length_is_left_out_and_told_once() -> None:
    body = rss(item(3) + item(2, text="x" * MAX_ENTRY_CHARS) + item(1))
    parsed = parse(body)
    assert guids(parsed) == ["1", "3"]
    assert parsed.problems == ("1 entry is longer than 1,024 KiB and was left out",)
    again = parse_feed(
        body.replace(b"<item>", b"<item><guid>4</guid></item><item>", 1), URL, None, FeedMemory(window=parsed.window)
    )
    assert (again.rung, guids(again), again.problems) == (Rung.DELTA, ["4"], ())


def test_an_entry_in_quarantine_is_given_to_no_parser_and_counts_as_known(monkeypatch: pytest.MonkeyPatch) -> None:
    body = rss(item(2) + item(1))
    memory = FeedMemory(quarantined=frozenset({spans_of(body, None)[0].hash}))
    parsed = parse_feed(body, URL, None, memory)
    assert (guids(parsed), parsed.listed, parsed.problems) == (["1"], 2, ())
    monkeypatch.setattr(feedparser, "parse", None)
    assert parse_feed(body, URL, None, FeedMemory(window=parsed.window)).rung is Rung.SAME_ENTRIES


@pytest.mark.parametrize("between", ["", "stray"])
def test_some_entries_can_be_parsed_without_the_others(between: str) -> None:
    body = rss(f"{item(3)}{between}{item(2)}{item(1)}")
    spans = spans_of(body, None)
    some = parse_feed(body, URL, None, FeedMemory(), frozenset({spans[0].hash, spans[2].hash}))
    assert (guids(some), some.rung, some.window, some.listed) == (["1", "3"], Rung.FULL, b"", 3)
    assert parse_feed(body, URL, None, FeedMemory(), frozenset()).entries == ()


def test_an_entry_that_makes_the_parser_raise_is_left_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real = feedparser.parse

    def touchy(stream: object, **options: object) -> object:
        if b"Title 3" in stream.getvalue():  # type: ignore[attr-defined]
            raise TypeError
        return real(stream, **options)

    monkeypatch.setattr(feedparser, "parse", touchy)
    parsed = parse(rss("".join(map(item, (5, 4, 3, 2, 1)))))
    assert guids(parsed) == ["1", "2", "4", "5"]
    assert parsed.problems == ("holds an entry that cannot be read as a feed: TypeError",)
    assert parsed.window == b""
