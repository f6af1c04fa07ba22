"""The shared hostile material, played through the poller's own functions within the limits its manifest sets."""

import asyncio
import json
import time
from typing import Any

import pytest
from hostile_samples import HOSTILE, peak_mib, samples
from servers import answer, serving

from monitor.errors import BlockedAddressError, FetchError, MonitorError, ParseError, WorkerError
from monitor.model.feed import Feed, FeedMemory, ParsedFeed
from monitor.sources.extract import extract_page
from monitor.sources.feeds import poll_feed
from monitor.sources.guard import check_url
from monitor.sources.http import Client
from monitor.sources.pages import read_page
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
            page = await read_page(server.url(), client=client, workers=workers, allow_private=True)
            return page.text

    began = time.perf_counter()
    try:
        text = loop.run(read())
    except MonitorError as exc:
        text = str(exc)
    assert text
    assert "\0" not in text
    assert time.perf_counter() - began <= sample["limits"]["s"]


@pytest.mark.parametrize("sample", samples("deception"))
def test_a_page_that_deceives_shows_what_its_reader_sees(sample: dict[str, Any]) -> None:
    began = time.perf_counter()
    page = extract_page((HOSTILE / sample["file"]).read_bytes(), "http://e.test/")
    assert time.perf_counter() - began <= sample["limits"]["s"]
    assert "The Malian government asked the MINUSMA mission to leave" in page.text
    if sample["name"] == "hidden-keyword":
        assert "MINUSMA Wagner" not in page.text
    assert not any(secret in page.text for secret in LOCAL_SECRETS)
