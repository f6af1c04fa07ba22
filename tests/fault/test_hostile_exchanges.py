"""The shared hostile exchanges, acted out on loopback: each ends by name, in time, with little memory."""

import asyncio
import contextlib
import json
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pycurl
import pytest
from hostile_samples import HOSTILE, peak_mib, samples
from poll_lab import rss

from monitor.errors import BlockedAddressError, FetchError, ParseError, SourceError
from monitor.model.feed import Feed, FeedMemory, ParsedFeed, Polled
from monitor.sources import exchange, feeds
from monitor.sources.cadence import next_turn
from monitor.sources.feeds import poll_feed
from monitor.sources.http import Client
from monitor.sources.workers import Workers

LATE_S = 2.0  # what another feed may be late by meanwhile; less than any of these hangs


@dataclass
class Stage:
    """The server of a recipe, and a second one that nobody may reach."""

    recipe: dict[str, Any]
    port: int = 0
    port2: int = 0
    paths: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    reached2: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if self.recipe.get("close") == "accept":
                writer.close()
                return
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            path = head.split(" ")[1]
            self.paths.append(path)
            if path == "/good":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(rss("One")), rss("One")))
                await writer.drain()
            else:
                await self._act(writer, path)
        with contextlib.suppress(ConnectionError):
            writer.close()

    async def _act(self, writer: asyncio.StreamWriter, path: str) -> None:
        recipe = self.recipe
        if "close" in recipe:
            return
        body = rss("One") if recipe.get("body") == "rss" else str(recipe.get("body", "")).encode()
        headers = {name.lower(): value for name, value in recipe.get("headers", {}).items()}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if "location" in recipe:
            number = int(path.rpartition("/")[2] or 0) if path.rpartition("/")[2].isdigit() else 0
            location = recipe["location"].replace("n+1", str(number + 1)).replace("{PORT2}", str(self.port2))
            lines.append(f"Location: {location}")
        if "raw_headers" in recipe:
            lines += recipe["raw_headers"].strip("\r\n").split("\r\n")
        elif "content-length" not in headers and "body_bytes_per_s" not in recipe:
            lines.append(f"Content-Length: {len(body)}")
        text = f"HTTP/1.1 {recipe.get('status', 200)} Whatever\r\n" + "\r\n".join(lines)
        writer.write(text.replace("{PORT2}", str(self.port2)).encode("latin-1"))
        for n in range(recipe.get("header_gen", 0)):
            writer.write(f"\r\nX-{n}: {'a' * 100}".encode())
            if n % 100 == 0:
                await writer.drain()
        writer.write(b"\r\n\r\n" + body)
        await writer.drain()
        while recipe.get("body_bytes_per_s"):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(1 / recipe["body_bytes_per_s"])

    async def answer2(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached2 += 1
        writer.close()


@contextlib.asynccontextmanager
async def staging(recipe: dict[str, Any], tls: ssl.SSLContext | None) -> AsyncIterator[Stage]:
    stage = Stage(recipe)
    first = await asyncio.start_server(stage.answer, "127.0.0.1", 0, ssl=tls)
    second = await asyncio.start_server(stage.answer2, "127.0.0.1", 0)
    stage.port = first.sockets[0].getsockname()[1]
    stage.port2 = second.sockets[0].getsockname()[1]
    try:
        yield stage
    finally:
        for server in (first, second):
            server.close()
        for writer in stage.writers:
            writer.transport.abort()
        await asyncio.sleep(0.05)  # for the transports to end


class Names:
    """Answers as the recipe says: address after address, very many, or very late."""

    def __init__(self, recipe: dict[str, Any]) -> None:
        self._recipe = recipe
        self.asked = 0

    async def resolve(self, _: str) -> list[str]:
        self.asked += 1
        await asyncio.sleep(self._recipe.get("resolver_delay_s", 0))
        if "resolver" in self._recipe:
            return [self._recipe["resolver"][min(self.asked, len(self._recipe["resolver"])) - 1]]
        count = self._recipe.get("resolver_count", 1)
        return [f"127.0.{n // 256}.{n % 256}" for n in range(1, count + 1)]

    async def close(self) -> None:
        """Nothing is kept open."""


def expired(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS with a certificate that ended yesterday, signed by nobody that anybody trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, request, certificate = folder / "key.pem", folder / "request.pem", folder / "certificate.pem"
    asked = [openssl, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request]
    signed = [openssl, "x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", certificate]
    for words in (asked, signed):
        subprocess.run(words, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def play(
    recipe: dict[str, Any], folder: Path, workers: Workers
) -> tuple[Polled | SourceError, Stage, float, float]:
    """Poll what the recipe serves beside a good feed; return the outcome, the stage, how long the good one took and it.

    A recipe that names addresses of the public web is given a socket door that connects to none of them.
    """
    is_named = any(key.startswith("resolver") for key in recipe)
    async with (
        staging(recipe, expired(folder) if "tls" in recipe else None) as stage,
        Client(gap_s=0, resolver=Names(recipe)) as client,
        Client(gap_s=0) as other,
    ):
        user = f"{recipe['auth']}@" if "auth" in recipe else ""
        scheme = "https" if "tls" in recipe else "http"
        host = "feed.test" if is_named else "127.0.0.1"
        url = f"{scheme}://{user}{host}:{stage.port}/0"
        feed = Feed(name="hostile", url=url, allow_private="resolver" not in recipe)
        if "resolver" in recipe:
            feed = Feed(name="hostile", url="http://feed.test/0")
        begun = time.perf_counter()
        attempt = asyncio.create_task(poll_feed(feed, FeedMemory(), client=client, workers=workers))
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        if "tls" not in recipe and recipe.get("close") != "accept":
            good = Feed(name="good", url=f"http://127.0.0.1:{stage.port}/good", allow_private=True)
            await poll_feed(good, FeedMemory(), client=other, workers=workers)
        took_s = time.perf_counter() - began
        try:
            outcome: Polled | SourceError = await attempt
        except SourceError as exc:
            outcome = exc
        return outcome, stage, took_s, time.perf_counter() - begun


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no packet leave: what lies outside refuses."""
    real = exchange.open_socket

    def open_socket(family: int, kind: int, protocol: int, address: str) -> int:
        return real(family, kind, protocol, address) if address.startswith("127.") else pycurl.SOCKET_BAD

    monkeypatch.setattr(exchange, "open_socket", open_socket)
    monkeypatch.setattr(feeds, "FETCH_DEADLINE_S", 3.0)  # instead of 20: what hangs hangs for longer than either


@pytest.mark.parametrize("sample", samples("exchange"))
def test_an_exchange_ends_by_name_in_time_and_delays_nobody(
    sample: dict[str, Any], tmp_path: Path, loop: asyncio.Runner, workers: Workers
) -> None:
    recipe = json.loads((HOSTILE / sample["file"]).read_text())
    before = peak_mib()
    outcome, stage, other_took_s, took_s = loop.run(play(recipe, tmp_path, workers))
    assert took_s <= sample["limits"]["s"]
    assert peak_mib() - before <= 32
    assert other_took_s < LATE_S
    assert stage.reached2 == 0
    assert len(stage.paths) <= 7
    name = sample["name"]
    if "cache-max-age" in name:
        assert isinstance(outcome, ParsedFeed)
        assert outcome.visit.fresh_for_s == 86_400
    elif "websub" in name:
        assert isinstance(outcome, ParsedFeed)
    elif "many-a" in name:
        assert isinstance(outcome, (FetchError, ParseError))  # the first address answers with an empty body
    elif "content-length-short" in name:  # what is there is served whole by its own account
        assert isinstance(outcome, (FetchError, ParseError))
    else:
        assert isinstance(outcome, FetchError)
        assert outcome.reason
    if isinstance(outcome, FetchError):
        _check(name, recipe, outcome, stage)


def _check(name: str, recipe: dict[str, Any], outcome: FetchError, stage: Stage) -> None:
    if "redirect-metadata" in name or "redirect-hex" in name or "redirect-file" in name:
        assert isinstance(outcome, BlockedAddressError)
    if "rebind" in name:  # the public address that was looked up is the one that was dialled
        assert "could not connect" in outcome.reason
    if "retry" in name or "429" in name:
        assert outcome.retry_after_s is None or 0 <= outcome.retry_after_s <= 86_400
    if "auth" in recipe:
        assert all("authorization" not in head.lower() for head in stage.heads[1:])
    if recipe.get("status") in (429, 503):
        from monitor.model.feed_state import FeedState
        from monitor.pipeline.health import after_failure

        now = datetime.now(UTC)
        feed = Feed(name="hostile", url="http://feed.test/")
        state = after_failure(feed, FeedState(name="hostile", next_at=now), outcome, began=now, now=now).state
        assert now < next_turn(feed, state, now=now).at <= now + timedelta(days=1)
