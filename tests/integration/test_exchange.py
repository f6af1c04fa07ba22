"""One request and its answer, on real sockets: what libcurl is told, and what becomes of what it reads."""

import asyncio
import gzip
import shutil
import ssl
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from servers import Answer, Request, Server, answer, serving

from monitor.errors import FetchError
from monitor.sources import exchange
from monitor.sources.exchange import MAX_HEADERS
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


@pytest.mark.parametrize("head", ["HTTP/1.1 {} x\r\nLocation: /there\r\nETag: x\r\n", "HTTP/1.1 {} x\r\nContent-Le"])
@pytest.mark.parametrize("status", [200, 302, 304, 404])
def test_a_head_without_an_end_is_no_answer(status: int, head: str) -> None:
    async def cut(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head.format(status).encode())
        writer.close()

    with pytest.raises(FetchError, match="answer broke off"):
        fetched(cut)


@pytest.mark.parametrize(
    "line",
    [b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 200x OK", b"HTTP/1.1 " + b"2" * 5_000, b"HTTP/1.1 099 x"],
)
def test_a_status_has_three_digits(line: bytes) -> None:
    with pytest.raises(FetchError, match="broken HTTP"):
        fetched(line + b"\r\nContent-Length: 0\r\n\r\n")


def test_a_header_that_looks_like_a_status_is_a_header() -> None:
    found = fetched(b"HTTP/1.1 200 OK\r\nETag: x\r\nHTTP/1.1 302 x: y\r\nContent-Length: 1\r\n\r\nb")
    assert (found.status, found.body, found.headers["ETag"]) == (200, b"b", "x")


def test_a_body_in_tiny_pieces_costs_no_more_than_in_one() -> None:
    body = b"xx" * 150_000
    tiny = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2\r\nxx\r\n" * 150_000 + b"0\r\n\r\n"

    async def run() -> tuple[bytes, int]:
        async with serving({"/": tiny}) as server, Client(gap_s=0) as client:
            tracemalloc.start()
            found = await client.get(server.url(), max_bytes=len(body), deadline_s=60, allow_private=True)
            return found.body, tracemalloc.get_traced_memory()[1]

    try:
        received, peak = asyncio.run(run())
    finally:
        tracemalloc.stop()
    assert received == body
    assert peak < 12 * len(body)  # the server's own copies included; a piece for itself takes 35 bytes


@pytest.mark.parametrize("status", [301, 404, 503])
@pytest.mark.parametrize("is_urgent", [True, False])
def test_a_body_that_nobody_reads_is_not_waited_for(status: int, is_urgent: bool) -> None:
    async def stalled(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(status=status, length=900, Location="/there") + b"the beginning")
        await writer.drain()
        await asyncio.sleep(60)

    async def run() -> Response:
        async with serving({"/": stalled, "/there": answer(b"x")}) as server, Client(gap_s=0) as client:
            async with asyncio.timeout(20):
                return await get(client, server.url(), deadline_s=30, is_urgent=is_urgent)

    if status == 301:
        assert asyncio.run(run()).body == b"x"
    else:
        with pytest.raises(FetchError, match=f"answered {status}"):
            asyncio.run(run())


class Names:
    """Resolves every name to the addresses given."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    async def resolve(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.addresses

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("host", ["server1", "a.server1", "e.test"])
@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("fe80::1%eth0", "127.0.0.1"), ("127.0.0.1", "::1")])
def test_libcurl_is_told_where_a_name_leads(host: str, addresses: tuple[str, ...]) -> None:
    async def run() -> list[str]:
        names = Names(*addresses)
        async with serving({"/": answer(b"x")}) as server, Client(resolver=names) as client:
            await get(client, server.url(host=host))
        return names.asked

    assert asyncio.run(run()) == [host]


def test_a_name_without_addresses_leads_nowhere() -> None:
    async def run() -> None:
        async with serving({"/": answer(b"x")}) as server, Client(resolver=Names()) as client:
            await get(client, server.url(host="localhost"))

    with pytest.raises(FetchError, match="host name not found"):
        asyncio.run(run())


def test_what_one_address_was_refused_does_not_hide_what_the_next_one_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    real = exchange.open_socket

    def open_socket(family: int, kind: int, protocol: int, address: str) -> int:
        if address == "127.0.0.2":
            raise OSError(97, "Address family not supported by protocol")
        return real(family, kind, protocol, address)

    async def cut(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"rss", length=10))
        writer.close()

    async def run(*addresses: str) -> None:
        async with serving({"/": cut}) as server, Client(resolver=Names(*addresses)) as client:
            await get(client, server.url(host="e.test"))

    monkeypatch.setattr(exchange, "open_socket", open_socket)
    with pytest.raises(FetchError, match="answer broke off"):
        asyncio.run(run("127.0.0.2", "127.0.0.1"))
    with pytest.raises(FetchError, match="could not connect: Address family"):
        asyncio.run(run("127.0.0.2"))


@pytest.mark.parametrize("header", [b"X: " + b"a" * 200_000, b"Transfer-Encoding: a\x1b[31m"])
def test_reasons_can_be_read_and_shown(header: bytes) -> None:
    with pytest.raises(FetchError, match=r"broken HTTP: [A-Za-z]") as failed:
        fetched(b"HTTP/1.1 200 OK\r\n" + header + b"\r\n\r\n")
    assert failed.value.reason.isprintable()


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


def test_no_body_is_kept_behind() -> None:
    big = answer(gzip.compress(bytes(4_000_000)), Content_Encoding="gzip")

    async def run() -> int:
        async with serving({"/": big}) as server, Client(gap_s=0, resolver=Names("127.0.0.1")) as client:

            async def size(host: str) -> int:
                url = server.url(host=host)
                return len((await client.get(url, max_bytes=5_000_000, deadline_s=60, allow_private=True)).body)

            tracemalloc.start()
            assert await asyncio.gather(*(size(f"{n}.test") for n in range(8))) == [4_000_000] * 8
            return tracemalloc.get_traced_memory()[0]

    try:
        kept = asyncio.run(run())
    finally:
        tracemalloc.stop()
    assert kept < 2_000_000


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
