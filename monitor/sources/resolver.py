"""Resolver: the addresses behind a host's name.

In:  a host name and a port.
Out: a few addresses of each family, in the order in which the system or a name server lists them.
Not here: which of them are fine (guard.py), connecting (http.py).
"""

import asyncio
import socket
import threading
from collections import Counter
from queue import SimpleQueue
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

# Of one host and family, however many are listed. Where none answers, aiohttp dials n of them n (n + 1) / 2 times.
MAX_ADDRESSES: Final = 4
MAX_IDLE: Final = 8  # threads

_Question = tuple[asyncio.AbstractEventLoop, asyncio.Future[list[ResolveResult]], str, int, socket.AddressFamily]


class ThreadResolver(AbstractResolver):
    """Looks names up, each in a thread: a name server that hangs holds up nobody else, nor the program's end.

    A few threads are kept for the next ones; to start one costs more than a look-up does.
    """

    def __init__(self) -> None:
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._idle = 0  # threads that wait for a question; counted in the loop's own thread only

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()
        if self._idle:
            self._idle -= 1
        else:
            threading.Thread(target=self._answer, name="resolve", daemon=True).start()
        self._questions.put((loop, found, host, port, family))
        return await found

    async def close(self) -> None:
        """End the threads that have nothing to do."""
        for _ in range(self._idle):
            self._questions.put(None)
        self._idle = 0

    def _answer(self) -> None:
        while (question := self._questions.get()) is not None:
            loop, found, host, port, family = question
            result: list[ResolveResult] | OSError
            try:
                result = _resolve(host, port, family)
            except (OSError, UnicodeError) as exc:
                result = exc if isinstance(exc, OSError) else OSError(str(exc))
            try:
                loop.call_soon_threadsafe(self._tell, found, result)
            except RuntimeError:  # the loop is gone by now
                return

    def _tell(self, found: asyncio.Future[list[ResolveResult]], result: list[ResolveResult] | OSError) -> None:
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


class FewAddresses(AbstractResolver):
    """Passes on the first addresses that another resolver finds, of each family."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        had: Counter[int] = Counter()
        kept = []
        for result in await self._inner.resolve(host, port, family):
            had[result["family"]] += 1
            if had[result["family"]] <= MAX_ADDRESSES:
                kept.append(result)
        return kept

    async def close(self) -> None:
        await self._inner.close()


def _resolve(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    listed = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=socket.AI_NUMERICHOST
        )
        for kind, _, proto, _, address in listed
    ]
