"""Resolver: the addresses behind a host's name.

In:  a host name.
Out: a few addresses of each family, in the order in which the system or a name server lists them.
Not here: which of them are fine (guard.py), connecting (exchange.py).
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterable
from queue import SimpleQueue
from typing import Final, Protocol

MAX_ADDRESSES: Final = 4  # of one host and family, however many are listed
MAX_IDLE: Final = 8  # threads
KEPT_S: Final = 60.0  # for which an address is remembered: a feed's first poll lists dozens of pages of its host
MAX_KEPT: Final = 1_000  # hosts

_Question = tuple[asyncio.AbstractEventLoop, asyncio.Future[list[str]], str]


class Resolver(Protocol):
    """Looks names up."""

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of a host. Raises OSError where there is none."""

    async def close(self) -> None:
        """Let go of everything."""


class ThreadResolver:
    """Looks names up, each in a thread: a name server that hangs holds up nobody else, nor the program's end.

    A few threads are kept for the next ones; to start one costs more than a look-up does.
    """

    def __init__(self) -> None:
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._idle = 0  # threads that wait for a question; counted in the loop's own thread only

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of a host. Raises OSError where there is none."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[str]] = loop.create_future()
        if self._idle:
            self._idle -= 1
        else:
            threading.Thread(target=self._answer, name="resolve", daemon=True).start()
        self._questions.put((loop, found, host))
        return await found

    async def close(self) -> None:
        """End the threads that have nothing to do."""
        for _ in range(self._idle):
            self._questions.put(None)
        self._idle = 0

    def _answer(self) -> None:
        while (question := self._questions.get()) is not None:
            loop, found, host = question
            result: list[str] | OSError
            try:
                result = _look_up(host)
            except (OSError, UnicodeError) as exc:
                result = exc if isinstance(exc, OSError) else OSError(str(exc))
            try:
                loop.call_soon_threadsafe(self._tell, found, result)
            except RuntimeError:  # the loop is gone by now
                return

    def _tell(self, found: asyncio.Future[list[str]], result: list[str] | OSError) -> None:
        if self._idle < MAX_IDLE:
            self._idle += 1
        else:
            self._questions.put(None)
        if found.done():
            return
        if isinstance(result, OSError):
            found.set_exception(result)
        else:
            found.set_result(result)


class Remembering:
    """Passes on the first addresses of each family that another resolver finds, and remembers them for a minute."""

    def __init__(self, inner: Resolver) -> None:
        self._inner = inner
        self._kept: dict[str, tuple[float, list[str]]] = {}  # until when, oldest first

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of a host. Raises OSError where there is none."""
        clock = asyncio.get_running_loop().time
        until, addresses = self._kept.get(host, (0.0, []))
        if clock() < until:
            return addresses
        found = _first(await self._inner.resolve(host))
        self.forget(host)
        if len(self._kept) >= MAX_KEPT:
            self.forget(next(iter(self._kept)))
        self._kept[host] = clock() + KEPT_S, found
        return found

    def forget(self, host: str) -> None:
        """Look a host up again the next time: nothing answered where it was."""
        self._kept.pop(host, None)

    async def close(self) -> None:
        """Close the other resolver."""
        await self._inner.close()


def _first(addresses: Iterable[str]) -> list[str]:
    had: Counter[bool] = Counter()
    kept = []
    for address in addresses:
        had[":" in address] += 1
        if had[":" in address] <= MAX_ADDRESSES:
            kept.append(address)
    return kept


def _look_up(host: str) -> list[str]:
    listed = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(place[0]) for _, _, _, _, place in listed]
