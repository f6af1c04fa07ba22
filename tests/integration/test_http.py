"""The client against real sockets: every way an answer can go wrong has a name."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from servers import Answer, Request, Server, answer, serving

from monitor.errors import BlockedAddressError, FetchError
from monitor.sources.http import MAX_RETRY_AFTER_S, Client, Response


class Names(AbstractResolver):
    """Resolves every name to the addresses given."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=socket.AF_INET, proto=6, flags=0)
            for ip in self.addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


def fetch(
    answers: dict[str, Answer],
    target: str = "/",
    *,
    headers: dict[str, str] | None = None,
    max_bytes: int = 1024 * 1024,
    deadline_s: float = 5,
) -> tuple[Response, Server]:
    async def run() -> tuple[Response, Server]:
        async with serving(answers) as server, Client(contact="desk@example.org") as client:
            found = await client.get(
                server.url(target), headers=headers, max_bytes=max_bytes, deadline_s=deadline_s, allow_private=True
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


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_a_status_is_told(status: int) -> None:
    failed = failure({"/": answer(status=status)})
    assert (failed.reason, failed.status) == (f"answered {status}", status)
    assert failed.transient == (status in (429, 500, 503))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), ("-5", None), ("soon", None), ("", None), ("999999999999", MAX_RETRY_AFTER_S),
        ("Wed, 01 Jan 2199 00:00:00 GMT", MAX_RETRY_AFTER_S), ("Fri, 16 Jun 2023 10:01:00 GMT", 60),
        ("Fri, 16 Jun 2023 09:00:00 GMT", None), ("9" * 5_000, MAX_RETRY_AFTER_S),
    ],
)  # fmt: skip
def test_a_wait_that_is_asked_for_is_told_and_bounded(value: str, seconds: float | None) -> None:
    given = answer(status=503, Retry_After=value, Date="Fri, 16 Jun 2023 10:00:00 GMT")
    assert failure({"/": given}).retry_after_s == seconds


def test_304_is_an_answer_only_to_a_condition() -> None:
    found, _ = fetch({"/": answer(status=304)}, headers={"If-None-Match": '"1"'})
    assert found.status == 304
    assert "304" in failure({"/": answer(status=304)}).reason


def test_redirects_are_followed_five_times() -> None:
    hops: dict[str, Answer] = {f"/{n}": answer(status=302, Location=f"/{n + 1}") for n in range(20)}
    hops["/20"] = answer(b"there")
    found, _ = fetch(hops, "/15")
    assert (found.body, found.url.rpartition("/")[2]) == (b"there", "20")
    assert failure(hops, "/14").reason == "more than 5 redirects"


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://0x7f000001/", "http://["])
def test_a_redirect_is_checked_like_a_first_url(location: str) -> None:
    assert not failure({"/": answer(status=302, Location=location)}).transient


def test_credentials_stay_with_their_host() -> None:
    async def run() -> list[Request]:
        async with serving({"/": answer(b"x")}) as other, serving({}) as first, Client() as client:
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


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetch({"/": answer(b"direct")})[0].body == b"direct"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_body_is_decoded_up_to_the_cap(coding: str) -> None:
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b"a" * 3_000_000)
    given: dict[str, Answer] = {"/": answer(packed, Content_Encoding=coding)}
    assert len(fetch(given, max_bytes=3_000_000)[0].body) == 3_000_000
    assert failure(given, max_bytes=2_097_152).reason == "larger than 2 MiB"
    broken: dict[str, Answer] = {"/": answer(packed[:-20], Content_Encoding=coding)}
    assert "broke off" in failure(broken, max_bytes=4_000_000).reason


def test_raw_deflate_and_gzip_in_members_are_decoded() -> None:
    raw = zlib.compress(b"abc" * 100)[2:-4]
    assert fetch({"/": answer(raw, Content_Encoding="deflate")})[0].body == b"abc" * 100
    members = gzip.compress(b"one") + gzip.compress(b"two")
    assert fetch({"/": answer(members, Content_Encoding="gzip")})[0].body == b"onetwo"


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "x"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    assert "content coding" in failure({"/": answer(b"x", Content_Encoding=coding)}).reason


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
    async def run(url: str, resolver: AbstractResolver | None) -> None:
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
        async with serving({"/": slow(gate)}) as one, serving({"/": answer(b"fast")}) as two, Client() as client:

            async def ask(url: str) -> bytes:
                return (await client.get(url, max_bytes=99, deadline_s=10, allow_private=True)).body

            slow_ones = [asyncio.create_task(ask(one.url())) for _ in range(5)]
            assert await ask(two.url()) == b"fast"
            gate.set()
            assert await asyncio.gather(*slow_ones) == [b"slow"] * 5

    asyncio.run(run())
    assert running["most"] == 1


def test_an_untrusted_certificate_is_named(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def run() -> None:
        async with serving({}, ssl=context) as server, Client() as client:
            url = server.url().replace("http:", "https:")
            await client.get(url, max_bytes=9, deadline_s=5, allow_private=True)

    with pytest.raises(FetchError, match="certificate not trusted"):
        asyncio.run(run())


def test_a_name_server_that_hangs_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def hang(host: str, *rest: object, **named: object) -> object:
        if host.endswith(".slow.test"):
            time.sleep(3)
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    async def run() -> float:
        async with serving({"/": answer(b"fast")}) as server, Client() as client:

            async def ask(url: str) -> object:
                return await client.get(url, max_bytes=99, deadline_s=0.5, allow_private=True)

            hung = [asyncio.create_task(ask(f"http://{n}.slow.test/")) for n in range(40)]
            began = time.perf_counter()
            await ask(server.url(host="localhost"))
            took = time.perf_counter() - began
            failures = await asyncio.gather(*hung, return_exceptions=True)
            assert all(isinstance(failed, FetchError) for failed in failures)
            return took

    assert asyncio.run(run()) < 0.5
