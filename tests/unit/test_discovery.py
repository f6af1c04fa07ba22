"""Which links of a page may lead to its feed, and in what order they are tried."""

import time

import pytest

from monitor.sources.discovery import (
    MAX_LISTED,
    Candidate,
    Origin,
    find_links,
    find_sitemaps,
    sitemaps_of,
)

PAGE = "https://site.test/world/"


def declared(html: str, url: str = PAGE) -> list[str]:
    return [each.url for each in find_links(html.encode(), url, "text/html")[0]]


def linked(html: str, url: str = PAGE) -> list[str]:
    return [each.url for each in find_links(html.encode(), url, "text/html")[1]]


@pytest.mark.parametrize(
    "kind",
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "application/rdf+xml",
     "text/xml", "APPLICATION/RSS+XML; charset=utf-8", " application/atom+xml "],
)  # fmt: skip
def test_a_page_declares_its_feeds(kind: str) -> None:
    html = (
        f'<html><head><LINK REL="Alternate home" type="{kind}" title=" The\n feed " href="../f?a=1&amp;b=2#top"></head>'
    )
    assert find_links(html.encode(), PAGE, None) == (
        [Candidate("https://site.test/f?a=1&b=2", Origin.DECLARED, "The feed")],
        [],
    )


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="text/css" href="/a.css">',
        '<link rel="alternate" hreflang="fr" href="/fr/">',
        '<link rel="alternate" type="text/html" href="/amp">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="feed:https://site.test/">',
        '<link rel="alternate" type="application/rss+xml" href="https://user:pw@site.test/f">',
        '<link rel="alternate" type="application/rss+xml" href="http://[::1/f">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/f"> -->',
        f'<link rel="alternate" type="application/rss+xml" href="/{"x" * 3_000}">',
    ],
)
def test_other_links_declare_none(link: str) -> None:
    assert declared(f"<html><head>{link}</head>") == []


def test_a_page_may_say_where_its_links_begin() -> None:
    link = "<link rel=alternate type=application/rss+xml href=feed.xml><link rel=feed href=//cdn.test/f>"
    assert declared(f'<base href="https://other.test/x/">{link}') == [
        "https://other.test/x/feed.xml",
        "https://cdn.test/f",
    ]
    assert declared(f'<base target=_top><base href="/deep/">{link}')[0] == "https://site.test/deep/feed.xml"
    assert declared(f'<base href="data:text/html,x">{link}')[0] == "https://site.test/world/feed.xml"


def test_the_likely_ones_come_first_and_none_twice() -> None:
    links = "".join(
        f'<link rel=alternate type=application/{kind} href="{href}">'
        for kind, href in [
            ("json", "/wp-json/wp/v2/posts/7"),
            ("rss+xml", "/comments/feed/"),
            ("rss+xml", "/feed/"),
            ("atom+xml", "/atom.xml"),
            ("rss+xml", "/feed/#again"),
        ]
    )
    assert declared(f"<head>{links}</head>") == [
        f"https://site.test/{path}" for path in ("feed/", "atom.xml", "wp-json/wp/v2/posts/7", "comments/feed/")
    ]


def test_links_of_the_same_host_that_look_like_feeds() -> None:
    html = """<body><a href="/rss">x</a><a href="/news/atom.xml">x</a><a href="/?feed=rss2">x</a>
    <a href="/f.json">Feed</a><a href="http://www.site.test/feeds/all">x</a><a href="/feed.json">x</a>
    <a href="/subscribe">Our RSS feed</a>
    <a href="https://other.test/rss">x</a><a href="/grass/">x</a><a href="/feedback">x</a><a href="/rsschool">x</a>
    <a href="/long">Feeding the world's hungry: what the numbers of the last ten years say</a><a>RSS</a>"""
    assert linked(html) == [
        "https://site.test/rss", "https://site.test/news/atom.xml", "https://site.test/?feed=rss2",
        "https://site.test/f.json", "http://www.site.test/feeds/all", "https://site.test/feed.json",
        "https://site.test/subscribe",
    ]  # fmt: skip


def test_what_is_declared_is_not_linked_again() -> None:
    html = '<link rel=alternate type=application/rss+xml href=/rss><a href="/rss">RSS</a>'
    assert (declared(html), linked(html)) == (["https://site.test/rss"], [])


@pytest.mark.parametrize(
    "html",
    ["", "   ", "plain", "<", "\x00\x01", "<html", "<rss><channel/></rss>", '<?xml version="1.0" encoding="x"?><p>'],
)
def test_what_is_no_page_has_no_links(html: str) -> None:
    assert find_links(html.encode(), PAGE, "text/html; charset=nonsense") == ([], [])


def test_a_page_in_another_charset_is_read() -> None:
    html = '<?xml version="1.0"?><html><link rel="alternate" type="text/xml" title="новости" href="/новости.xml"/>'
    (found,) = find_links(html.encode("windows-1251"), PAGE, "text/html; charset=windows-1251")[0]
    assert found.title == "новости"
    assert found.url == "https://site.test/новости.xml"


def test_a_page_of_nothing_but_links_costs_little() -> None:
    link = '<link rel=alternate type=application/rss+xml href="/{0}"><a href="/feed/{0}">RSS'
    html = "".join(link.format(n) for n in range(20_000)).encode()
    began = time.process_time()
    found = find_links(html, PAGE, None)
    assert [len(each) for each in found] == [MAX_LISTED, MAX_LISTED]
    assert time.process_time() - began < 4


def test_robots_names_sitemaps() -> None:
    robots = (
        b"User-agent: *\nDisallow: /\n sitemap : https://site.test/sitemap.xml\r\nSITEMAP: /other.xml # all\n"
        b"Sitemap: https://site.test/news-sitemap.xml\nSitemap: ftp://x.test/news\nSitemap:\n\xff\nSitemap: /other.xml"
    )
    assert [(each.url, each.origin) for each in sitemaps_of(robots, "https://site.test/robots.txt")] == [
        ("https://site.test/news-sitemap.xml", Origin.SITEMAP),
        ("https://site.test/sitemap.xml", Origin.SITEMAP),
        ("https://site.test/other.xml", Origin.SITEMAP),
    ]


def test_an_index_lists_sitemaps() -> None:
    index = b"""<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc> https://site.test/2024.xml </loc></sitemap><sitemap><lastmod>x</lastmod></sitemap>
    <sitemap><loc>/google-news.xml</loc></sitemap></sitemapindex>"""
    found = find_sitemaps(index, "https://site.test/sitemap.xml")
    assert [each.url for each in found] == ["https://site.test/google-news.xml", "https://site.test/2024.xml"]


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"<", b"<urlset/>", b"<html><sitemapindex><sitemap><loc>/a</loc></sitemap></sitemapindex></html>",
        b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><sitemapindex><sitemap><loc>&a;</loc></sitemap></sitemapindex>',
    ],
)  # fmt: skip
def test_what_is_no_index_lists_none(xml: bytes) -> None:
    assert find_sitemaps(xml, "https://site.test/sitemap.xml") == []
