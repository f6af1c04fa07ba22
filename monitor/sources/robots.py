"""Robots: whether a host lets programs read a page (RFC 9309).

In:  the address of a page, the client, the workers.
Out: nothing where it may be asked for; RobotsError where it may not, FetchError while nobody can tell.
Not here: feeds, which their readers asked for by name; pauses between requests (gate.py).

A robots.txt of 90 kB kept its parser busy for 40 s: it is read in a worker, again for each page; that takes a
fiftieth of what the page itself takes.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from monitor.errors import FetchError, NoWorkerError, RobotsError, WorkerError
from monitor.sources.guard import check_url, public_form
from monitor.sources.http import Client
from monitor.sources.jobs import may_visit
from monitor.sources.limits import MAX_PAGE_BYTES
from monitor.sources.workers import Workers

TOKEN: Final = "news-monitor"  # what we are called in a robots.txt, as in http.py's User-Agent
MAX_ROBOTS_BYTES: Final = 500 * 1024  # of it are read: as many as RFC 9309, 2.5, asks for
KEPT_S: Final = 86_400.0  # RFC 9309, 2.4
ASKED_AGAIN_S: Final = 60.0  # after a failure
TOO_MUCH_S: Final = 900.0  # after it stopped its reader: that may have been a busy machine
FETCH_DEADLINE_S: Final = 10.0
READ_TIMEOUT_S: Final = 2.0  # one of 500 KiB takes 0.2 s
MOST_HOSTS: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024  # of them all

_Key = tuple[str, bool]  # scheme, host and port; whether private addresses are allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What is known of one host's robots.txt. At most one of the three is set; none: everything may be read."""

    until: float  # by the clock, this holds
    text: bytes = b""
    failure: FetchError | None = None  # nobody can tell: it could not be had
    refusal: str = ""  # nothing may be read, and why


class Robots:
    """Asks each host for its robots.txt once a day, whoever waits for it; in memory only.

    clock: seconds that only go forward.
    """

    def __init__(self, client: Client, workers: Workers, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._workers = workers
        self._clock = clock
        self._known: dict[_Key, _Rules] = {}
        self._asking: dict[_Key, asyncio.Task[_Rules]] = {}

    async def check(self, url: str, *, allow_private: bool) -> None:
        """Return if the page may be asked for.

        Raises RobotsError where it may not, FetchError where the host's robots.txt could not be had and may be had
        later, BlockedAddressError, NoWorkerError.
        """
        target = check_url(url, allow_private)
        key = str(target.origin()), allow_private
        rules = await self._rules(key)
        if rules.failure is not None:
            raise _about(rules.failure, url)
        refusal = rules.refusal
        if rules.text and not refusal:
            refusal = await self._refusal(key, rules, str(target))
        if refusal:
            raise RobotsError(refusal, url=public_form(url))

    async def _rules(self, key: _Key) -> _Rules:
        known = self._known.get(key)
        if known is not None and self._clock() < known.until:
            return known
        if key not in self._asking:
            task = self._asking[key] = asyncio.create_task(self._ask(key, known))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(self._asking[key])  # others may wait for it, too

    async def _ask(self, key: _Key, before: _Rules | None) -> _Rules:
        origin, allow_private = key
        now = self._clock()
        try:
            answer = await self._client.get(
                f"{origin}/robots.txt",
                headers={"Accept": "text/plain, */*;q=0.5"},
                max_bytes=MAX_PAGE_BYTES,
                deadline_s=FETCH_DEADLINE_S,
                allow_private=allow_private,
            )
            rules = _Rules(until=now + KEPT_S, text=answer.body[:MAX_ROBOTS_BYTES])
        except FetchError as exc:
            rules = _after_failure(exc, before, now)
        self._keep(key, rules)
        return rules

    def _keep(self, key: _Key, rules: _Rules) -> None:
        self._known.pop(key, None)
        self._known[key] = rules
        held = sum(len(each.text) for each in self._known.values())
        while len(self._known) > MOST_HOSTS or held > MOST_BYTES:
            held -= len(self._known.pop(next(iter(self._known))).text)

    async def _refusal(self, key: _Key, rules: _Rules, url: str) -> str:
        """Return why the rules keep us from a page; "" if they do not."""
        try:
            is_free = await self._workers.run(may_visit, rules.text, url, TOKEN, timeout_s=READ_TIMEOUT_S)
        except NoWorkerError:
            raise
        except WorkerError as exc:
            refusal = f"its host's robots.txt cannot be read: a worker that was to do it {exc}"
            until = min(rules.until, self._clock() + TOO_MUCH_S)  # no other worker gets it till then
            self._keep(key, replace(rules, text=b"", refusal=refusal, until=until))
            return refusal
        return "" if is_free else "its host's robots.txt asks not to read it"


def _after_failure(exc: FetchError, before: _Rules | None, now: float) -> _Rules:
    """Return what holds while a robots.txt could not be had (RFC 9309, 2.3.1.3 and 2.3.1.4).

    Without one everything may be read. While that cannot be told, what was known before holds on, else nothing may.
    """
    if not exc.transient:
        return _Rules(until=now + KEPT_S)
    if before is not None and before.failure is None:
        return replace(before, until=now + ASKED_AGAIN_S)
    said = f"its host's robots.txt could not be had: {exc.reason}"
    failure = FetchError(said, url=exc.url, status=exc.status, retry_after_s=exc.retry_after_s, host=exc.host)
    return _Rules(until=now + ASKED_AGAIN_S, failure=failure)


def _about(failure: FetchError, url: str) -> FetchError:
    """Return a failure to be told of a page; the kept one must not be raised: it would keep what it came through."""
    return FetchError(
        failure.reason,
        url=public_form(url),
        status=failure.status,
        retry_after_s=failure.retry_after_s,
        host=failure.host,
    )
