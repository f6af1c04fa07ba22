"""The search for the feed behind an address: what is asked for, in which order, and when it ends."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from feed_desk import Site, rss

from monitor.cli.feed_edit import prober_of
from monitor.config.load import load_config
from monitor.sources import discovery
from monitor.sources.discovery import Origin, open_prober

NEWS_SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://site.test/a</loc><news:news><news:publication><news:name>Site</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-05-01T10:00:00Z</news:publication_date>
<news:title>A title</news:title></news:news></url></urlset>"""


def search(site: Site, path: str = "/") -> discovery.Discovery:
    async def work() -> discovery.Discovery:
        async with open_prober(contact="", gap_s=0.0) as prober:
            return await prober.discover(site.url(path), allow_private=True)

    return asyncio.run(work())


def test_links_come_before_the_usual_places(site: Site) -> None:
    site.page("/", '<a href="/feeds.html">Feeds</a><a href="/all.rss">all</a>')
    site.feed("/all.rss", rss("One"))
    site.feed("/feed", rss("Two"))
    found = search(site)
    assert found.found is not None
    assert (found.found.origin, found.found.url) == (Origin.LINKED, site.url("/all.rss"))
    assert site.asked == ["/", "/feeds.html", "/all.rss"]


def test_the_usual_places_are_those_of_the_host(site: Site) -> None:
    site.page("/a/b/c", "<p>nothing")
    site.feed("/atom.xml", rss("One"))
    found = search(site, "/a/b/c")
    assert found.found is not None
    assert (found.found.origin, found.found.url) == (Origin.USUAL, site.url("/atom.xml"))
    assert site.asked == ["/a/b/c", "/feed", "/feed/", "/rss", "/rss.xml", "/atom.xml"]


def test_a_news_sitemap_is_the_last_resort(site: Site) -> None:
    site.page("/", "<p>nothing")
    site.feed(
        "/robots.txt",
        f"Sitemap: {site.url('/index.xml.gz')}\nSitemap: {site.url('/sitemap.xml')}".encode(),
        "text/plain",
    )
    site.pages["/index.xml.gz"] = 500
    site.feed("/news.xml", NEWS_SITEMAP, "text/xml")
    index = (
        f"<sitemapindex><sitemap><loc>{site.url('/old.xml')}</loc></sitemap><sitemap><loc>{site.url('/news.xml')}</loc>"
    )
    site.feed("/sitemap.xml", f"{index}</sitemap></sitemapindex>".encode(), "text/xml")
    site.pages["/robots.txt"] = (f"Sitemap: {site.url('/sitemap.xml')}".encode(), "text/plain")
    found = search(site)
    assert found.found is not None
    assert (found.found.origin, found.found.url) == (Origin.SITEMAP, site.url("/news.xml"))
    assert site.asked[-3:] == ["/robots.txt", "/sitemap.xml", "/news.xml"]


def test_a_search_ends_after_twelve_requests(site: Site) -> None:
    """A site that answers everything with a page, and names feeds without end."""
    links = "".join(
        f'<link rel=alternate type="application/rss+xml" href="/{n}"><a href="/rss/{n}">' for n in range(90)
    )
    for path in ["/", *discovery.USUAL_PLACES, *(f"/{n}" for n in range(90)), *(f"/rss/{n}" for n in range(90))]:
        site.page(path, links)
    site.pages["/robots.txt"] = (
        "".join(f"Sitemap: {site.url(f'/news-{n}')}\n" for n in range(90)).encode(),
        "text/plain",
    )
    found = search(site)
    assert found.found is None
    assert found.is_page
    assert len(site.asked) <= discovery.MAX_REQUESTS
    assert "/robots.txt" in site.asked
    assert found.stopped == "not everything was tried with 12 requests"


def test_a_search_ends_in_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "DEADLINE_S", 0.5)
    site.page("/", '<link rel=alternate type="application/rss+xml" href="/slow">')
    over = threading.Event()
    site.feed("/slow", rss("One"))
    plain = site.pages.get

    def slow(path: str, default: Any = None) -> Any:
        if path == "/slow":
            over.wait(20)
        return plain(path, default)

    site.pages = type("Slow", (dict,), {"get": lambda _, path, default=None: slow(path, default)})(site.pages)
    found = search(site)
    over.set()
    assert (found.found, found.stopped) == (None, "not everything was tried within 0.5 s")


def test_the_password_of_a_page_goes_nowhere_else(site: Site) -> None:
    site.page("/", '<link rel=alternate type="application/rss+xml" href="/f">')
    site.feed("/f", rss("One"))
    site.page("/private", '<link rel=alternate type="application/rss+xml" href="/f">')
    address = site.url("/private").replace("://", "://user:s3cret@")

    async def work() -> discovery.Discovery:
        async with open_prober(contact="", gap_s=0.0) as prober:
            return await prober.discover(address, allow_private=True)

    found = asyncio.run(work())
    assert found.found is not None
    assert "authorization" in site.headers[0]
    assert all("authorization" not in headers for headers in site.headers[1:])
    assert "s3cret" not in repr(found.others) + repr(found.failed) + found.found.url


def test_commands_ask_as_politely_as_the_configuration_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text(
        "version: 1\nfeeds: []\nwatches: []\nfetch: { host_gap: 7s }\ndefaults: { contact: me@example.org }\n"
    )
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(discovery, "open_prober", lambda **given: asked.append(given))
    prober_of(load_config(path))
    prober_of(None)
    assert asked == [{"contact": "me@example.org", "gap_s": 7.0}, {"contact": ""}]
