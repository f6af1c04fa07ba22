"""Exchange: one request and its answer over HTTP(S), by libcurl.

In:  a checked URL, header lines, the addresses of its host, a cap in decoded bytes, a time limit.
Out: status, headers and decoded body; ExchangeError with a reason that a person understands.
Not here: whose turn it is, redirects, what a status means (http.py), which addresses are fine (guard.py), decoding
(codings.py).

libcurl opens connections and reads HTTP in C, which costs half of what it costs in Python; docs/decisions/0008.
"""

import os
import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pycurl
from multidict import CIMultiDict

from monitor.errors import BlockedAddressError
from monitor.sources.codings import ACCEPT_ENCODING, CodingError, Decoder, too_large
from monitor.sources.guard import check_address

CONNECT_S: Final = 10.0  # for all addresses of a host, encryption included
# Kept connections serve the pages behind a feed. Servers close them after 5 s and more; one that is used in the moment
# in which it is closed costs a second try.
KEEP_S: Final = 4
MAX_KEPT: Final = 64  # connections that serve nobody at the moment
MAX_HEADERS: Final = 256
MAX_HEADER_BYTES: Final = 32_768  # each
_ADDRESSES_S: Final = 5  # for which libcurl keeps what it was told for one request: it goes through all of it for each
_MAX_IDLE: Final = 64  # handles that are kept for the next requests
_BUFFER_BYTES: Final = 64 * 1024
_WITH_BODY: Final = frozenset({200, 203, 226})  # that anybody reads
_WITHOUT_BODY: Final = frozenset({204, 304})  # by the rules of HTTP
_STATUS: Final = re.compile(rb"HTTP/\S+\s+([1-9]\d\d)(?:\s|\Z)", re.IGNORECASE)
_NO_SOCKET: Final[int] = pycurl.SOCKET_BAD
_STOP: Final = 0  # as many bytes were taken: libcurl ends the transfer
_TLS_ERRORS: Final = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CIPHER, pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_ISSUER_ERROR, pycurl.E_SSL_CACERT_BADFILE,
    }
)  # fmt: skip
_LOST: Final = frozenset(
    {
        pycurl.E_GOT_NOTHING, pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR, pycurl.E_PARTIAL_FILE,
        pycurl.E_COULDNT_RESOLVE_HOST,  # anew, for a second try after a kept connection broke
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET, or a POST where there is something to post."""

    url: str
    host: str  # as the URL has it, without brackets
    port: int
    addresses: Sequence[str]  # of the host; none where it is an address itself
    headers: Mapping[str, str]  # values in the letters of ISO 8859-1, each of which stands for a byte
    max_bytes: int  # of the body, decoded and as it comes
    timeout_s: float
    keeps_alive: bool  # whether the connection may have served others, and may serve others afterwards
    content: bytes | None = None  # to post


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. The body is empty for a status of which nobody reads it."""

    status: int
    headers: CIMultiDict[str]  # values as bytes came, each as a letter of ISO 8859-1
    body: bytes


class ExchangeError(Exception):
    """There was no usable answer. `transient` says whether asking again can help."""

    def __init__(self, reason: str, *, transient: bool = True, is_unreached: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.is_unreached = is_unreached  # no address of the host took the connection


class Exchanges:
    """Makes any number of requests at once, in the event loop in which the first one is made.

    allow_private: whether private addresses may be connected to; never those that check_address refuses all the same.
    Two of these share no connection.
    """

    def __init__(self, user_agent: str, *, allow_private: bool) -> None:
        self._user_agent = user_agent
        self._allow_private = allow_private
        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, MAX_KEPT)
        self._idle: list[pycurl.Curl] = []

    async def close(self) -> None:
        """End everything at once; who waits for an answer is cancelled."""
        await self._multi.aclose()
        self._idle.clear()

    async def make(self, request: Request) -> Answer:
        """Return the answer. Raises ExchangeError, CodingError, TimeoutError, BlockedAddressError."""
        handle = self._idle.pop() if self._idle else self._fresh()
        reception = _Reception(request.max_bytes, self._allow_private)
        _prepare(handle, request, reception)
        try:
            await self._multi.add_handle(handle)
        except pycurl.error as exc:
            if not reception.is_settled():
                code, message = exc.args
                raise _failure(handle, code, message, reception) from exc
        answer = reception.answer()
        # One that is cancelled does not come here: libcurl is still at it, and lets go of it a moment later.
        if len(self._idle) < _MAX_IDLE:
            self._idle.append(handle)
        return answer

    def _fresh(self) -> pycurl.Curl:
        handle = pycurl.Curl()
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.USERAGENT, self._user_agent),
            (pycurl.PROXY, ""),  # whatever the environment says
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.CONNECTTIMEOUT_MS, int(CONNECT_S * 1000)),
            (pycurl.MAXAGE_CONN, KEEP_S),
            (pycurl.DNS_CACHE_TIMEOUT, _ADDRESSES_S),
            (pycurl.BUFFERSIZE, _BUFFER_BYTES),
            (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
            *_AUTHORITIES,
        ):
            handle.setopt(option, value)
        return handle


@dataclass(slots=True)
class _Reception:
    """Takes in one answer as libcurl reads it."""

    max_bytes: int
    allow_private: bool
    status: int = 0
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    fault: Exception | None = None  # why the transfer was stopped from here
    blocked: BlockedAddressError | None = None
    _decoder: Decoder | None = None
    _raw: bytearray = field(default_factory=bytearray)  # not decoded yet
    _body: bytearray = field(default_factory=bytearray)
    _lines: int = 0
    _is_within: bool = False  # a head, after its status line
    _is_headed: bool = False  # the head of the final answer is complete

    def is_settled(self) -> bool:
        """Whether all is known that anybody will ask, however the transfer ended."""
        return self._is_headed and self.status not in _WITH_BODY

    def answer(self) -> Answer:
        """Return the answer, and keep nothing of it. Raises CodingError where its body is not whole."""
        if not self._is_headed:
            raise ExchangeError("answer broke off")
        if self.status in _WITH_BODY:
            self._decode()
            self._decoding().finish()
        body = bytes(self._body)
        self._body, self._decoder = bytearray(), None  # the handle knows this reception until its next request
        return Answer(status=self.status, headers=self.headers, body=body)

    def on_socket(self, _: int, address: tuple[int, int, int, tuple[object, ...]]) -> int:
        """Return a socket's number for an address, whatever name or redirect led to it: the last moment to refuse."""
        family, kind, protocol, place = address
        try:
            check_address(str(place[0]), allow_private=self.allow_private)
            return open_socket(family, kind, protocol, str(place[0]))
        except BlockedAddressError as exc:
            self.blocked = exc
        except OSError as exc:  # no file is left
            self.fault = ExchangeError(f"could not connect: {exc.strerror}")
        return _NO_SOCKET

    def on_header(self, line: bytes) -> int | None:
        """Take in one line of a head, that of an interim answer (1xx) or of a trailer included."""
        self._lines += 1
        if self._lines > MAX_HEADERS or len(line) > MAX_HEADER_BYTES:
            self.fault = ExchangeError("answered with broken HTTP: its head is too long")
            return _STOP
        if self._is_headed:
            return None
        name, colon, value = line.partition(b":")
        if not self._is_within:
            found = _STATUS.match(line)
            if found is None:
                self.fault = ExchangeError("answered with broken HTTP: its status is not a number of three digits")
                return _STOP
            self.status, self._is_within = int(found[1]), True
            self.headers.clear()
        elif colon:
            self.headers.add(name.decode("latin-1"), value.strip().decode("latin-1"))
        elif not line.strip():
            self._is_within = False
            self._is_headed = self.status >= 200 or self.status == 101
            if self._is_headed and self._has_more():
                return _STOP  # nobody waits for a body that nobody reads; it costs the connection
        return None

    def on_body(self, chunk: bytes) -> int | None:
        """Take in a piece of the body."""
        self._raw += chunk
        if len(self._raw) > min(_BUFFER_BYTES, self.max_bytes):  # a chunk may be a byte
            try:
                self._decode()
            except CodingError as exc:
                self.fault = exc
                return _STOP
        return None

    def _has_more(self) -> bool:
        """Whether a body follows that nobody reads."""
        is_empty = self.status in _WITHOUT_BODY or self.headers.get("Content-Length") == "0"
        return not is_empty and self.status not in _WITH_BODY

    def _decode(self) -> None:
        raw, self._raw = bytes(self._raw), bytearray()
        for piece in self._decoding().feed(raw):
            self._body += piece

    def _decoding(self) -> Decoder:
        if self._decoder is None:
            codings = ",".join(self.headers.getall("Content-Encoding", ()))
            self._decoder = Decoder(codings, max_bytes=self.max_bytes)
        return self._decoder


def open_socket(family: int, kind: int, protocol: int, _: str) -> int:
    """Return a new socket's number; it is about to be connected to an address that has passed the guard."""
    return socket.socket(family, kind, protocol).detach()  # libcurl closes it


def _prepare(handle: pycurl.Curl, request: Request, reception: _Reception) -> None:
    lines = [f"{name}: {value}".encode("latin-1", "replace") for name, value in request.headers.items()]
    lines.append(f"Accept-Encoding: {ACCEPT_ENCODING}".encode())
    if request.content is None:
        handle.setopt(pycurl.HTTPGET, 1)
    else:
        lines.append(b"Expect:")  # else libcurl waits a second for a leave that few servers give
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.POSTFIELDS, request.content)
    is_alone = int(not request.keeps_alive)
    handle.setopt(pycurl.URL, request.url)
    handle.setopt(pycurl.HTTPHEADER, lines)
    handle.setopt(pycurl.HEADERFUNCTION, reception.on_header)
    handle.setopt(pycurl.WRITEFUNCTION, reception.on_body)
    handle.setopt(pycurl.OPENSOCKETFUNCTION, reception.on_socket)
    handle.setopt(pycurl.TIMEOUT_MS, max(1, int(request.timeout_s * 1000)))
    handle.setopt(pycurl.MAXFILESIZE_LARGE, request.max_bytes)
    handle.setopt(pycurl.FRESH_CONNECT, is_alone)
    handle.setopt(pycurl.FORBID_REUSE, is_alone)
    if request.addresses:  # "+": forgotten after _ADDRESSES_S, as if libcurl had looked them up itself
        bare = (address.partition("%")[0] for address in request.addresses)  # libcurl reads no zones
        listed = ",".join(f"[{address}]" if ":" in address else address for address in bare)
        handle.setopt(pycurl.RESOLVE, [f"+{request.host}:{request.port}:{listed}"])


def _failure(handle: pycurl.Curl, code: int, message: str, reception: _Reception) -> Exception:
    """Return what an error of libcurl means, in plain words."""
    if reception.fault is not None and code in (pycurl.E_WRITE_ERROR, pycurl.E_COULDNT_CONNECT):
        return reception.fault
    if code == pycurl.E_COULDNT_CONNECT:
        return _unconnected(handle, reception)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        took_s, connected_s = handle.getinfo(pycurl.TOTAL_TIME), handle.getinfo(pycurl.PRETRANSFER_TIME)
        if took_s < CONNECT_S or connected_s:
            return TimeoutError()
        return ExchangeError(f"no connection within {CONNECT_S:g} s", is_unreached=True)
    if code == pycurl.E_FILESIZE_EXCEEDED:
        return too_large(reception.max_bytes)
    if code in _TLS_ERRORS:
        is_refused = code != pycurl.E_SSL_CONNECT_ERROR
        return ExchangeError("certificate not trusted, or no common encryption", transient=not is_refused)
    if code in _LOST:
        return ExchangeError("answer broke off" if reception.status else "closed the connection without an answer")
    return ExchangeError(f"answered with broken HTTP: {_shown(message or pycurl.easy_strerror(code))}")


def _unconnected(handle: pycurl.Curl, reception: _Reception) -> Exception:
    if (blocked := reception.blocked) is not None:
        return BlockedAddressError(f"resolves to {blocked.url} {blocked.reason}", url=blocked.url)
    number = handle.getinfo(pycurl.OS_ERRNO)
    why = os.strerror(number) if number else "no address took it"
    return ExchangeError(f"could not connect: {why}", is_unreached=True)


def _shown(message: str) -> str:
    return "".join(char if char.isprintable() else " " for char in message[:100]).strip()


def _authorities() -> list[tuple[int, str]]:
    """Return where the authorities are listed that this system trusts, as Python's own `ssl` finds them.

    One file where there is one: libcurl reads it once, and a folder for every connection.
    """
    paths = ssl.get_default_verify_paths()
    named = ((pycurl.CAINFO, paths.cafile), (pycurl.CAPATH, paths.capath))
    return [(option, path) for option, path in named if path][:1]


_AUTHORITIES: Final = _authorities()
