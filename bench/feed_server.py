"""The feed server: every address of 127.0.0.0/8 is a host of its own with one feed, on one port, in its own process.

In:  orders on stdin, one JSON object a line; HTTP/1.1 GET on a plain and, with a certificate, a TLS port.
Out: feeds that change when told to; how often it answered what, and when which host was asked.
Not here: what stands in the feeds (feed_bodies.py), who asks (ours.py, peer_reader.py).

Like most servers it compresses, keeps connections open, and closes those that were idle for a while: none lasts from
one round of polls to the next, as none does in real polling. It listens on the loopback device only.
"""

import argparse
import asyncio
import gzip
import json
import resource
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address
from typing import Any, Final, cast

import uvloop

from bench.feed_bodies import feed_body, small_body

FIRST_ADDRESS: Final = int(IPv4Address("127.16.0.1"))
IDLE_S: Final = 0.4  # then a kept connection is closed
HANG_S: Final = 30.0
_BACKLOG: Final = 4_096
_EPOCH: Final = datetime(2026, 11, 1, tzinfo=UTC)
_MAX_HEAD_BYTES: Final = 65_536
_WORDS: Final = {200: "OK", 304: "Not Modified", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class _Page:
    plain: bytes
    packed: bytes
    etag: str
    modified: str


class Hosts:
    """What each host serves, and what it was asked."""

    def __init__(self) -> None:
        self._pages: dict[int, _Page] = {}
        self._makes: Callable[[int], _Page] = _small_page
        self._has_validators = True
        self._hangs_every = 0
        self._tally: Counter[str] = Counter()
        self._arrivals: list[tuple[int, float]] = []
        self._is_listening = False

    def serve(self, *, feeds: int, version: int, validators: bool) -> None:
        """Let hosts 0 .. feeds-1 serve a version, made beforehand so that nobody's poll waits for it."""
        self._pages = {feed: _page(feed_body(feed, version), feed, version) for feed in range(feeds)}
        self._has_validators = validators

    def serve_small(self) -> None:
        """Let every host serve a feed of one entry that never changes."""
        self._pages, self._makes, self._has_validators = {}, _small_page, True

    def hang(self, *, every: int) -> None:
        """Let every so many-th host accept and not answer; 0 lets all answer."""
        self._hangs_every = every

    def listen(self) -> None:
        """Note from now on when which host is asked."""
        self._arrivals, self._is_listening = [], True

    def arrivals(self) -> list[tuple[int, float]]:
        """Return (feed, Unix time) of every request since `listen`."""
        return self._arrivals

    def tally(self) -> dict[str, int]:
        """Return how often what was answered since the last call."""
        counted, self._tally = dict(self._tally), Counter()
        return counted

    def is_hanging(self, feed: int) -> bool:
        """Whether this host does not answer now."""
        return bool(self._hangs_every) and feed % self._hangs_every == self._hangs_every // 2

    def answer(self, feed: int, asked: Mapping[str, str]) -> bytes:
        """Return the whole answer to one request."""
        page = self._pages.get(feed)
        if page is None:
            page = self._pages[feed] = self._makes(feed)
        head = {"Date": _now(), "Content-Type": "application/rss+xml; charset=utf-8", "Vary": "Accept-Encoding"}
        if self._has_validators:
            head |= {"ETag": page.etag, "Last-Modified": page.modified}
            if asked.get("if-none-match", "") == page.etag:
                return self._written(304, head, b"")
        if "gzip" in asked.get("accept-encoding", ""):
            return self._written(200, {**head, "Content-Encoding": "gzip"}, page.packed)
        return self._written(200, head, page.plain)

    def note(self, feed: int) -> None:
        """Note a request."""
        self._tally["requests"] += 1
        if self._is_listening:
            self._arrivals.append((feed, time.time()))

    def note_connection(self) -> None:
        """Note a connection."""
        self._tally["connections"] += 1

    def _written(self, status: int, head: Mapping[str, str], body: bytes) -> bytes:
        self._tally[str(status)] += 1
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        length = f"Content-Length: {len(body)}\r\n" if status != 304 else ""
        return f"HTTP/1.1 {status} {_WORDS[status]}\r\n{lines}{length}\r\n".encode() + body


class _Connection(asyncio.Protocol):
    """One connection to one host."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._held = b""
        self._feed = -1
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire = cast("asyncio.Transport", transport)  # uvloop's own are not derived from it
        address, peer = transport.get_extra_info("sockname")[0], transport.get_extra_info("peername")[0]
        if not IPv4Address(peer).is_loopback:
            wire.abort()
            return
        self._transport = wire
        self._feed = int(IPv4Address(address)) - FIRST_ADDRESS
        self._hosts.note_connection()
        self._close_in(IDLE_S * 10)

    def data_received(self, data: bytes) -> None:
        self._held += data
        while b"\r\n\r\n" in self._held:
            head, _, self._held = self._held.partition(b"\r\n\r\n")
            self._asked(head)
        if len(self._held) > _MAX_HEAD_BYTES and self._transport:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def _asked(self, head: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")[1:]
        asked = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._hosts.note(self._feed)
        if self._hosts.is_hanging(self._feed):
            self._close_in(HANG_S)
        elif self._transport:
            self._transport.write(self._hosts.answer(self._feed, asked))
            self._close_in(IDLE_S)

    def _close_in(self, delay_s: float) -> None:
        if self._timer:
            self._timer.cancel()
        if self._transport:
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._transport.close)


def address_of(feed: int) -> str:
    """Return the address that a feed stands at."""
    return str(IPv4Address(FIRST_ADDRESS + feed))


def _page(body: bytes, feed: int, version: int) -> _Page:
    modified = format_datetime(_EPOCH + timedelta(minutes=37 * version), usegmt=True)
    packed = gzip.compress(body, compresslevel=5, mtime=0)
    return _Page(plain=body, packed=packed, etag=f'"{feed:x}-{version:x}"', modified=modified)


def _small_page(feed: int) -> _Page:
    return _page(small_body(feed), feed, 0)


def _now() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)


def _loopback_socket() -> socket.socket:
    """Return a listening socket for all of 127.0.0.0/8 and nothing else."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # All addresses of one device; a kernel that refuses leaves it to connection_made, which hangs up on strangers.
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    except OSError as exc:
        sys.stderr.write(f"cannot bind to the loopback device alone: {exc}\n")
    listening.bind(("0.0.0.0", 0))  # noqa: S104 (bound to the loopback device)
    listening.listen(_BACKLOG)
    listening.setblocking(False)
    return listening


def _obey(hosts: Hosts, order: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in order.items() if name != "op"}
    match order["op"]:
        case "serve":
            hosts.serve(**fields)
        case "serve_small":
            hosts.serve_small()
        case "hang":
            hosts.hang(**fields)
        case "listen":
            hosts.listen()
        case "arrivals":
            return {"arrivals": hosts.arrivals()}
        case "tally":
            return hosts.tally()
        case unknown:
            return {"failed": f"unknown order {unknown!r}"}
    return {}


async def _run(chain: str | None, key: str | None) -> None:
    loop, hosts = asyncio.get_running_loop(), Hosts()
    ports = {}
    doors: dict[str, ssl.SSLContext | None] = {"http": None}
    if chain and key:
        doors["https"] = secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secure.load_cert_chain(chain, key)
    for scheme, context in doors.items():
        listening = _loopback_socket()
        server = await loop.create_server(lambda: _Connection(hosts), sock=listening, ssl=context, backlog=_BACKLOG)
        ports[scheme] = server.sockets[0].getsockname()[1]
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        answer = {"ports": ports} if order["op"] == "ports" else _obey(hosts, order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Serve until stdin ends."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--chain")
    options.add_argument("--key")
    given = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(given.chain, given.key))


if __name__ == "__main__":
    main()
