"""One request and its answer, on real sockets: what libcurl is told, and what becomes of what it reads."""

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from servers import Answer, Request, Server, answer, serving

from monitor.errors import FetchError
from monitor.sources import exchange
from monitor.sources.exchange import MAX_DROPPED, MAX_HEADERS
from monitor.sources.http import Client, Response


async def get(client: Client, url: str, *, deadline_s: float = 5, is_urgent: bool = False) -> Response:
    return await client.get(url, max_bytes=1_000, deadline_s=deadline_s, allow_private=True, is_urgent=is_urgent)


def fetched(given: Answer) -> Response:
    async def run() -> Response:
        async with serving({"/": given}) as server, Client(gap_s=0) as client:
            return await get(client, server.url())

    return asyncio.run(run())


def test_neither_interim_answers_nor_trailers_are_taken_for_the_head() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nETag: early\r\nLink: </a>\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Own: a\r\nX-Own: b\r\n\r\n"
    found = fetched(interim * 2 + head + b"1\r\nx\r\n0\r\nETag: late\r\n\r\n")
    assert (found.status, found.body) == (200, b"x")
    assert list(found.headers.items()) == [("Transfer-Encoding", "chunked"), ("X-Own", "a"), ("X-Own", "b")]


@pytest.mark.parametrize(
    "given",
    [
        b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * MAX_HEADERS,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"A: b\r\n" * MAX_HEADERS + b"\r\n",
    ],
)
def test_endless_interim_answers_and_trailers_are_broken_http(given: bytes) -> None:
    with pytest.raises(FetchError, match="broken HTTP: its head is too long"):
        fetched(given)


@pytest.mark.parametrize("size", [MAX_DROPPED, 50_000_000])
def test_a_body_that_nobody_reads_is_not_waited_for(size: int) -> None:
    """The status tells all; neither the cap on bodies nor the deadline makes another error of it."""

    async def endless(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(status=404, length=size))
        for _ in range(size // MAX_DROPPED):
            writer.write(bytes(MAX_DROPPED))
            await writer.drain()

    with pytest.raises(FetchError, match="answered 404"):
        fetched(endless)


def test_pages_share_a_connection_and_polls_have_their_own() -> None:
    async def run() -> list[int]:
        async with (
            serving({"/": answer(b"x"), "/away": answer(b"gone", status=404)}) as server,
            Client(gap_s=0) as client,
        ):
            opened = []
            for is_urgent in (True, True, False, False, True, False):
                await get(client, server.url(), is_urgent=is_urgent)
                opened.append(server.connections)
            with pytest.raises(FetchError):
                await get(client, server.url("/away"))
            return [*opened, server.connections]

    assert asyncio.run(run()) == [1, 2, 3, 3, 4, 4, 4]


def test_a_poll_is_sent_once_whatever_becomes_of_its_connection() -> None:
    async def hang_up(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def run() -> Server:
        async with serving({"/": answer(b"x"), "/lost": hang_up}) as server, Client(gap_s=0) as client:
            await get(client, server.url())
            with pytest.raises(FetchError, match="closed the connection without an answer"):
                await get(client, server.url("/lost"), is_urgent=True)
            return server

    assert [request.target for request in asyncio.run(run()).requests] == ["/", "/lost"]


def test_no_socket_is_left_behind() -> None:
    """Not by answers, failures, refusals, time limits, nor by who does not wait any longer."""

    async def hang(_: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    def is_open() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    async def run() -> tuple[int, int]:
        async with serving({"/": answer(b"x"), "/hangs": hang}) as server:
            before = is_open()
            async with Client(gap_s=0) as client:
                for _ in range(3):
                    await get(client, server.url(), is_urgent=True)
                    with pytest.raises(FetchError):
                        await get(client, server.url("/hangs"), deadline_s=0.1)
                    with pytest.raises(FetchError):
                        await get(client, "http://169.254.0.1/")
                    given_up = asyncio.create_task(get(client, server.url("/hangs"), deadline_s=60))
                    await asyncio.sleep(0.05)
                    given_up.cancel()
                    await asyncio.gather(given_up, return_exceptions=True)
                hung = asyncio.create_task(get(client, server.url("/hangs"), deadline_s=60))
                await asyncio.sleep(0.05)
            await asyncio.gather(hung, return_exceptions=True)
            for writer in asyncio.all_tasks() - {asyncio.current_task()}:
                writer.cancel()
            await asyncio.sleep(0.1)
            return before, is_open()

    before, after = asyncio.run(run())
    assert after <= before


@pytest.fixture(name="certificate", scope="module")
def a_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody has signed but itself, and a server's TLS with it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


async def _over_tls(context: ssl.SSLContext) -> Response:
    async with serving({"/": answer(b"safe")}, ssl=context) as server, Client() as client:
        return await get(client, server.url().replace("http:", "https:"))


def test_an_untrusted_certificate_is_named(certificate: tuple[Path, ssl.SSLContext]) -> None:
    with pytest.raises(FetchError, match="certificate not trusted") as refused:
        asyncio.run(_over_tls(certificate[1]))
    assert not refused.value.transient


def test_whom_the_system_trusts_is_trusted(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setattr(exchange, "_AUTHORITIES", exchange._authorities())
    assert asyncio.run(_over_tls(context)).body == b"safe"


def test_encryption_that_is_too_old_is_refused(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = certificate
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.load_cert_chain(path, path.with_name("key.pem"))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setattr(exchange, "_AUTHORITIES", exchange._authorities())
    with pytest.raises(FetchError, match="no common encryption"):
        asyncio.run(_over_tls(old))
