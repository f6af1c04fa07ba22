"""HTTP: the one guarded client that feeds and pages are fetched with, and endpoints asked.

In:  a URL, request headers, conditions or something to post, a cap in decoded bytes, a deadline.
Out: a Response with the decoded body; FetchError with a reason that a person understands.
Not here: which addresses are fine (guard.py), looking them up (resolver.py), whose turn it is (gate.py),
one request and its answer (exchange.py), when to ask (cadence.py), what a body means (parse.py, extract.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from yarl import URL

from monitor import __version__
from monitor.errors import BlockedAddressError, FetchError
from monitor.model.feed import Validators
from monitor.sources.codings import CodingError
from monitor.sources.exchange import Answer, ExchangeError, Exchanges, Request
from monitor.sources.freshness import retry_after_s
from monitor.sources.gate import GAP_S, Gate, HeldError
from monitor.sources.guard import check_url, public_form
from monitor.sources.resolver import Remembering, Resolver, ThreadResolver
from monitor.text.urls import MAX_URL_CHARS

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PERMANENT: Final = frozenset({301, 308})
_TRANSIENT: Final = frozenset({202, 304, 408, 425, 429})  # and what is the server's own fault
_SECRETS: Final = frozenset({"authorization", "proxy-authorization", "cookie"})
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
    """One `get` or `post`, as far as it has come."""

    headers: Mapping[str, str]
    conditions: Validators | None
    max_bytes: int
    deadline_s: float
    left_s: float
    allow_private: bool
    is_urgent: bool
    content: bytes | None = None  # to post
    hops: int = 0
    is_permanent: bool = True  # all redirects so far
    permanent_url: str | None = None


class Client:
    """Fetches over HTTP(S), one request at a time for each host, with a pause between them.

    contact: an address or URL that the User-Agent names, so that a site's operator can complain.
    resolver: looks names up instead of the system's own resolver, and is closed with the client.
    gap_s: between the end of one request and the start of the next one to the same host.
    Private and public requests share no connection: one into a private network never serves a request that may not
    go there.
    """

    def __init__(self, *, contact: str = "", resolver: Resolver | None = None, gap_s: float = GAP_S) -> None:
        visible = "".join(char for char in contact if char.isascii() and char.isprintable())
        user_agent = f"news-monitor/{__version__}" + (f" (+{visible})" if visible else "")
        self._exchanges = {is_private: Exchanges(user_agent, allow_private=is_private) for is_private in (False, True)}
        self._resolver = Remembering(resolver or ThreadResolver())
        self._gate = Gate(gap_s=gap_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.close()
        for exchanges in self._exchanges.values():
            await exchanges.close()
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
        before_hop: Callable[[str], Awaitable[None]] | None = None,
    ) -> Response:
        """Return the answer to a GET, following at most five redirects, each checked like the first URL.

        conditions: sent byte for byte to the URL that gave them and to no other; without one, to `url`.
        max_bytes: cap of the body, decoded and as it comes.
        deadline_s: for all hops together; waiting for the host's turn does not count.
        is_urgent: takes its turn before those that are not.
        before_hop: awaited with the address of each redirect before it is asked; what it raises comes through.
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
            if before_hop is not None:
                await before_hop(str(target))
        shown, host = public_form(url), _host_of(target)
        raise FetchError(f"more than {MAX_REDIRECTS} redirects", url=shown, transient=False, host=host)

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        max_bytes: int,
        deadline_s: float,
        allow_private: bool,
    ) -> Response:
        """Return the answer to a POST, on a connection of its own; a redirect is not followed.

        headers: the Content-Type, and a secret if there is one: neither goes anywhere but to `url`.
        max_bytes, deadline_s: as for `get`.
        Raises FetchError for every status but 200 and 203. BlockedAddressError.
        """
        errand = _Errand(
            headers=headers,
            conditions=None,
            max_bytes=max_bytes,
            deadline_s=deadline_s,
            left_s=deadline_s,
            allow_private=allow_private,
            is_urgent=True,
            content=content,
        )
        found = await self._visit(check_url(url, allow_private), errand)
        assert isinstance(found, Response)  # only what is got is sent on
        return found

    async def _visit(self, target: URL, errand: _Errand) -> Response | URL:
        """Ask one URL in its host's turn; every way to fail gets its name here."""
        host = _host_of(target)
        try:
            await self._gate.enter(host, is_urgent=errand.is_urgent)
            began = time.monotonic()
            try:
                return await self._ask(target, host, errand)
            finally:
                errand.left_s -= time.monotonic() - began
                self._gate.leave(host, is_urgent=errand.is_urgent)
        except HeldError as exc:
            raise _held(exc.left_s, target, host) from None
        except FetchError as exc:
            exc.host = host
            raise
        except (ExchangeError, CodingError) as exc:
            raise FetchError(exc.reason, url=public_form(str(target)), transient=exc.transient, host=host) from exc
        except TimeoutError as exc:
            reason = f"no answer within {errand.deadline_s:g} s"
            raise FetchError(reason, url=public_form(str(target)), host=host) from exc

    async def _ask(self, target: URL, host: str, errand: _Errand) -> Response | URL:
        url = str(target)
        conditions = _conditions(errand, url)
        answer = await self._exchange(target, {**errand.headers, **conditions}, errand)
        if answer.status in _REDIRECTS and errand.content is not None:
            reason = "redirects, and what is posted is not sent on"
            raise FetchError(reason, url=public_form(url), status=answer.status, transient=False)
        if answer.status in _REDIRECTS:
            return _followed(target, answer, errand)
        if answer.status != 200 and not _is_asked_for(answer, conditions, errand.headers):
            failed = _refused(answer, url)
            if failed.retry_after_s:
                self._gate.hold(host, failed.retry_after_s)
            raise failed
        return Response(
            url=url,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            host=host,
            permanent_url=errand.permanent_url,
        )

    async def _exchange(self, target: URL, headers: Mapping[str, str], errand: _Errand) -> Answer:
        name = target.raw_host or ""
        began = time.monotonic()
        addresses = await self._addresses(name, errand.left_s)
        request = Request(
            url=str(target),
            host=name,
            port=target.port or 0,
            addresses=addresses,
            headers=headers,
            max_bytes=errand.max_bytes,
            timeout_s=errand.left_s - (time.monotonic() - began),
            keeps_alive=not errand.is_urgent,  # a feed is asked again in minutes, the pages behind it in a moment
            content=errand.content,
        )
        try:
            return await self._exchanges[errand.allow_private].make(request)
        except ExchangeError as exc:
            if exc.is_unreached:
                self._resolver.forget(name)
            raise
        except BlockedAddressError as exc:
            self._resolver.forget(name)
            raise BlockedAddressError(exc.reason, url=public_form(request.url)) from exc

    async def _addresses(self, name: str, left_s: float) -> list[str]:
        """Return the addresses of a host; none where its name is one. Raises ExchangeError, TimeoutError."""
        if ":" in name or name.rpartition(".")[2].isdigit():  # check_url lets no other name end in a number
            return []
        try:
            async with asyncio.timeout(max(left_s, 0.001)):
                found = await self._resolver.resolve(name)
        except TimeoutError:
            raise
        except OSError as exc:
            raise ExchangeError("host name not found") from exc
        if not found:  # libcurl would look it up itself
            raise ExchangeError("host name not found")
        return found


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


def _followed(base: URL, answer: Answer, errand: _Errand) -> URL:
    """Return where a redirect leads, and note in the errand what follows from it."""
    target = _redirect_target(base, answer, errand.allow_private)
    errand.hops += 1
    errand.is_permanent &= answer.status in _PERMANENT and (base.scheme, target.scheme) != ("https", "http")
    if errand.is_permanent:
        errand.permanent_url = str(target)
    if base.origin() != target.origin():
        errand.headers = {name: value for name, value in errand.headers.items() if name.lower() not in _SECRETS}
    return target


def _redirect_target(base: URL, answer: Answer, allow_private: bool) -> URL:
    shown = public_form(str(base))
    location = answer.headers.get("Location", "").encode("latin-1").decode(errors="replace")
    if not location:
        raise FetchError(f"answered {answer.status} without saying where to", url=shown, status=answer.status)
    try:
        if len(location) > MAX_URL_CHARS:
            raise ValueError
        joined = str(base.join(URL(location)))
    except (ValueError, IndexError) as exc:  # yarl stumbles over "//[]@"
        raise FetchError("redirects to an unreadable address", url=shown, transient=False) from exc
    try:
        return check_url(joined, allow_private)
    except BlockedAddressError as exc:
        raise BlockedAddressError(f"redirects to {exc.url}, which {exc.reason}", url=shown) from exc


def _is_asked_for(answer: Answer, conditions: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether a status that is not 200 is an answer to the request all the same."""
    match answer.status:
        case 203:
            return True
        case 304:
            return bool(conditions)
        case 226:
            applied = [part.strip().lower() for part in ",".join(answer.headers.getall("IM", ())).split(",")]
            is_asked = "If-None-Match" in conditions and any(name.lower() == "a-im" for name in headers)
            return applied == ["feed"] and is_asked  # RFC 3229, 10.4.1: changes since the version that was named
        case _:
            return False


def _refused(answer: Answer, url: str) -> FetchError:
    status = answer.status
    asks_for_pause = status == 429 or status >= 500
    return FetchError(
        _UNASKED.get(status, f"answered {status}"),
        url=public_form(url),
        status=status,
        transient=status in _TRANSIENT or status >= 500,
        retry_after_s=retry_after_s(answer.headers, now=datetime.now(UTC)) if asks_for_pause else None,
    )


def _held(left_s: float, target: URL, host: str) -> FetchError:
    return FetchError(
        f"its host asked to be left alone for another {max(left_s, 1):,.0f} s",
        url=public_form(str(target)),
        retry_after_s=left_s,
        host=host,
    )
