"""A news sitemap lists articles with titles and dates; any other sitemap is no feed."""

import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from monitor.errors import ParseError
from monitor.model.feed import FeedEntry, ParsedFeed, Rung
from monitor.sources.parse import parse_feed
from monitor.sources.spans import MAX_ENTRIES

URL = "https://example.org/sitemap-news.xml"
ROOT = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
)


def listed(number: int, *, day: int | None = None, title: str = "", more: str = "") -> str:
    date = f"<news:publication_date>2023-06-{day:02}T10:00:00+02:00</news:publication_date>" if day else ""
    return (
        f"<url><loc>https://example.org/{number}</loc><lastmod>2020-01-01</lastmod><news:news><news:publication>"
        f"<news:name>Example</news:name><news:language>fr</news:language></news:publication>{date}"
        f"<news:title>{title or f'Title {number}'}</news:title></news:news>{more}</url>"
    )


def sitemap(*urls: str) -> bytes:
    return f"{ROOT}{''.join(urls)}</urlset>".encode()


def parse(body: bytes) -> ParsedFeed:
    return parse_feed(body, URL, "text/xml")


def test_an_article_is_read() -> None:
    image = "<image:image><image:loc>https://example.org/i.jpg</image:loc><image:title>I</image:title></image:image>"
    parsed = parse(sitemap(listed(1, day=16, title="Mali &amp; <![CDATA[<b>MINUSMA</b>]]>", more=image)))
    assert parsed.entries == (
        FeedEntry(
            guid="https://example.org/1",
            title="Mali & MINUSMA",
            url="https://example.org/1",
            url_key="https://example.org/1",
            host="example.org",
            published=datetime(2023, 6, 16, 8, tzinfo=UTC),
            language="fr",
        ),
    )
    assert (parsed.rung, parsed.window, parsed.listed, parsed.problems) == (Rung.FULL, b"", 1, ())


def test_articles_come_oldest_first_by_their_dates_else_by_their_places() -> None:
    dated = parse(sitemap(listed(1, day=2), listed(2, day=3), listed(3, day=1)))
    assert [entry.title for entry in dated.entries] == ["Title 3", "Title 1", "Title 2"]
    undated = parse(sitemap(listed(1), listed(2), listed(3)))
    assert [entry.title for entry in undated.entries] == ["Title 3", "Title 2", "Title 1"]


def test_pages_that_are_no_news_are_passed_over() -> None:
    parsed = parse(sitemap("<url><loc>https://example.org/about</loc></url>", listed(1, day=1)))
    assert [entry.url for entry in parsed.entries] == ["https://example.org/1"]


def test_a_news_sitemap_may_list_nothing_today() -> None:
    assert parse(sitemap()).entries == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<urlset><url><loc>http://e.test/1</loc><lastmod>2023-06-16</lastmod></url></urlset>", "without news"),
        (sitemap("<url><loc>http://e.test/1</loc></url>"), "without news"),
        (b"<urlset></urlset>", "without news"),
        (b"<urlset><url>", "not well-formed"),
        (b"<urlset><url>&lol;</url></urlset>", "not well-formed"),
        (b'<!DOCTYPE u [<!ENTITY a "b">]><urlset></urlset>', "declares entities"),
        (sitemap("<a/>" * 300_000), "more than 100,000 elements"),
        (b"<sitemapindex></sitemapindex>", "without news"),
    ],
)
def test_a_sitemap_that_is_no_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(body)


def test_an_index_names_up_to_three_of_its_sitemaps() -> None:
    children = "".join(f"<sitemap><loc>news-{number}.xml</loc></sitemap>" for number in range(5))
    with pytest.raises(ParseError) as failed:
        parse(f"<sitemapindex>{children}</sitemapindex>".encode())
    assert str(failed.value) == (
        "is an index of sitemaps; watch one of those it names, such as https://example.org/news-0.xml, "
        "https://example.org/news-1.xml, https://example.org/news-2.xml"
    )


def test_only_so_many_addresses_are_read_in_little_memory() -> None:
    body = sitemap(*(listed(number) for number in range(20_000)))
    tracemalloc.start()
    began = time.process_time()
    parsed = parse(body)
    assert time.process_time() - began < 10
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(parsed.entries) == MAX_ENTRIES
    assert parsed.entries[-1].title == "Title 0"
    assert parsed.problems == ("lists more than 2,000 addresses, of which the first 2,000 were read",)
    assert peak < 4 * len(body)


def test_what_comes_before_a_fault_is_read() -> None:
    parsed = parse(sitemap(listed(1), listed(2))[:-30] + b"</oops>")
    assert [entry.title for entry in parsed.entries] == ["Title 1"]
    assert parsed.is_malformed
    assert "not well-formed" in parsed.problems[0]


def test_a_link_that_leads_nowhere_is_none() -> None:
    body = sitemap(
        listed(1).replace("https://example.org/1", "javascript:x"), listed(2).replace("https://example.org/2", "")
    )
    assert {entry.url for entry in parse(body).entries} == {None}
