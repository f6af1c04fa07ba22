"""HTTP: the one guarded client that feeds and pages are fetched with.

In:  a URL, request headers, conditions, a cap in decoded bytes, a deadline.
Out: a Response with the decoded body; FetchError with a reason that a person understands.
Not here: which addresses are fine (guard.py), looking them up (resolver.py), whose turn it is (gate.py), decoding
(codings.py), when to ask (service/), what a body means (parse.py, extract.py).
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from monitor import __version__
from monitor.errors import BlockedAddressError, FetchError
from monitor.model.feed import Validators
from monitor.sources.codings import ACCEPT_ENCODING, CodingError, Decoder, too_large
from monitor.sources.freshness import retry_after_s
from monitor.sources.gate import GAP_S, Gate, HeldError
from monitor.sources.guard import MAX_URL_CHARS, check_address, check_url, public_form
from monitor.sources.resolver import FewAddresses, ThreadResolver

MAX_REDIRECTS: Final = 5
CONNECT_S: Final = 10.0  # for one address, encryption included
# Kept connections serve redirects and the pages behind a feed. Servers close them after 5 s and more; one that is
# used in the moment in which it is closed costs the answer.
KEEP_S: Final = 4.0
MAX_KEPT: Final = 128  # of those begun in KEEP_S; a round of 10,000 hosts would exhaust the open files otherwise
_CHUNK_BYTES: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PERMANENT: Final = frozenset({301, 308})
_TRANSIENT: Final = frozenset({202, 304, 408, 425, 429})  # and what is the server's own fault
_SECRETS: Final = frozenset({"authorization", "proxy-authorization", "cookie"})
_UNTRUSTED: Final = (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError)
_UNASKED: Final = {
    204: "answered 204: there is nothing to read",
    205: "answered 205: there is nothing to read",
    206: "answered 206: a part of what was asked for",
    226: "answered 226, but not with the changes of a feed that were asked for",
    304: "answered 304 though no earlier answer was named",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a host answered: 200, 203 or the 226 that was asked for with a body, or the 304 that was asked for."""

    url: str  # the last one, after redirects
    status: int
    headers: Mapping[str, str]  # names compare without case
    body: bytes  # decoded
    host: str = ""  # that answered, as text.urls.host_key has it
    permanent_url: str | None = None  # where permanent redirects alone led; None if the first answer was none


@dataclass(slots=True, kw_only=True)
class _Errand:
    """One `get`, as far as it has come."""

    headers: Mapping[str, str]
    conditions: Validators | None
    max_bytes: int
    deadline_s: float
    left_s: float
    allow_private: bool
    is_urgent: bool
    hops: int = 0
    is_permanent: bool = True  # all redirects so far
    permanent_url: str | None = None


class _PrivateAddressError(OSError):
    """Raised where a socket would be made for a private address; the connector takes it for a failed connection."""


class _DroppedError(aiohttp.ClientError):
    """The connection was lost before the answer; not one of those after which aiohttp asks a second time."""


class Client:
    """Fetches over HTTP(S), one request at a time for each host, with a pause between them.

    contact: an address or URL that the User-Agent names, so that a site's operator can complain.
    resolver: looks names up instead of the system's own resolver, and is closed with the client.
    gap_s: between the end of one request and the start of the next one to the same host.
    Private and public requests have connection pools of their own: a kept connection into a private network never
    serves a request that may not go there.
    """

    def __init__(self, *, contact: str = "", resolver: AbstractResolver | None = None, gap_s: float = GAP_S) -> None:
        visible = "".join(char for char in contact if char.isascii() and char.isprintable())
        self._user_agent = f"news-monitor/{__version__}" + (f" (+{visible})" if visible else "")
        self._resolver = FewAddresses(resolver or ThreadResolver())
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}  # by: is private, keeps connections
        self._gate = Gate(gap_s=gap_s)
        self._kept = 0
        self._kept_until = 0.0

    async def __aenter__(self) -> Self:
        self._sessions = {
            (is_private, keeps): _open_session(self._user_agent, self._resolver, is_private, keeps)
            for is_private in (False, True)
            for keeps in (False, True)
        }
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.close()
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()
        await self._resolver.close()

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host (text.urls.host_key) alone for so long, a day at most; requests to it fail at once."""
        self._gate.hold(host, seconds)

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        conditions: Validators | None = None,
        max_bytes: int,
        deadline_s: float,
        allow_private: bool,
        is_urgent: bool = False,
    ) -> Response:
        """Return the answer to a GET, following at most five redirects, each checked like the first URL.

        conditions: sent byte for byte to the URL that gave them and to no other; without one, to `url`.
        max_bytes: cap of the body, decoded and as it comes.
        deadline_s: for all hops together; waiting for the host's turn does not count.
        is_urgent: takes its turn before those that are not.
        Raises FetchError for every status but 200, 203, a 304 and a 226 that were asked for, and at once where the
        host is on hold: after a 429 or 5xx for as long as its Retry-After says, or by `hold`. BlockedAddressError.
        """
        errand = _Errand(
            headers=headers or {},
            conditions=conditions,
            max_bytes=max_bytes,
            deadline_s=deadline_s,
            left_s=deadline_s,
            allow_private=allow_private,
            is_urgent=is_urgent,
        )
        target = check_url(url, allow_private)
        while errand.hops <= MAX_REDIRECTS:
            answer = await self._visit(target, errand)
            if isinstance(answer, Response):
                return answer
            target = answer
        shown, host = public_form(url), _host_of(target)
        raise FetchError(f"more than {MAX_REDIRECTS} redirects", url=shown, transient=False, host=host)

    async def _visit(self, target: URL, errand: _Errand) -> Response | URL:
        """Ask one URL in its host's turn; every way to fail gets its name here."""
        host = _host_of(target)
        try:
            await self._gate.enter(host, is_urgent=errand.is_urgent)
            began = time.monotonic()
            try:
                async with asyncio.timeout(max(errand.left_s, 0.001)):
                    return await self._ask(target, host, errand)
            finally:
                errand.left_s -= time.monotonic() - began
                self._gate.leave(host, is_urgent=errand.is_urgent)
        except HeldError as exc:
            raise _held(exc.left_s, target, host) from None
        except FetchError as exc:
            exc.host = host
            raise
        except (aiohttp.ClientError, CodingError, OSError, ValueError) as exc:  # a TimeoutError is an OSError
            raise _failure(exc, target, host, errand) from exc

    async def _ask(self, target: URL, host: str, errand: _Errand) -> Response | URL:
        url = str(target)
        conditions = _conditions(errand, url)
        session = self._sessions[errand.allow_private, self._may_keep()]
        async with session.get(target, headers={**errand.headers, **conditions}, allow_redirects=False) as answer:
            if answer.status in _REDIRECTS:
                return _followed(target, answer, errand)
            if answer.status != 200 and not _is_asked_for(answer, conditions, errand.headers):
                failed = _refused(answer, url)
                if failed.retry_after_s and (answer.status == 429 or 500 <= answer.status < 600):
                    self._gate.hold(host, failed.retry_after_s)
                raise failed
            return Response(
                url=url,
                status=answer.status,
                headers=answer.headers,
                body=b"" if answer.status == 304 else await _read_body(answer, errand.max_bytes),
                host=host,
                permanent_url=errand.permanent_url,
            )

    def _may_keep(self) -> bool:
        """Whether the next connection is one of the few that are kept for a while."""
        now = time.monotonic()
        if now >= self._kept_until:
            self._kept, self._kept_until = 0, now + KEEP_S
        self._kept += 1
        return self._kept <= MAX_KEPT


def _host_of(target: URL) -> str:
    """Return text.urls.host_key of a checked URL, for a seventh of what parsing it again costs; a test compares."""
    name, port = target.raw_host or "", target.port
    return name if port in (80, 443) else f"{name}:{port}"


def _conditions(errand: _Errand, url: str) -> dict[str, str]:
    """Return the headers that make the request for this hop conditional."""
    given = errand.conditions
    if given is None or (given.url != url if given.url else errand.hops > 0):
        return {}
    named = {"If-None-Match": given.etag, "If-Modified-Since": given.last_modified}
    return {name: value for name, value in named.items() if value}


def _open_session(user_agent: str, resolver: AbstractResolver, is_private: bool, keeps: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        socket_factory=partial(_open_socket, allow_private=is_private),
        limit=0,  # who asks bounds how much; a slow host must not hold up the others
        keepalive_timeout=KEEP_S if keeps else None,
        force_close=not keeps,
        ttl_dns_cache=60,
    )
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": user_agent, "Accept-Encoding": ACCEPT_ENCODING},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,  # decoded here, where cap and checksum are watched
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        max_line_size=16_384,
        max_field_size=32_768,
        max_headers=256,
        middlewares=(_ask_once,),
    )


async def _ask_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from asking again at once where a connection is lost: the host's gap holds for that, too."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as exc:
        raise _DroppedError from exc


def _open_socket(address: aiohttp.AddrInfoType, *, allow_private: bool) -> socket.socket:
    # The last moment before a connection: whatever name, literal or redirect led here, this is the address itself.
    try:
        check_address(str(address[4][0]), allow_private=allow_private)
    except BlockedAddressError as exc:
        raise _PrivateAddressError(f"{exc.url} {exc.reason}") from exc
    family, kind, proto, _, _ = address
    return socket.socket(family=family, type=kind, proto=proto)


def _followed(base: URL, answer: aiohttp.ClientResponse, errand: _Errand) -> URL:
    """Return where a redirect leads, and note in the errand what follows from it."""
    target = _redirect_target(base, answer, errand.allow_private)
    errand.hops += 1
    errand.is_permanent &= answer.status in _PERMANENT and (base.scheme, target.scheme) != ("https", "http")
    if errand.is_permanent:
        errand.permanent_url = str(target)
    if base.origin() != target.origin():
        errand.headers = {name: value for name, value in errand.headers.items() if name.lower() not in _SECRETS}
    return target


def _redirect_target(base: URL, answer: aiohttp.ClientResponse, allow_private: bool) -> URL:
    shown = public_form(str(base))
    location = answer.headers.get("Location", "")
    if not location:
        raise FetchError(f"answered {answer.status} without saying where to", url=shown, status=answer.status)
    try:
        if len(location) > MAX_URL_CHARS:
            raise ValueError
        joined = str(base.join(URL(location)))
    except ValueError as exc:
        raise FetchError("redirects to an unreadable address", url=shown, transient=False) from exc
    try:
        return check_url(joined, allow_private)
    except BlockedAddressError as exc:
        raise BlockedAddressError(f"redirects to {exc.url}, which {exc.reason}", url=shown) from exc


def _is_asked_for(answer: aiohttp.ClientResponse, conditions: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether a status that is not 200 is an answer to the request all the same."""
    match answer.status:
        case 203:
            return True
        case 304:
            return bool(conditions)
        case 226:
            applied = [part.strip().lower() for part in ",".join(answer.headers.getall("IM", ())).split(",")]
            return applied == ["feed"] and any(name.lower() == "a-im" for name in headers)
        case _:
            return False


def _refused(answer: aiohttp.ClientResponse, url: str) -> FetchError:
    status = answer.status
    return FetchError(
        _UNASKED.get(status, f"answered {status}"),
        url=public_form(url),
        status=status,
        transient=status in _TRANSIENT or status >= 500,
        retry_after_s=retry_after_s(answer.headers, now=datetime.now(UTC)),
    )


async def _read_body(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if (answer.content_length or 0) > max_bytes:
        raise too_large(max_bytes)
    decoder = Decoder(",".join(answer.headers.getall("Content-Encoding", ())), max_bytes=max_bytes)
    pieces: list[bytes] = []
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        pieces.extend(decoder.feed(chunk))
    decoder.finish()
    return b"".join(pieces)


def _held(left_s: float, target: URL, host: str) -> FetchError:
    return FetchError(
        f"its host asked to be left alone for another {max(left_s, 1):,.0f} s",
        url=public_form(str(target)),
        retry_after_s=left_s,
        host=host,
    )


def _failure(exc: Exception, target: URL, host: str, errand: _Errand) -> FetchError:
    """Return the error that says in plain words how a request failed."""
    shown = public_form(str(target))
    if isinstance(exc, aiohttp.ClientConnectorError) and isinstance(exc.os_error, _PrivateAddressError):
        blocked = BlockedAddressError(f"resolves to {exc.os_error}", url=shown)
        blocked.host = host
        return blocked
    transient = exc.transient if isinstance(exc, CodingError) else not isinstance(exc, _UNTRUSTED)
    return FetchError(_reason(exc, errand.deadline_s), url=shown, transient=transient, host=host)


def _reason(exc: Exception, deadline_s: float) -> str:
    match exc:
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {CONNECT_S:g} s"
        case TimeoutError():
            return f"no answer within {deadline_s:g} s"
        case CodingError():
            return exc.reason
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return "certificate not trusted, or no common encryption"
        case aiohttp.ClientConnectorDNSError():
            return "host name not found"
        case aiohttp.ClientConnectorError():
            return f"could not connect: {exc.os_error.strerror or exc.os_error}"
        case _DroppedError() | aiohttp.ServerDisconnectedError() | ConnectionResetError():
            return "closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return "answer broke off"
        case aiohttp.ClientResponseError():
            return f"answered with broken HTTP: {exc.message.splitlines()[0][:100]}"
        case _:
            return f"could not be fetched: {type(exc).__name__}"
