"""The client against real sockets: every way an answer can go wrong has a name."""

import asyncio
import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pycurl
import pytest
import uvloop
from servers import Answer, Request, Server, answer, serving
from sites import Reply, site
from sites import Request as Asked
from yarl import URL

from monitor.errors import BlockedAddressError, FetchError
from monitor.model.feed import Validators
from monitor.sources import exchange, http
from monitor.sources.exchange import MAX_KEPT
from monitor.sources.guard import check_url
from monitor.sources.http import Client, Response
from monitor.sources.resolver import MAX_ADDRESSES, Resolver
from monitor.text.urls import host_key


class Names:
    """Resolves every name to the addresses given."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(self, host: str) -> list[str]:
        return self.addresses

    async def close(self) -> None:
        """Nothing to close."""


def fetch(
    answers: dict[str, Answer],
    target: str = "/",
    *,
    headers: dict[str, str] | None = None,
    conditions: Validators | None = None,
    max_bytes: int = 1024 * 1024,
    deadline_s: float = 5,
) -> tuple[Response, Server]:
    async def run() -> tuple[Response, Server]:
        async with serving(answers) as server, Client(contact="desk@example.org", gap_s=0) as client:
            found = await client.get(
                server.url(target),
                headers=headers,
                conditions=conditions,
                max_bytes=max_bytes,
                deadline_s=deadline_s,
                allow_private=True,
            )
            return found, server

    return asyncio.run(run())


def failure(answers: dict[str, Answer], target: str = "/", **options: object) -> FetchError:
    with pytest.raises(FetchError) as failed:
        fetch(answers, target, **options)  # type: ignore[arg-type]
    return failed.value


def test_an_answer_is_had() -> None:
    found, server = fetch({"/": answer(b"body", ETag='"1"')}, headers={"X-Asked": "yes"})
    assert (found.status, found.body, found.headers["etag"]) == (200, b"body", '"1"')
    (request,) = server.requests
    assert request.headers["user-agent"] == "news-monitor/0.1.0 (+desk@example.org)"
    assert request.headers["x-asked"] == "yes"
    assert "cookie" not in request.headers


@pytest.mark.parametrize("status", [300, 305, 306, 400, 401, 403, 404, 410, 429, 500, 501, 503, 520, 999])
def test_a_status_is_told(status: int) -> None:
    failed = failure({"/": answer(status=status)})
    assert (failed.reason, failed.status) == (f"answered {status}", status)
    assert failed.transient == (status == 429 or status >= 500)
    assert failed.host.startswith("127.0.0.1:")


@pytest.mark.parametrize("status", [201, 202, 204, 205, 206, 207])
def test_a_success_that_brings_no_body_is_none(status: int) -> None:
    failed = failure({"/": answer(b"" if status == 204 else b"x", status=status)})
    assert failed.reason.startswith(f"answered {status}")
    assert failed.status == status


def test_203_is_an_answer() -> None:
    assert fetch({"/": answer(b"x", status=203)})[0].status == 203


def test_304_is_an_answer_only_to_a_condition() -> None:
    given: dict[str, Answer] = {"/": answer(status=304, ETag='"1"')}
    for conditions in (Validators(etag='"1"'), Validators(last_modified="Sun, 22 Nov 2026 07:00:00 GMT")):
        found, _ = fetch(given, conditions=conditions)
        assert (found.status, found.body, found.headers["ETag"]) == (304, b"", '"1"')
    for none in (None, Validators(), Validators(etag='"1"', url="http://e.test/")):
        failed = failure(given, conditions=none)
        assert "304" in failed.reason
        assert failed.transient
    assert "304" in failure(given, headers={"If-None-Match": '"1"'}).reason  # that would go to every hop


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        (b'W/"a b"', b"Sun, 22 Nov 2026 07:00:00 GMT"), (b"unquoted", None), (None, b"yesterday at noon"),
        ('"é"'.encode(), None), (b'"\xe9\xff\x80"', None), (b'""', b"Sunday, 22-Nov-26 07:00:00 GMT"),
    ],
)  # fmt: skip
def test_conditions_go_out_byte_for_byte_as_they_came_in(etag: bytes | None, last_modified: bytes | None) -> None:
    lines = [
        b"%s: %s\r\n" % (name, value) for name, value in ((b"ETag", etag), (b"Last-Modified", last_modified)) if value
    ]
    found, _ = fetch({"/": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n%s\r\nx" % b"".join(lines)})
    told = Validators(etag=found.headers.get("ETag"), last_modified=found.headers.get("Last-Modified"))
    _, server = fetch({"/": answer(b"x")}, conditions=told)
    (request,) = server.requests
    sent = [request.headers.get(name) for name in ("if-none-match", "if-modified-since")]
    assert [value and value.encode("latin-1") for value in sent] == [etag, last_modified]


def conditional(server: Server) -> list[str]:
    return [request.target for request in server.requests if "if-none-match" in request.headers]


def test_conditions_go_to_the_url_that_gave_them_and_to_no_other() -> None:
    async def run(named: str | None, start: str) -> list[str]:
        hops: dict[str, Answer] = {"/a": answer(status=302, Location="/b"), "/b": answer(status=301, Location="/c")}
        async with serving(hops | {"/c": answer(b"x")}) as server, Client(gap_s=0) as client:
            conditions = Validators(etag='"1"', url=server.url(named) if named else None)
            options = {"max_bytes": 9, "deadline_s": 5, "allow_private": True}
            await client.get(server.url(start), conditions=conditions, **options)  # type: ignore[arg-type]
            return conditional(server)

    assert asyncio.run(run("/c", "/a")) == ["/c"]
    assert asyncio.run(run("/b", "/a")) == ["/b"]
    assert asyncio.run(run("/d", "/a")) == []
    assert asyncio.run(run(None, "/a")) == ["/a"]
    assert asyncio.run(run(None, "/c")) == ["/c"]


def test_a_304_after_a_redirect_is_an_answer_only_where_the_condition_went() -> None:
    async def run(named: str) -> Response:
        hops: dict[str, Answer] = {"/a": answer(status=302, Location="/b"), "/b": answer(status=304)}
        async with serving(hops) as server, Client(gap_s=0) as client:
            conditions = Validators(etag='"1"', url=server.url(named))
            return await client.get(
                server.url("/a"), conditions=conditions, max_bytes=9, deadline_s=5, allow_private=True
            )

    assert asyncio.run(run("/b")).status == 304
    with pytest.raises(FetchError, match="304 though no earlier answer"):
        asyncio.run(run("/a"))


def test_the_changes_of_a_feed_are_an_answer_only_where_they_were_asked_for() -> None:
    asked, known = {"A-IM": "feed"}, Validators(etag='"1"')
    found, _ = fetch({"/": answer(b"x", status=226, IM="feed")}, headers=asked, conditions=known)
    assert (found.status, found.body) == (226, b"x")
    for given, headers in [({"IM": "feed"}, {}), ({}, asked), ({"IM": "feed, gzip"}, asked), ({"IM": "vcdiff"}, asked)]:
        assert "226" in failure({"/": answer(b"x", status=226, **given)}, headers=headers, conditions=known).reason
    for unknown in (None, Validators(last_modified="Sun, 22 Nov 2026 07:00:00 GMT")):
        changes: dict[str, Answer] = {"/": answer(b"x", status=226, IM="feed")}
        assert "226" in failure(changes, headers=asked, conditions=unknown).reason


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ([], None), ([301], "/1"), ([308, 301], "/2"), ([302], None), ([302, 301], None), ([301, 302], "/1"),
        ([301, 307, 301], "/1"), ([303], None), ([308, 308, 308, 308, 308], "/5"),
    ],
)  # fmt: skip
def test_only_a_leading_run_of_permanent_redirects_moves_a_feed(statuses: list[int], permanent: str | None) -> None:
    hops: dict[str, Answer] = {
        f"/{n}": answer(status=status, Location=f"/{n + 1}") for n, status in enumerate(statuses)
    }
    found, server = fetch(hops | {f"/{len(statuses)}": answer(b"x")}, "/0")
    assert found.permanent_url == (server.url(permanent) if permanent else None)
    assert found.url == server.url(f"/{len(statuses)}")
    assert found.host == host_key(found.url) == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, "120", 120), (503, "120", 120), (500, "120", 120), (520, "120", 120), (429, "999999999999", 86_400),
        (503, "Wed, 01 Jan 2199 00:00:00 GMT", 86_400), (503, "Fri, 16 Jun 2023 10:01:00 GMT", 60),
    ],
)  # fmt: skip
def test_a_host_that_asks_to_be_left_alone_is(status: int, retry_after: str, seconds: float) -> None:
    """All of it, whichever URL was asked, those that wait already, and without as much as a connection."""

    async def run() -> None:
        busy = answer(status=status, Retry_After=retry_after, Date="Fri, 16 Jun 2023 10:00:00 GMT")
        async with serving({"/": busy, "/other": answer(b"x")}) as server, Client(gap_s=0.05) as client:

            async def ask(target: str) -> FetchError:
                with pytest.raises(FetchError) as failed:
                    await client.get(server.url(target), max_bytes=9, deadline_s=5, allow_private=True, is_urgent=True)
                return failed.value

            first, *others = await asyncio.gather(ask("/"), ask("/other"), ask("/"))
            others.append(await ask("/other"))
            assert (first.status, first.retry_after_s, first.host) == (status, seconds, f"127.0.0.1:{server.port}")
            for other in others:
                assert other.reason == f"its host asked to be left alone for another {seconds:,.0f} s"
                assert other.retry_after_s == pytest.approx(seconds, abs=1)
                assert (other.status, other.transient, other.host) == (None, True, first.host)
            assert (len(server.requests), server.connections) == (1, 1)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "retry_after"), [(429, "-5"), (503, "soon"), (429, ""), (404, "120"), (429, "0"), (301, "120")]
)
def test_a_host_that_does_not_say_so_usably_is_not_held(status: int, retry_after: str) -> None:
    async def run() -> bytes:
        given = {"/": answer(status=status, Retry_After=retry_after), "/other": answer(b"x")}
        async with serving(given) as server, Client(gap_s=0) as client:
            with pytest.raises(FetchError):
                await client.get(server.url(), max_bytes=9, deadline_s=5, allow_private=True)
            return (await client.get(server.url("/other"), max_bytes=9, deadline_s=5, allow_private=True)).body

    assert asyncio.run(run()) == b"x"


def test_a_hold_from_before_a_restart_can_be_laid_on() -> None:
    async def run() -> int:
        async with serving({"/": answer(b"x")}) as server, Client() as client:
            client.hold(host_key(server.url()), 3_540)
            with pytest.raises(FetchError, match="left alone for another 3,540 s"):
                await client.get(server.url(), max_bytes=9, deadline_s=5, allow_private=True)
            return server.connections

    assert asyncio.run(run()) == 0


def test_redirects_are_followed_five_times() -> None:
    hops: dict[str, Answer] = {f"/{n}": answer(status=302, Location=f"/{n + 1}") for n in range(20)}
    hops["/20"] = answer(b"there")
    found, _ = fetch(hops, "/15")
    assert (found.body, found.url.rpartition("/")[2]) == (b"there", "20")
    assert failure(hops, "/14").reason == "more than 5 redirects"


@pytest.mark.parametrize(
    ("base", "status", "location", "permanent"),
    [
        ("https://e.test/", 301, "https://f.test/", "https://f.test/"),
        ("http://e.test/", 308, "https://e.test/", "https://e.test/"),
        ("https://e.test/", 301, "http://e.test/", None),
        ("https://e.test/", 302, "https://f.test/", None),
    ],
)
def test_no_redirect_out_of_encryption_is_permanent(
    base: str, status: int, location: str, permanent: str | None
) -> None:
    errand = http._Errand(
        headers={}, conditions=None, max_bytes=9, deadline_s=9, left_s=9, allow_private=False, is_urgent=False
    )
    answered = SimpleNamespace(status=status, headers={"Location": location})
    assert str(http._followed(URL(base), answered, errand)) == location  # type: ignore[arg-type]
    assert errand.permanent_url == permanent


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://0x7f000001/", "http://["])
def test_a_redirect_is_checked_like_a_first_url(location: str) -> None:
    assert not failure({"/": answer(status=302, Location=location)}).transient


@pytest.mark.parametrize("location", ["http://[", "//[]@/", "/" * 30_000, "http://e.test:99999/", "\xff\xfe", ""])
def test_an_unreadable_redirect_is_named(location: str) -> None:
    failed = failure({"/": answer(status=302, Location=location)})
    assert (failed.status, failed.host.startswith("127.0.0.1:")) in [(302, True), (None, True), (404, True)]


def test_nothing_is_sent_that_was_not_asked_for() -> None:
    """No cookie that the host set, no Referer after a redirect, nothing added to the URL."""
    hops: dict[str, Answer] = {"/a?b=c": answer(status=302, Location="/d?e", Set_Cookie="id=1"), "/d?e": answer(b"x")}
    _, server = fetch(hops, "/a?b=c", headers={"Accept": "text/xml"})
    assert [request.target for request in server.requests] == ["/a?b=c", "/d?e"]
    for request in server.requests:
        assert set(request.headers) <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert request.headers["accept-encoding"] == "gzip, deflate, br, zstd"


def test_credentials_stay_with_their_host() -> None:
    async def run() -> list[Request]:
        async with serving({"/": answer(b"x")}) as other, serving({}) as first, Client(gap_s=0) as client:
            first.answers["/"] = answer(status=302, Location=other.url())
            await client.get(
                first.url(), headers={"Authorization": "Basic x"}, max_bytes=9, deadline_s=5, allow_private=True
            )
            return first.requests + other.requests

    first, second = asyncio.run(run())
    assert "authorization" in first.headers
    assert "authorization" not in second.headers


def test_no_packet_reaches_a_private_address() -> None:
    """Neither by literal, nor by name, nor by a public name's redirect, nor over a connection kept from before."""

    async def run() -> int:
        async with serving({"/": answer(b"x")}) as server, Client(resolver=Names("127.0.0.1")) as client:
            await client.get(server.url(host="e.test"), max_bytes=9, deadline_s=5, allow_private=True)
            before = server.connections
            for url in ("http://127.0.0.1/", "http://e.test/", "http://e.test:8080/"):
                with pytest.raises(BlockedAddressError):
                    await client.get(url, max_bytes=9, deadline_s=5, allow_private=False)
            return server.connections - before

    assert asyncio.run(run()) == 0


def test_a_name_with_a_private_address_among_others_does_not_lead_there() -> None:
    async def run() -> None:
        async with Client(resolver=Names("127.0.0.1", "10.0.0.1")) as client:
            await client.get("http://e.test/", max_bytes=9, deadline_s=2, allow_private=False)

    with pytest.raises(FetchError):
        asyncio.run(run())


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that sockets are made for. Those outside get none, so no packet leaves."""
    real, addresses = exchange.open_socket, []

    def open_socket(family: int, kind: int, protocol: int, address: str) -> int:
        addresses.append(address)
        return real(family, kind, protocol, address) if address.startswith("127.") else pycurl.SOCKET_BAD

    monkeypatch.setattr(exchange, "open_socket", open_socket)
    return addresses


class Rebinding(Names):
    """Answers with one address first, with the other ever after."""

    asked = 0

    async def resolve(self, host: str) -> list[str]:
        self.asked += 1
        return self.addresses[min(self.asked, 2) - 1 : min(self.asked, 2)]


def test_a_name_that_turns_private_after_it_was_looked_up_leads_nowhere(dialled: list[str]) -> None:
    """It is looked up once for a connection, and the address that is dialled is the one that was judged."""

    async def run() -> None:
        resolver = Rebinding("93.184.216.34", "127.0.0.1")
        async with Client(resolver=resolver, gap_s=0) as client:
            with pytest.raises(FetchError, match="could not connect"):
                await client.get("http://e.test/", max_bytes=9, deadline_s=2, allow_private=False)
            assert resolver.asked == 1
            with pytest.raises(BlockedAddressError, match=r"resolves to 127\.0\.0\.1") as blocked:
                await client.get("http://e.test:8080/", max_bytes=9, deadline_s=2, allow_private=False)
            assert (resolver.asked, blocked.value.host) == (2, "e.test:8080")

    asyncio.run(run())
    assert dialled == ["93.184.216.34"]


def test_of_five_thousand_addresses_a_few_are_dialled(dialled: list[str]) -> None:
    addresses = [f"93.184.{n // 256}.{n % 256}" for n in range(5_000)]

    async def run() -> None:
        async with Client(resolver=Names(*addresses)) as client:
            with pytest.raises(FetchError):
                await client.get("http://e.test/", max_bytes=9, deadline_s=5, allow_private=False)

    asyncio.run(run())
    assert sorted(dialled) == addresses[:MAX_ADDRESSES]


def test_a_resolver_that_hangs_ends_at_the_deadline_and_delays_nobody() -> None:
    class Hanging(Names):
        async def resolve(self, host: str) -> list[str]:
            if host == "slow.test":
                await asyncio.sleep(60)
            return await super().resolve(host)

    async def run() -> None:
        async with serving({"/": answer(b"x")}) as server, Client(resolver=Hanging("127.0.0.1")) as client:

            async def slow(deadline_s: float) -> None:
                await client.get("http://slow.test/", max_bytes=9, deadline_s=deadline_s, allow_private=False)

            hung = asyncio.create_task(slow(60))
            await asyncio.sleep(0)
            await client.get(server.url(host="e.test"), max_bytes=9, deadline_s=20, allow_private=True)
            assert not hung.done()
            hung.cancel()
            with pytest.raises(FetchError, match=r"no answer within 0\.2 s"):
                await slow(0.2)

    asyncio.run(run())


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetch({"/": answer(b"direct")})[0].body == b"direct"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_body_is_decoded_up_to_the_cap(coding: str) -> None:
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b"a" * 3_000_000)
    given: dict[str, Answer] = {"/": answer(packed, Content_Encoding=coding)}
    assert len(fetch(given, max_bytes=3_000_000)[0].body) == 3_000_000
    failed = failure(given, max_bytes=2_097_152)
    assert (failed.reason, failed.transient) == ("larger than 2 MiB", False)
    broken: dict[str, Answer] = {"/": answer(packed[:-20], Content_Encoding=coding)}
    failed = failure(broken, max_bytes=4_000_000)
    assert (failed.reason, failed.transient) == ("answer broke off: its compressed body has no end", True)


def test_codings_in_two_header_lines_are_both_undone() -> None:
    packed = gzip.compress(zlib.compress(b"abc"))
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(packed)}\r\n"
    given = f"{head}Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n\r\n".encode() + packed
    assert fetch({"/": given})[0].body == b"abc"


def test_every_bomb_and_the_truncated_body_are_named(shared: Path) -> None:
    samples = json.loads((shared / "hostile" / "manifest.json").read_text())["samples"]
    for sample in (sample for sample in samples if sample["class"] == "decompress"):
        body = (shared / "hostile" / sample["file"]).read_bytes()
        given = answer(body, Content_Encoding=sample["params"]["headers"]["content-encoding"])
        began = time.process_time()
        failed = failure({"/": given}, max_bytes=10 * 1024 * 1024)
        assert failed.reason in ("larger than 10 MiB", "answer broke off: its compressed body has no end")
        assert failed.transient == ("truncated" in sample["name"])
        assert time.process_time() - began < 2


def test_a_coding_that_was_not_asked_for_is_refused() -> None:
    assert "content coding" in failure({"/": answer(b"x", Content_Encoding="x")}).reason


def test_a_large_body_is_refused_at_its_header() -> None:
    assert failure({"/": answer(b"x", length=99_999_999_999_999)}).reason == "larger than 1 MiB"


async def _drip(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.1)


async def _hang_up(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _break_off(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"rss", length=10))
    writer.close()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (_drip, "no answer within 0.5 s"),
        (_hang_up, "closed the connection without an answer"),
        (_break_off, "answer broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nabcde", "broken HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\n", "broken HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"A" * 1_048_576 + b"\r\n\r\n", "broken HTTP"),
        (b"nonsense\r\n\r\n", "broken HTTP"),
    ],
)
def test_broken_answers_are_named(given: Answer, reason: str) -> None:
    assert reason in failure({"/": given}, deadline_s=0.5).reason


def test_a_closed_port_and_an_unknown_name_are_named() -> None:
    async def run(url: str, resolver: Resolver | None) -> None:
        async with Client(resolver=resolver) as client:
            await client.get(url, max_bytes=9, deadline_s=5, allow_private=True)

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(FetchError, match="could not connect"):
            asyncio.run(run(f"http://127.0.0.1:{unused.getsockname()[1]}/", None))
    with pytest.raises(FetchError, match="host name not found"):
        asyncio.run(run("http://no-such-host.invalid/", None))


def test_a_host_gets_one_request_at_a_time_and_hosts_do_not_wait_for_each_other() -> None:
    running = {"now": 0, "most": 0}

    def slow(gate: asyncio.Event) -> Callable[[Request, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(_: Request, writer: asyncio.StreamWriter) -> None:
            running["now"] += 1
            running["most"] = max(running["most"], running["now"])
            await gate.wait()
            running["now"] -= 1
            writer.write(answer(b"slow"))

        return serve

    async def run() -> None:
        gate = asyncio.Event()
        async with serving({"/": slow(gate)}) as one, serving({"/": answer(b"fast")}) as two, Client(gap_s=0) as client:

            async def ask(url: str) -> bytes:
                return (await client.get(url, max_bytes=99, deadline_s=10, allow_private=True)).body

            slow_ones = [asyncio.create_task(ask(one.url())) for _ in range(5)]
            assert await ask(two.url()) == b"fast"
            gate.set()
            assert await asyncio.gather(*slow_ones) == [b"slow"] * 5

    asyncio.run(run())
    assert running["most"] == 1


def _noting(
    seen: list[tuple[str, float]], reply: bytes | None
) -> Callable[[Request, asyncio.StreamWriter], Awaitable[None]]:
    async def serve(request: Request, writer: asyncio.StreamWriter) -> None:
        seen.append((request.target, time.monotonic()))
        if reply is None:
            writer.close()
        else:
            writer.write(reply)

    return serve


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_a_host_is_given_a_pause_after_everything_it_was_asked(runner: Callable[..., None]) -> None:
    """After a body, a redirect, an error and a lost connection alike; and the wait is not held against the deadline."""
    seen: list[tuple[str, float]] = []
    gap_s = 0.1
    given: dict[str, Answer] = {
        "/ok": _noting(seen, answer(b"x")),
        "/moved": _noting(seen, answer(status=302, Location="/ok")),
        "/gone": _noting(seen, answer(status=410)),
        "/lost": _noting(seen, None),
    }

    async def run() -> None:
        async with serving(given) as server, Client(gap_s=gap_s) as client:

            async def ask(target: str) -> None:
                url = server.url(target)
                await client.get(url, max_bytes=99, deadline_s=gap_s * 4, allow_private=True, is_urgent=True)

            targets = ("/ok", "/moved", "/gone", "/lost", "/ok")
            ended = await asyncio.gather(*map(ask, targets), return_exceptions=True)
            assert [type(end) for end in ended] == [type(None), type(None), FetchError, FetchError, type(None)]

    runner(run())
    assert [target for target, _ in seen] == ["/ok", "/moved", "/gone", "/lost", "/ok", "/ok"]
    assert all(later - earlier >= gap_s for (_, earlier), (_, later) in pairwise(seen))


def test_a_poll_goes_before_the_pages_that_wait() -> None:
    seen: list[tuple[str, float]] = []
    pages: dict[str, Answer] = {f"/{n}": _noting(seen, answer(b"x")) for n in ("1", "2", "3", "feed")}

    async def run() -> None:
        async with serving(pages) as server, Client(gap_s=0.02) as client:

            async def ask(target: str, is_urgent: bool) -> None:
                await client.get(server.url(target), max_bytes=9, deadline_s=5, allow_private=True, is_urgent=is_urgent)

            await asyncio.gather(*(ask(f"/{n}", False) for n in (1, 2, 3)), ask("/feed", True))

    asyncio.run(run())
    assert [target for target, _ in seen] == ["/1", "/feed", "/2", "/3"]


def test_a_request_that_is_given_up_frees_its_host() -> None:
    async def run() -> bytes:
        async with serving({"/hangs": _drip, "/": answer(b"x")}) as server, Client(gap_s=0.02) as client:

            async def ask(target: str) -> bytes:
                return (await client.get(server.url(target), max_bytes=999, deadline_s=60, allow_private=True)).body

            asking, waiting, last = (asyncio.create_task(ask(target)) for target in ("/hangs", "/hangs", "/"))
            await asyncio.sleep(0.05)
            waiting.cancel()
            asking.cancel()
            return await asyncio.wait_for(last, 2)

    assert asyncio.run(run()) == b"x"


def test_a_round_of_many_hosts_keeps_few_connections() -> None:
    hosts = [f"{n}.test" for n in range(MAX_KEPT + 100)]

    async def run() -> tuple[int, int]:
        async with serving({"/": answer(b"x")}) as server, Client(resolver=Names("127.0.0.1"), gap_s=0.1) as client:
            for host in hosts:
                await client.get(server.url(host=host), max_bytes=9, deadline_s=9, allow_private=True)
            await asyncio.sleep(0.1)  # for the last ones to be closed
            still_open = sum("serve" in repr(task.get_coro()) for task in asyncio.all_tasks())
            await client.get(server.url(host=hosts[0]), max_bytes=9, deadline_s=9, allow_private=True)
            return still_open, server.connections

    still_open, opened = asyncio.run(run())
    assert still_open <= MAX_KEPT
    assert len(hosts) <= opened <= len(hosts) + 1


@pytest.mark.parametrize(
    "url",
    [
        "http://e.test/", "https://e.test/", "http://e.test:443/", "https://e.test:80/", "http://e.test:8080/x?y",
        "http://[2606:4700::1]/", "http://[2606:4700::1]:8080/", "http://8.8.8.8:8443/", "http://E.test:80/",
    ],
)  # fmt: skip
def test_a_host_has_one_name_everywhere(url: str) -> None:
    assert http._host_of(check_url(url, False)) == host_key(url)


def test_a_name_server_that_hangs_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    real, over = socket.getaddrinfo, threading.Event()

    def hang(host: str, *rest: object, **named: object) -> object:
        if host.endswith(".slow.test"):
            over.wait(60)
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    async def run() -> None:
        async with serving({"/": answer(b"fast")}) as server, Client() as client:

            async def ask(url: str, deadline_s: float) -> object:
                return await client.get(url, max_bytes=99, deadline_s=deadline_s, allow_private=True)

            hung = [asyncio.create_task(ask(f"http://{n}.slow.test/", 60)) for n in range(40)]
            await ask(server.url(host="localhost"), 20)
            assert not any(each.done() for each in hung)
            for each in hung:
                each.cancel()
            late = await asyncio.gather(
                *(ask(f"http://late.{n}.slow.test/", 0.5) for n in range(40)), return_exceptions=True
            )
            assert all(isinstance(failed, FetchError) for failed in late)

    try:
        asyncio.run(run())
    finally:
        over.set()


# --- posting ----------------------------------------------------------------------------------------------------------


LONG = 1_500_000  # from a million bytes on libcurl would ask for leave first


def post(answers: Sequence[Reply], *, then_get: bool = False) -> tuple[list[str], list[Asked]]:
    """Post to a server that gives these answers in turn; return what came of each request, and what was asked."""
    asked: list[Asked] = []
    left = list(answers)

    def serve(request: Asked) -> Reply:
        asked.append(request)
        return left.pop(0)

    async def run(port: int) -> list[str]:
        found = []
        options = {"max_bytes": 1_000, "deadline_s": 5, "allow_private": True}
        async with Client(gap_s=0) as client:
            for number in range(len(answers)):
                try:
                    if then_get and number:
                        found.append((await client.get(f"http://127.0.0.1:{port}/", **options)).body.decode())  # type: ignore[arg-type]
                        continue
                    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
                    answered = await client.post(
                        f"http://127.0.0.1:{port}/",
                        content=b"x" * LONG,
                        headers=headers,
                        **options,  # type: ignore[arg-type]
                    )
                    found.append(answered.body.decode())
                except FetchError as exc:
                    found.append(exc.reason)
        return found

    with site(serve) as port:
        return asyncio.run(run(port)), asked


def test_what_is_posted_arrives_whole_and_its_answer_is_had() -> None:
    found, [asked] = post([Reply(body=b"thanks")])
    assert found == ["thanks"]
    assert asked.body == b"x" * LONG
    assert asked.header("authorization") == "Bearer k"
    assert asked.header("expect") is None


def test_a_get_after_a_post_carries_nothing_of_it() -> None:
    found, [_, asked] = post([Reply(body=b"a"), Reply(body=b"b")], then_get=True)
    assert found == ["a", "b"]
    assert (asked.body, asked.header("authorization"), asked.header("content-type")) == (b"", None, None)


def test_a_post_is_not_sent_on_and_its_answer_is_capped() -> None:
    found, asked = post([Reply(status=308, headers={"Location": "/b"}), Reply(status=201), Reply(body=b"x" * 2_000)])
    assert found[0] == "redirects, and what is posted is not sent on"
    assert found[1] == "answered 201"
    assert "1,000" in found[2] or "larger" in found[2]
    assert [each.path for each in asked] == ["/"] * 3
