"""HTTP: the one guarded client that feeds and pages are fetched with.

In:  a URL, request headers, a cap in decoded bytes, a deadline.
Out: a Response with the decoded body; FetchError with a reason that a person understands.
Not here: which addresses are fine (guard.py), when to ask (service/), what a body means (parse.py, extract.py).
"""

import asyncio
import contextlib
import socket
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from monitor import __version__
from monitor.errors import BlockedAddressError, FetchError
from monitor.sources.guard import check_address, check_url, public_form

MAX_REDIRECTS: Final = 5
MAX_RETRY_AFTER_S: Final = 86_400.0  # a source that says "in 30 years" is asked once a day
MAX_ADDRESSES: Final = 16  # of one host, however many its name server lists
_PIECE_BYTES: Final = 256 * 1024  # decoded at a time, so that a bomb is noticed a quarter MiB late at most
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_SECRETS: Final = frozenset({"authorization", "proxy-authorization", "cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a host answered: 200 or 203 with a body, or the 304 that was asked for."""

    url: str  # the last one, after redirects
    status: int
    headers: Mapping[str, str]  # names compare without case
    body: bytes  # decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    headers: Mapping[str, str]
    max_bytes: int
    deadline_s: float
    allow_private: bool


@dataclass(slots=True)
class _Gate:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class _PrivateAddressError(OSError):
    """Raised where a socket would be made for a private address; the connector takes it for a failed connection."""


class Client:
    """Fetches over HTTP(S), one request at a time for each host and port.

    contact: an address or URL that the User-Agent names, so that a site's operator can complain.
    resolver: looks names up instead of the system's own resolver.
    Private and public requests have connection pools of their own: a kept connection into a private network never
    serves a request that may not go there.
    """

    def __init__(self, *, contact: str = "", resolver: AbstractResolver | None = None) -> None:
        visible = "".join(char for char in contact if char.isascii() and char.isprintable())
        self._user_agent = f"news-monitor/{__version__}" + (f" (+{visible})" if visible else "")
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._gates: dict[str, _Gate] = {}

    async def __aenter__(self) -> Self:
        resolver = self._resolver or _ThreadResolver()
        self._sessions = {private: _open_session(self._user_agent, resolver, private) for private in (False, True)}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int,
        deadline_s: float,
        allow_private: bool,
    ) -> Response:
        """Return the answer to a GET, following at most five redirects, each checked like the first URL.

        max_bytes: cap of the decoded body.
        deadline_s: for all hops together; waiting for another request to the same host does not count.
        Raises FetchError for every status but 200, 203 and a 304 that was asked for; BlockedAddressError.
        """
        request = _Request(
            headers=dict(headers or {}), max_bytes=max_bytes, deadline_s=deadline_s, allow_private=allow_private
        )
        target = check_url(url, allow_private)
        clock = asyncio.get_running_loop().time
        left_s = deadline_s
        for _ in range(MAX_REDIRECTS + 1):
            async with self._turn(target):
                began = clock()
                answer = await self._ask(target, request, left_s)
                left_s -= clock() - began
            if isinstance(answer, Response):
                return answer
            request = _for_hop(request, target, answer)
            target = answer
        raise FetchError(f"more than {MAX_REDIRECTS} redirects", url=public_form(url), transient=False)

    @contextlib.asynccontextmanager
    async def _turn(self, target: URL) -> AsyncIterator[None]:
        name = f"{target.raw_host}:{target.port}"
        gate = self._gates.setdefault(name, _Gate())
        gate.users += 1
        try:
            async with gate.lock:
                yield
        finally:
            gate.users -= 1
            if not gate.users:
                del self._gates[name]

    async def _ask(self, target: URL, request: _Request, left_s: float) -> Response | URL:
        shown = public_form(str(target))
        with _named_failures(shown, request.deadline_s):
            async with asyncio.timeout(max(left_s, 0.001)):
                session = self._sessions[request.allow_private]
                async with session.get(target, headers=request.headers, allow_redirects=False) as answer:
                    if answer.status in _REDIRECTS:
                        return _redirect_target(target, answer, request.allow_private)
                    _check_status(answer, request, shown)
                    body = b"" if answer.status == 304 else await _read_body(answer, request.max_bytes, shown)
                    return Response(url=str(target), status=answer.status, headers=answer.headers.copy(), body=body)


class _ThreadResolver(AbstractResolver):
    """Looks names up in a thread each: a name server that hangs holds up nobody else, nor the program's end."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def tell(result: list[ResolveResult] | OSError) -> None:
            if found.done():
                return
            if isinstance(result, OSError):
                found.set_exception(result)
            else:
                found.set_result(result)

        def look_up() -> None:
            result: list[ResolveResult] | OSError
            try:
                result = _resolve(host, port, family)
            except (OSError, UnicodeError) as exc:
                result = exc if isinstance(exc, OSError) else OSError(str(exc))
            with contextlib.suppress(RuntimeError):  # the loop may be gone by now
                loop.call_soon_threadsafe(tell, result)

        threading.Thread(target=look_up, name="resolve", daemon=True).start()
        return await found

    async def close(self) -> None:
        """Nothing is kept open."""


def _resolve(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    listed = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=socket.AI_NUMERICHOST
        )
        for kind, _, proto, _, address in listed[:MAX_ADDRESSES]
    ]


def _open_session(user_agent: str, resolver: AbstractResolver, allow_private: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        socket_factory=_open_socket if allow_private else _open_public_socket,
        limit=0,  # who asks bounds how much; a slow host must not hold up the others
        ttl_dns_cache=60,
    )
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,  # decoded here, where cap and checksum are watched
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        max_line_size=16_384,
        max_field_size=32_768,
        max_headers=256,
    )


def _open_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, proto, _, _ = address
    return socket.socket(family=family, type=kind, proto=proto)


def _open_public_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    # The last moment before a connection: whatever name, literal or redirect led here, this is the address itself.
    try:
        check_address(str(address[4][0]))
    except BlockedAddressError as exc:
        raise _PrivateAddressError(f"{exc.url} {exc.reason}") from exc
    return _open_socket(address)


def _for_hop(request: _Request, was: URL, now: URL) -> _Request:
    if was.origin() == now.origin():
        return request
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _SECRETS}
    return _Request(
        headers=kept, max_bytes=request.max_bytes, deadline_s=request.deadline_s, allow_private=request.allow_private
    )


def _redirect_target(base: URL, answer: aiohttp.ClientResponse, allow_private: bool) -> URL:
    shown = public_form(str(base))
    location = answer.headers.get("Location", "")
    if not location:
        raise FetchError(f"answered {answer.status} without saying where to", url=shown, status=answer.status)
    try:
        joined = str(base.join(URL(location)))
    except ValueError as exc:
        raise FetchError("redirects to an unreadable address", url=shown, transient=False) from exc
    try:
        return check_url(joined, allow_private)
    except BlockedAddressError as exc:
        raise BlockedAddressError(f"redirects to {exc.url}, which {exc.reason}", url=shown) from exc


def _check_status(answer: aiohttp.ClientResponse, request: _Request, shown: str) -> None:
    status = answer.status
    if status in (200, 203):
        return
    asked = {name.lower() for name in request.headers}
    if status == 304 and asked & {"if-none-match", "if-modified-since"}:
        return
    reason = "answered 304 though no earlier answer was named" if status == 304 else f"answered {status}"
    raise FetchError(
        reason,
        url=shown,
        status=status,
        transient=status in _TRANSIENT or status == 304,
        retry_after_s=_retry_after(answer.headers),
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how long the host wants to be left alone, in seconds; None if it does not say or says nonsense."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        until, sent = _http_date(value), _http_date(headers.get("Date", "")) or datetime.now(UTC)
        if until is None:
            return None
        seconds = (until - sent).total_seconds()
    return min(seconds, MAX_RETRY_AFTER_S) if seconds >= 0 else None


def _http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


async def _read_body(answer: aiohttp.ClientResponse, max_bytes: int, shown: str) -> bytes:
    too_large = FetchError(f"larger than {_size(max_bytes)}", url=shown, status=answer.status, transient=False)
    if (answer.content_length or 0) > max_bytes:
        raise too_large
    decoder = _decoder(answer.headers.get("Content-Encoding", ""), shown)
    pieces: list[bytes] = []
    total = 0
    async for chunk in answer.content.iter_chunked(65_536):
        for piece in decoder.feed(chunk):
            total += len(piece)
            if total > max_bytes:
                answer.close()
                raise too_large
            pieces.append(piece)
    if not decoder.is_complete():
        raise FetchError("answer broke off: its compressed body has no end", url=shown, status=answer.status)
    return b"".join(pieces)


class _Plain:
    """A body that is not compressed."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def is_complete(self) -> bool:
        return True


class _Inflate:
    """A gzip or deflate body, decoded piece by piece; zlib checks the sums at its end."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._inner: zlib._Decompress | None = None
        self._is_empty = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._inner is None or self._inner.eof:
                if not self._is_empty and not chunk.startswith(b"\x1f\x8b"):
                    return  # padding after the end
                self._inner = zlib.decompressobj(self._window(chunk))
            self._is_empty = False
            yield self._inner.decompress(chunk, _PIECE_BYTES)
            chunk = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail

    def is_complete(self) -> bool:
        return self._is_empty or (self._inner is not None and self._inner.eof)

    def _window(self, chunk: bytes) -> int:
        if self._coding == "gzip":
            return 31
        has_header = chunk[0] & 0x0F == 8 and (len(chunk) < 2 or (chunk[0] * 256 + chunk[1]) % 31 == 0)
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS  # some servers send deflate without its zlib header


def _decoder(header: str, shown: str) -> _Plain | _Inflate:
    codings = [name for part in header.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    match codings:
        case []:
            return _Plain()
        case ["gzip" | "x-gzip"]:
            return _Inflate("gzip")
        case ["deflate"]:
            return _Inflate("deflate")
        case _:
            reason = f"answered in a content coding that was not asked for: {header[:60]!r}"
            raise FetchError(reason, url=shown, transient=False)


@contextlib.contextmanager
def _named_failures(shown: str, deadline_s: float) -> Iterator[None]:
    """Give every way a request fails its name."""
    try:
        yield
    except TimeoutError as exc:
        raise FetchError(f"no answer within {deadline_s:g} s", url=shown) from exc
    except (aiohttp.ClientError, OSError, ValueError, zlib.error) as exc:
        raise _failure(exc, shown) from exc


def _failure(exc: Exception, shown: str) -> FetchError:
    match exc:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return FetchError("certificate not trusted, or no common encryption", url=shown, transient=False)
        case aiohttp.ClientConnectorDNSError():
            return FetchError("host name not found", url=shown)
        case aiohttp.ClientConnectorError() if isinstance(exc.os_error, _PrivateAddressError):
            return BlockedAddressError(f"resolves to {exc.os_error}", url=shown)
        case aiohttp.ClientConnectorError():
            return FetchError(f"could not connect: {exc.os_error.strerror or exc.os_error}", url=shown)
        case aiohttp.ServerDisconnectedError() | ConnectionResetError():
            return FetchError("closed the connection without an answer", url=shown)
        case aiohttp.ClientPayloadError():
            return FetchError("answer broke off", url=shown)
        case zlib.error():
            return FetchError("answer broke off: its compressed body is damaged", url=shown)
        case aiohttp.ClientResponseError():
            return FetchError(f"answered with broken HTTP: {exc.message.splitlines()[0][:100]}", url=shown)
        case _:
            return FetchError(f"could not be fetched: {type(exc).__name__}", url=shown)


def _size(size_bytes: int) -> str:
    mebibytes = size_bytes / (1024 * 1024)
    return f"{mebibytes:g} MiB" if mebibytes >= 1 else f"{size_bytes:,} bytes"
