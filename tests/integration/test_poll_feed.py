"""A poll over a real socket and through a real worker."""

import asyncio
import base64
from dataclasses import replace

import pytest
from servers import Answer, Server, answer, serving

from monitor.errors import FetchError, ParseError
from monitor.model.feed import Feed, FeedMemory, NotModified, ParsedFeed, Polled, Rung, Validators
from monitor.sources import feeds
from monitor.sources.feeds import poll_feed
from monitor.sources.http import Client
from monitor.sources.workers import Workers

RSS = b'<rss version="2.0"><channel><item><title>Mali</title><link>/1</link><guid>1</guid></item></channel></rss>'
KIND = {"Content_Type": "application/rss+xml"}


def poll(given: Answer, *validators: Validators, userinfo: str = "") -> tuple[list[Polled], Server]:
    """Poll one feed once for each of the validators, or for none."""

    async def run() -> tuple[list[Polled], Server]:
        workers = Workers(1)
        try:
            async with serving({"/feed": given}) as server, Client(gap_s=0) as client:
                url = server.url("/feed").replace("://", f"://{userinfo}")
                feed = Feed(name="wire", url=url, allow_private=True)
                polled = [
                    await poll_feed(feed, FeedMemory(validators=known), client=client, workers=workers)
                    for known in validators or (Validators(),)
                ]
                return polled, server
        finally:
            await workers.close()

    return asyncio.run(run())


def test_a_poll_brings_entries_and_the_validators_they_came_with() -> None:
    (polled,), server = poll(answer(RSS, ETag='W/"1"', Last_Modified="Fri, 16 Jun 2023 10:00:00 GMT", **KIND))
    assert isinstance(polled, ParsedFeed)
    assert [(entry.title, entry.url) for entry in polled.entries] == [("Mali", server.url("/1"))]
    assert (polled.validators.etag, polled.validators.last_modified) == ('W/"1"', "Fri, 16 Jun 2023 10:00:00 GMT")
    assert "if-none-match" not in server.requests[0].headers


def test_validators_go_back_byte_for_byte_and_304_keeps_them() -> None:
    known = Validators(etag='W/"odd  one"', last_modified="Friday", body_hash="00")
    (polled,), server = poll(answer(status=304), known)
    assert isinstance(polled, NotModified)
    assert polled.validators == replace(known, url=server.url("/feed"))
    headers = server.requests[0].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('W/"odd  one"', "Friday")


def test_the_same_bytes_again_are_no_change() -> None:
    (first,), _ = poll(answer(RSS))
    (second,), _ = poll(answer(RSS, ETag='"new"'), Validators(body_hash=first.validators.body_hash))
    assert isinstance(second, NotModified)
    assert second.rung is Rung.SAME_BODY
    assert second.validators.etag == '"new"'


def test_a_password_goes_into_a_header_only() -> None:
    _, server = poll(answer(RSS), userinfo="reader:s%20x@")
    (request,) = server.requests
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"reader:s x").decode()
    with pytest.raises(FetchError) as failed:
        poll(answer(status=401), userinfo="reader:secret@")
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(status=503), "answered 503"),
        (answer(status=304), "answered 304"),
        (answer(RSS, length=10 * 1024 * 1024 + 1), "larger than 10 MiB"),
    ],
)
def test_a_feed_that_cannot_be_had_is_named(given: bytes, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        poll(given)


def test_a_feed_that_cannot_be_read_is_named_with_its_url() -> None:
    with pytest.raises(ParseError, match=r"http://127\.0\.0\.1:\d+/feed: is a web page, not a feed"):
        poll(answer(b"<!DOCTYPE html><html></html>"))


def test_a_private_feed_is_not_reached_unless_it_says_so() -> None:
    async def run() -> int:
        workers = Workers(1)
        async with serving({"/feed": answer(RSS)}) as server, Client() as client:
            feed = Feed(name="wire", url="http://127.0.0.1/feed")
            with pytest.raises(FetchError, match="private"):
                await poll_feed(feed, FeedMemory(), client=client, workers=workers)
            return server.connections

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize(
    ("url", "own", "may"),
    [
        ("https://e.test/2", "https://u:p@e.test/1", True), ("https://e.test:443/2", "https://u:p@e.test/1", True),
        ("https://e.test/2", "http://u:p@e.test/1", True), ("http://e.test/2", "https://u:p@e.test/1", False),
        ("https://f.test/2", "https://u:p@e.test/1", False), ("https://e.test:8443/2", "https://u:p@e.test/1", False),
        ("http://[]@/", "https://u:p@e.test/1", False), ("mailto:a@e.test", "https://u:p@e.test/1", False),
        ("http://e.test:99999/", "http://u:p@e.test/1", False),
    ],
)  # fmt: skip
def test_a_password_goes_to_its_own_host_and_never_from_https_to_http(url: str, own: str, may: bool) -> None:
    assert feeds._is_as_safe(url, own) == may
