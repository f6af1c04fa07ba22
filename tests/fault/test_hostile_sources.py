"""The shared hostile material, played through the poller's own functions within the limits its manifest sets."""

import asyncio
import json
import resource
import time
from collections.abc import Callable
from typing import Any

import pytest
from hostile_samples import HOSTILE, peak_mib, samples
from servers import answer, serving

from monitor.errors import BlockedAddressError, FetchError, MonitorError, ParseError, WorkerError
from monitor.model.article import Page
from monitor.model.feed import Feed, FeedMemory, ParsedFeed
from monitor.sources.extract import extract_degraded, extract_page
from monitor.sources.feeds import poll_feed
from monitor.sources.guard import check_url
from monitor.sources.http import Client
from monitor.sources.pages import read_html, read_page
from monitor.sources.read_page import ReadPage
from monitor.sources.workers import Workers

FEED_CLASSES = ("xmlbomb", "xxe", "bodyispath", "feedcpu", "charset", "malformed", "volume", "date", "link")
LOCAL_SECRETS = ("root:x:", "daemon:")


def body_of(sample: dict[str, Any]) -> tuple[bytes, str]:
    """Return the body and content type that a feed sample stands for."""
    data = (HOSTILE / sample["file"]).read_bytes()
    if not sample["file"].endswith(".json"):
        return data, "application/rss+xml"
    recipe = json.loads(data)
    fill = recipe["fill"] * (recipe["fill_kib"] * 1024 // len(recipe["fill"]) + 1)
    item = f"<item><title>MINUSMA</title><link>http://feed.test/1</link><description>{fill}</description></item>"
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{item}</channel></rss>'
    return body.encode(), recipe["headers"]["content-type"]


async def poll(body: bytes, workers: Workers, **headers: str) -> ParsedFeed:
    async with serving({"/feed": answer(body, **headers)}) as server, Client(gap_s=0) as client:
        feed = Feed(name="hostile", url=server.url("/feed"), allow_private=True)
        polled = await poll_feed(feed, FeedMemory(), client=client, workers=workers)
        assert isinstance(polled, ParsedFeed)
        assert server.connections == 1
        return polled


def is_sound(parsed: ParsedFeed) -> bool:
    texts = [text for entry in parsed.entries for text in (entry.guid, entry.title, entry.summary, entry.url or "")]
    assert not any(secret in text for text in texts for secret in LOCAL_SECRETS)
    return all("\0" not in text and text.encode() for text in texts if text)


@pytest.mark.parametrize("sample", samples(*FEED_CLASSES))
def test_a_hostile_feed_is_read_or_named_in_time(
    sample: dict[str, Any], workers: Workers, loop: asyncio.Runner
) -> None:
    body, kind = body_of(sample)
    began = time.perf_counter()
    try:
        parsed = loop.run(poll(body, workers, Content_Type=kind))
    except (ParseError, WorkerError) as exc:
        parsed = ParsedFeed(entries=(), problems=(str(exc),))
    assert time.perf_counter() - began <= sample["limits"]["s"]
    assert is_sound(parsed)
    assert all(entry.url is None or entry.url.startswith(("http://", "https://")) for entry in parsed.entries)
    assert len(parsed.entries) <= 2_000
    match sample["class"]:
        case "bodyispath" | "xmlbomb":
            assert not parsed.entries
            assert parsed.problems
        case "charset":
            assert [entry.title for entry in parsed.entries] == ["MINUSMA"]
        case "date" | "link":
            assert len(parsed.entries) == 1
        case _:
            pass


@pytest.mark.parametrize("sample", samples("ssrf"))
def test_a_url_that_leads_inside_is_refused(sample: dict[str, Any]) -> None:
    url = json.loads((HOSTILE / sample["file"]).read_text())["url"]
    with pytest.raises(BlockedAddressError):
        check_url(url, False)


@pytest.mark.parametrize("sample", samples("ssrfok"))
def test_a_url_of_the_public_web_is_not(sample: dict[str, Any]) -> None:
    url = json.loads((HOSTILE / sample["file"]).read_text())["url"]
    assert str(check_url(url, False)) == url


@pytest.mark.parametrize("sample", samples("decompress"))
def test_a_bomb_is_stopped_at_the_cap(sample: dict[str, Any], workers: Workers, loop: asyncio.Runner) -> None:
    body = (HOSTILE / sample["file"]).read_bytes()
    headers = {name.replace("-", "_"): value for name, value in sample["params"]["headers"].items()}
    before, began = peak_mib(), time.perf_counter()
    with pytest.raises(FetchError) as failed:
        loop.run(poll(body, workers, **headers))
    assert time.perf_counter() - began <= sample["limits"]["s"]
    assert peak_mib() - before <= sample["limits"]["mib"]
    assert failed.value.reason


@pytest.mark.parametrize("sample", samples("pagecpu"))
def test_a_hostile_page_is_read_or_named_in_time(
    sample: dict[str, Any], workers: Workers, loop: asyncio.Runner
) -> None:
    body = (HOSTILE / sample["file"]).read_bytes()

    async def read() -> str:
        async with serving({"/": answer(body, Content_Type="text/html")}) as server, Client() as client:
            found = await read_page(server.url(), client=client, workers=workers, allow_private=True)
            assert isinstance(found, ReadPage)
            return found.page.text

    began = time.perf_counter()
    try:
        text = loop.run(read())
    except MonitorError as exc:
        text = str(exc)
    assert text
    assert "\0" not in text
    assert time.perf_counter() - began <= sample["limits"]["s"]


ARTICLE = "".join(f"<p>{at}. The mission was asked to leave without delay, the minister said.</p>" for at in range(9))
PAGE_S = 10.0  # for both readers of a page
PAGE_MIB = 768


def flooded(unit: str, size: int, head: str = "") -> bytes:
    """Return a page with an article and a flood of one thing behind it."""
    flood = unit * (size // len(unit))
    return f"<html><head><title>t</title>{head}</head><body><article>{ARTICLE}{flood}</article></body></html>".encode()


def in_head(before: str, unit: str, count: int, after: str) -> bytes:
    return flooded(" ", 1, head=before + unit * count + after)


LD = '<script type="application/ld+json">'
FLOODS = {
    "200,000 paragraphs": flooded("<p>A sentence of a few words.</p>", 5_000_000),
    "unclosed paragraphs": flooded("<p>x", 116_000),
    "100,000 links": flooded('<a href="/x">somewhere</a> ', 2_700_000),
    "links": flooded('<a href="/x">somewhere</a> ', 390_000),
    "rows": flooded("<tr><td>x</td></tr>", 135_000),
    "nested tables": flooded("<table><tr><td>x", 150_000),
    "deep": flooded("<div><span>", 150_000),
    "misnested": flooded("<b><p></b></p>", 100_000),
    "hidden words": flooded('<i style="display:none">x</i>y ', 430_000),
    "breaks between sentences": flooded("A sentence of a few words that say nothing.<br>", 1_300_000),
    "times": flooded('<time datetime="2023-99-99">a</time>', 500_000),
    "dates": flooded("12/03/2019 2019-03-12 March 12, 2019 ", 2_000_000),
    "half comments": flooded("<!-", 80_000),
    "one word": flooded("a", 5_000_000),
    "entities": flooded("&#60;", 5_000_000),
    "attributes": in_head("<meta ", " ".join(f"a{at}=1" for at in range(100_000)), 1, ">"),
    "3 MB of JSON-LD": in_head(LD + '{"@type":"NewsArticle","articleBody":"', "word ", 600_000, '"}</script>'),
    "JSON-LD that never ends": in_head(LD, '{"author":"name":"a b', 100_000, ""),
    "authors": in_head("", '<meta name="author" content="Ada Lovelace, Bob Bobson">', 25_000, ""),
    "one author": in_head('<meta name="author" content="', "by and, ", 500_000, '">'),
    "one title": in_head('<meta property="og:title" content="', "a - ", 1_000_000, '">'),
    "one address": in_head('<link rel="canonical" href="http://e.test/', "a/", 1_000_000, '">'),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flooded_page_still_gives_its_article_in_time(flood: str, workers: Workers, loop: asyncio.Runner) -> None:
    began = time.perf_counter()
    found = loop.run(read_html(FLOODS[flood], "http://e.test/world/story-12345", workers=workers))
    assert time.perf_counter() - began <= PAGE_S
    assert "3. The mission was asked to leave without delay" in found.page.text or "JSON-LD that" in flood
    assert "\0" not in found.page.text
    peak_kib = loop.run(workers.run(resource.getrusage, resource.RUSAGE_SELF, timeout_s=5)).ru_maxrss
    assert peak_kib // 1024 <= PAGE_MIB


@pytest.mark.parametrize("reader", [extract_page, extract_degraded])
@pytest.mark.parametrize("sample", samples("deception"))
def test_a_page_that_deceives_shows_what_its_reader_sees(
    sample: dict[str, Any], reader: Callable[[bytes, str | None], Page]
) -> None:
    began = time.perf_counter()
    page = reader((HOSTILE / sample["file"]).read_bytes(), "http://e.test/")
    assert time.perf_counter() - began <= sample["limits"]["s"]
    assert page.canonical is None
    assert "The Malian government asked the MINUSMA mission to leave" in page.text
    if sample["name"] == "hidden-keyword":
        assert "MINUSMA Wagner" not in page.text
    assert not any(secret in page.text for secret in LOCAL_SECRETS)
